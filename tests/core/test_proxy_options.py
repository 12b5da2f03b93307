"""Proxies: how they are written, which is chosen for a target, and which targets go without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.handshake.proxies import Proxy, is_exempt, is_loopback, masked_proxy, read_proxy
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.option_table import read_texts
from wstui.core.options.proxy import PROXY_ROWS, ProxyOptions, choose_proxy
from wstui.core.options.route import Address, Route
from wstui.core.options.table import BY_PATH, build_options

SERVER = Address("feed.example", 443)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://p:3128", Proxy("http", "p", 3128)),
        ("p:3128", Proxy("http", "p", 3128)),
        ("http://p/", Proxy("http", "p", 80)),
        ("https://p", Proxy("https", "p", 443)),
        ("socks5h://[::1]", Proxy("socks5h", "::1", 1080)),
        ("socks4://me@p", Proxy("socks4", "p", 1080, "me")),
        ("HTTP://u%40x:p%3Aw@p:1", Proxy("http", "p", 1, "u@x", "p:w")),
        ("http://u:@p:1", Proxy("http", "p", 1, "u", "")),
    ],
)
def test_uris(text: str, proxy: Proxy) -> None:
    """A proxy's uri names its kind, its place, and who asks."""
    assert read_proxy(text) == proxy


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("ftp://p:1", "proxy.uri"),
        ("http://", "proxy.uri"),
        ("http://p:0", "proxy.uri"),
        ("http://p:x", "proxy.uri"),
        ("http://p/path", "proxy.uri"),
        ("http://[::1", "proxy.uri"),
        ("http://a b:1", "proxy.uri"),
        ("http://:pw@p", "proxy.user"),
        ("http://a%3Ab:pw@p", "proxy.user"),
        ("socks4://u:pw@p", "proxy.password"),
        ("socks5://u@p", "proxy.password"),
        ("socks5://%C3%A4:pw@p", "proxy.user"),
        (f"socks5://u:{'x' * 256}@p", "proxy.password"),
    ],
)
def test_no_proxies(text: str, option: str) -> None:
    """What is no proxy, or what its protocol cannot carry, is refused without its password."""
    with pytest.raises(OptionError) as caught:
        read_proxy(text)
    assert caught.value.option == option
    assert "pw" not in str(caught.value)
    (problem,) = ConnectOptions("ws://h/", proxy=ProxyOptions(text)).problems()
    assert problem.option == option


@given(st.text(max_size=30))
def test_no_text_is_a_bug(text: str) -> None:
    """Any text is a proxy, or refused in a sentence; as an exception it means something or not."""
    try:
        read_proxy(text)
    except OptionError as error:
        assert str(error).endswith(".")
    is_exempt("feed.example", 443, [text])
    is_exempt("::1", 443, [text])


def test_user_and_password_of_their_own() -> None:
    """They win over those in the uri; another user does not inherit the password."""
    assert read_proxy("http://a:b@p", "c", "d") == Proxy("http", "p", 80, "c", "d")
    assert read_proxy("http://a:b@p", "c") == Proxy("http", "p", 80, "c", "")
    assert read_proxy("http://a:b@p", None, "d") == Proxy("http", "p", 80, "a", "d")


def test_no_password_is_shown() -> None:
    """Neither a proxy's text nor its representation holds a password, nor a masked uri."""
    proxy = read_proxy("http://user:secret@p:1")
    assert "secret" not in f"{proxy} {proxy!r} {ProxyOptions(password='secret')!r}"
    assert masked_proxy("http://user:secret@p:1") == "http://user:•••@p:1"
    assert masked_proxy("user:sec@ret@p:1") == "user:•••@p:1"
    assert masked_proxy("http://p:1/x@y") == "http://p:1/x@y"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("127.example", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    """This machine is known by name and by address."""
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("text", "host", "means"),
    [
        ("*", "a.example", True),
        ("example", "example", True),
        ("example", "a.EXAMPLE.", True),
        (".example", "a.b.example", True),
        (".example", "example", True),
        ("*.example", "a.example", True),
        ("example", "counterexample", False),
        ("a.example", "example", False),
        ("example:443", "example", True),
        ("example:80", "example", False),
        ("192.0.2.0/24", "192.0.2.9", True),
        ("192.0.2.0/24", "192.0.3.9", False),
        ("192.0.2.0/24", "a.example", False),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "10.0.0.1", False),
        ("[::1]:443", "::1", True),
        ("0:0::1", "::1", True),
        ("<local>", "intranet", True),
        ("<local>", "a.example", False),
        ("", "a.example", False),
        (".", "a.example", False),
        ("1.2.3.4/99", "1.2.3.4", False),
    ],
)
def test_exceptions(text: str, host: str, means: bool) -> None:
    """Names mean themselves and what is below them, networks the addresses in them."""
    assert is_exempt(host, 443, [" other.test ", text]) is means


@pytest.mark.parametrize(
    ("secure", "system", "chosen"),
    [
        (True, {}, None),
        (True, {"https": "http://a:1"}, "http://a:1"),
        (True, {"https": "a:1"}, "http://a:1"),
        (True, {"http": "http://a:1"}, None),
        (False, {"http": "http://a:1"}, "http://a:1"),
        (False, {"http": "http://a:1", "https": "http://b:1"}, "http://b:1"),
        (True, {"all": "socks5h://a", "http": "http://b:1"}, "socks5h://a:1080"),
        (True, {"socks": "http://a:1", "https": "http://b:1"}, "socks5h://a:1"),
        (True, {"socks": "a:1"}, "socks5h://a:1"),
        (True, {"socks": "socks4://a:1"}, "socks4://a:1"),
        (True, {"wss": "http://c:1", "socks": "a:1"}, "http://c:1"),
        (False, {"ws": "http://c:1", "https": "a:1"}, "http://c:1"),
        (True, {"https": " ", "all": "a:1"}, "http://a:1"),
        (True, {"https": "a:1", "no": "other.test, feed.example"}, None),
        (True, {"https": "a:1", "no": "*"}, None),
    ],
)
def test_the_system_s_proxy(secure: bool, system: dict[str, str], chosen: str | None) -> None:
    """One for WebSockets is wanted most, then SOCKS, then https, then http, then one for all."""
    proxy = choose_proxy(ProxyOptions(), SERVER, secure=secure, system=system)
    assert (None if proxy is None else str(proxy)) == chosen


def test_whose_proxy() -> None:
    """A proxy that is named is always used but for the exceptions; the system's not for here."""
    system = {"all": "http://system:1"}
    here = Address("localhost", 80)

    def choose(target: Address = SERVER, **options: object) -> str:
        proxy = choose_proxy(
            ProxyOptions(**options),  # type: ignore[arg-type]
            target,
            secure=False,
            system=system,
        )
        return str(proxy)

    assert choose() == "http://system:1"
    assert choose(uri="none") == "None"
    assert choose(here) == "None"
    assert choose(here, loopback=True) == "http://system:1"
    assert choose(uri="socks5h://mine:2") == "socks5h://mine:2"
    assert choose(here, uri="socks5h://mine:2") == "socks5h://mine:2"
    assert choose(here, uri="socks5h://mine:2", exceptions=("localhost",)) == "None"
    assert choose(exceptions=(".example",)) == "None"


def test_a_bad_proxy_of_the_system() -> None:
    """It is told where it comes from, without its password."""
    with pytest.raises(OptionError) as caught:
        choose_proxy(ProxyOptions(), SERVER, secure=True, system={"https": "ftp://u:secret@p"})
    assert "system's proxy for https" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (ProxyOptions(exceptions=("a", "10.0.0.0/99")), "proxy.exceptions"),
        (ProxyOptions(exceptions=("http://a",)), "proxy.exceptions"),
        (ProxyOptions(password="x"), "proxy.user"),
        (ProxyOptions("p:1", password="x"), "proxy.user"),
        (ProxyOptions(trust=" "), "proxy.trust"),
    ],
)
def test_problems(options: ProxyOptions, path: str) -> None:
    """What is not valid is told before anything goes out."""
    assert [one.option for one in options.problems()] == [path]


def test_a_unix_socket_has_no_proxy() -> None:
    """Both cannot be had; the system's proxy is simply not used."""
    route = Route(unix_socket="/tmp/x")
    (problem,) = ConnectOptions("ws://h/", route=route, proxy=ProxyOptions("p:1")).problems()
    assert problem.option == "proxy.uri"
    assert not ConnectOptions("ws://h/", route=route).problems()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("proxy.uri", "SYSTEM"),
        ("proxy.uri", "none"),
        ("proxy.uri", "p:3128"),
        ("proxy.uri", "socks5h://u:p@[::1]:1"),
        ("proxy.user", "me"),
        ("proxy.password", "p w"),
        ("proxy.exceptions", ".Example.com"),
        ("proxy.loopback", "on"),
        ("proxy.trust", "NONE"),
    ],
)
def test_each_option_round_trips(path: str, text: str) -> None:
    """A value is written as what it is read from."""
    info = BY_PATH[path]
    value = read_texts(info, [text])
    assert read_texts(info, info.codec.texts(value)) == value


def test_references() -> None:
    """User and password may be references to secrets, in options of their own and in the uri."""
    for options in (
        ProxyOptions("http://me:${cmd:cat /etc/p}@p:1"),
        ProxyOptions("socks5h://p:1", "${env:USER}", "${env:PÄSS}"),
    ):
        assert options.problems() == []
        codec = BY_PATH["proxy.uri"].codec
        assert codec.parse(options.uri) == options.uri


def test_flags() -> None:
    """A command line reaches each of the options."""
    flags = [("--proxy", "p:1"), ("--proxy-user", "me"), ("--proxy-password", "x")]
    flags += [("--proxy-except", "a, .b"), ("--proxy-loopback", ""), ("--proxy-insecure", "")]
    proxy = build_options("ws://a/", flags).proxy
    assert proxy == ProxyOptions("http://p:1", "me", "x", ("a", ".b"), True, "NONE")
    assert build_options("ws://a/", [("--no-proxy", "")]).proxy.uri == "none"
    assert {info.path for info in PROXY_ROWS} == {
        f"proxy.{name}" for name in ProxyOptions.__slots__
    }
