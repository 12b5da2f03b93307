"""The opening request, exactly as the options want it."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.handshake.request_head import RequestHead, host_text, request_head, request_target
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.core.options.http import HttpOptions
from wstui.core.options.info import OptionError

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def head(uri: str = "ws://h/", **options: object) -> RequestHead:
    """The head of the request for valid options."""
    wanted = ConnectOptions(uri, **options)  # type: ignore[arg-type]
    assert wanted.problems() == []
    return request_head(wanted, KEY, "agent")


def problems(uri: str = "ws://h/", **options: object) -> list[tuple[str, str]]:
    """What is wrong with options."""
    wanted = ConnectOptions(uri, **options)  # type: ignore[arg-type]
    return [(problem.option, str(problem)) for problem in wanted.problems()]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("", "/"),
        ("/", "/"),
        ("?", "/?"),
        ("?a", "/?a"),
        ("/a?", "/a?"),
        ("//a/../b?x={y}|%zz", "//a/../b?x={y}|%zz"),
        ('/a;b=c/./d\\e^`"<>', '/a;b=c/./d\\e^`"<>'),
        ("/ü%20{?q=ä+€", "/%C3%BC%20{?q=%C3%A4+%E2%82%AC"),
        ("/a?b//c://d@e", "/a?b//c://d@e"),
    ],
)
def test_target_is_as_typed(typed: str, sent: str) -> None:
    """Nothing is normalised; what is not ASCII is percent-encoded as UTF-8."""
    for host in ("ws://h", "wss://u:p@h:1", "ws://[::1]"):
        assert request_target(host + typed) == sent
        assert head(host + typed).target == sent


@pytest.mark.parametrize("uri", ["ws://h/a b", "ws://h/a#b", "ws://h/\x7f", "ws://h/a\nb"])
def test_what_cannot_go_out_is_refused(uri: str) -> None:
    """Blanks, control characters and fragments are refused, with the reason."""
    ((option, words),) = problems(uri)
    assert option == "uri"
    assert "%" in words


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#")))
def test_any_visible_target(text: str) -> None:
    """All that ASCII can show goes out unchanged."""
    assert request_target(f"ws://h/{text}") == f"/{text}"


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("ws://Example.COM/", "example.com"),
        ("ws://h:80/", "h"),
        ("wss://h:443", "h"),
        ("ws://h:443", "h:443"),
        ("ws://u:p@h:1/", "h:1"),
        ("ws://[2001:db8::1]:9/", "[2001:db8::1]:9"),
        ("ws://[fe80::1%25eth0]/", "[fe80::1]"),
        ("ws://grün.example/", "xn--grn-ioa.example"),
    ],
)
def test_host(uri: str, host: str) -> None:
    """Host has a port only where it is not the usual one, and no zone."""
    assert host_text(uri) == host


def test_usual_order() -> None:
    """The handshake's own headers stand first, in an order that does not change."""
    found = head(
        subprotocols=("b", "a"),
        origin="http://o",
        headers=(("X-b", "1"), ("x-A", "2"), ("X-b", "3")),
        http=HttpOptions(bearer="t", cookies=("a=b", "c=d")),
    )
    assert found.headers == (
        ("Host", "h"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", KEY),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Sec-WebSocket-Protocol", "b, a"),
        ("Origin", "http://o"),
        ("User-Agent", "agent"),
        ("Authorization", "Bearer t"),
        ("Cookie", "a=b; c=d"),
        ("X-b", "1"),
        ("x-A", "2"),
        ("X-b", "3"),
    )
    assert found.changed == ()


def test_defaults_make_way() -> None:
    """A header without a value leaves out wstui's own, and with one stands for it."""
    names = [name for name, _ in head(headers=(("user-agent", ""),)).headers]
    assert "User-Agent" not in names
    assert "user-agent" not in names
    found = head(headers=(("X", ""), ("uSER-agent", "mine"), ("host", "other:1")))
    assert found.headers[0] == ("host", "other:1")
    assert found.headers[-2:] == (("X", ""), ("uSER-agent", "mine"))
    assert found.changed == ()
    assert [name.lower() for name, _ in found.headers].count("user-agent") == 1


def test_breaking_the_handshake() -> None:
    """Behind a switch of its own the handshake's headers are replaced, repeated and removed."""
    headers = (
        ("Sec-WebSocket-Version", "8"),
        ("Connection", ""),
        ("upgrade", "websocket"),
        ("Sec-WebSocket-Key", "a"),
        ("Sec-WebSocket-Key", "b"),
        ("Host", ""),
    )
    assert {option for option, _ in problems(headers=headers)} == {"headers"}
    assert len(problems(headers=headers)) == 6
    found = head(headers=headers, http=HttpOptions(break_handshake=True), deflate=UNCOMPRESSED)
    assert found.headers == (
        ("User-Agent", "agent"),
        ("Sec-WebSocket-Version", "8"),
        ("upgrade", "websocket"),
        ("Sec-WebSocket-Key", "a"),
        ("Sec-WebSocket-Key", "b"),
    )
    assert found.changed == (
        "no Connection",
        "no Host",
        "Sec-WebSocket-Key: a",
        "Sec-WebSocket-Key: b",
        "Sec-WebSocket-Version: 8",
    )


def test_switch_alone_changes_nothing() -> None:
    """The switch only allows."""
    assert head(http=HttpOptions(break_handshake=True)) == head()


@pytest.mark.parametrize(
    ("uri", "http", "words"),
    [
        ("ws://h/", HttpOptions(basic="ä:b:c"), "ä:b:c".encode()),
        ("ws://h/", HttpOptions(basic=":"), b":"),
        ("ws://a%40b:%ff@h/", HttpOptions(), b"a@b:\xff"),
    ],
)
def test_basic(uri: str, http: HttpOptions, words: bytes) -> None:
    """User and password are sent in Base64, as UTF-8, or as the bytes that a uri encodes."""
    value = dict(head(uri, http=http).headers)["Authorization"]
    assert base64.b64decode(value.removeprefix("Basic ")) == words


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"http": HttpOptions(basic="name")}, "http.basic"),
        ({"http": HttpOptions(basic="a:\n")}, "http.basic"),
        ({"http": HttpOptions(bearer="a\r\nX: y")}, "http.bearer"),
        ({"http": HttpOptions(basic="a:b", bearer="c")}, "http.bearer"),
        ({"http": HttpOptions(basic="a:b"), "uri": "ws://c:d@h/"}, "http.basic"),
        ({"http": HttpOptions(bearer="a"), "headers": (("authorization", "b"),)}, "headers"),
        ({"http": HttpOptions(cookies=("a=b",)), "headers": (("Cookie", "c=d"),)}, "headers"),
        ({"http": HttpOptions(cookie_file="f"), "headers": (("Cookie", "c=d"),)}, "headers"),
        ({"http": HttpOptions(cookies=("ab",))}, "http.cookies"),
        ({"http": HttpOptions(cookies=("a=b\x1b",))}, "http.cookies"),
        ({"http": HttpOptions(cookies=("a=b;",))}, "http.cookies"),
        ({"http": HttpOptions(bearer=" a")}, "http.bearer"),
        ({"http": HttpOptions(bearer=" ")}, "http.bearer"),
        ({"http": HttpOptions(cookie_file="")}, "http.cookie_file"),
        ({"http": HttpOptions(cookie_file=" a")}, "http.cookie_file"),
        ({"http": HttpOptions(cookie_file="a\0")}, "http.cookie_file"),
        ({"http": HttpOptions(redirects=51)}, "http.redirects"),
        ({"headers": (("Host", "a"), ("host", "b"))}, "headers"),
        ({"headers": (("Host", ""),)}, "headers"),
        ({"deflate": Deflate(server_max_window_bits=7)}, "deflate.server_max_window_bits"),
        ({"deflate": Deflate(server_max_window_bits=0)}, "deflate.server_max_window_bits"),
        ({"deflate": Deflate(client_max_window_bits=16)}, "deflate.client_max_window_bits"),
    ],
)
def test_what_is_not_valid(options: dict[str, object], option: str) -> None:
    """Wrong and doubled options are told of, each once."""
    assert [found for found, _ in problems(**options)] == [option]  # type: ignore[arg-type]


def test_references_are_valid() -> None:
    """A reference may stand where a value will."""
    http = HttpOptions(basic="${env:USER_AND_PASSWORD}", cookies=("${cmd:jar | tail -1}",))
    assert problems(http=http, headers=(("X", "${env:X}"),)) == []
    assert problems(http=replace(http, basic=None, bearer="a ${env:T}")) == []


def test_errors_are_sentences() -> None:
    """What is refused says how it is allowed."""
    with pytest.raises(OptionError, match="unless you break it on purpose"):
        raise ConnectOptions("ws://h", headers=(("Upgrade", "x"),)).problems()[0]
