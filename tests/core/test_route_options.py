"""Where a connection leads to: how it is written, and what is refused before anything goes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.option_table import read_texts
from wstui.core.options.route import ROUTE_ROWS, Address, Route, read_address, split_unix_uri
from wstui.core.options.table import BY_PATH, build_options
from wstui.core.paste import read_pasted

HOSTS = st.sampled_from(["", "localhost", "a.example", "192.0.2.7", "::1", "fe80::1%eth0"])
PORTS = st.none() | st.integers(1, 65535)


@given(HOSTS, PORTS)
def test_addresses_round_trip(host: str, port: int | None) -> None:
    """What an address is shown as means the same address again."""
    if host or port:
        assert read_address(str(Address(host, port))) == Address(host, port)


@given(st.text(max_size=20))
def test_no_text_is_a_bug(text: str) -> None:
    """Any text is an address that is shown as it is read, or refused in a sentence."""
    try:
        address = read_address(text)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert read_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.com:80", "example.com", 80),
        (" example.com ", "example.com", None),
        (":8080", "", 8080),
        ("[::1]:80", "::1", 80),
        ("0:0::1", "::1", None),
        ("[::1]", "::1", None),
    ],
)
def test_addresses(text: str, host: str, port: int | None) -> None:
    """Host and port may both be left out, though not at once; IPv6 stands in brackets."""
    assert read_address(text) == (host, port)


@pytest.mark.parametrize(
    "text", ["a:0", "a:70000", "a:b", "[a]:1", "[::1", "a b", "ws://a", "u@a", ":", "::g"]
)
def test_no_addresses(text: str) -> None:
    """What is no address is refused."""
    with pytest.raises(ValueError, match=r"\.$"):
        read_address(text)


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("ws+unix:///tmp/a.sock:/chat?x=1", ("ws://localhost/chat?x=1", "/tmp/a.sock")),
        ("ws+unix:/tmp/a.sock", ("ws://localhost/", "/tmp/a.sock")),
        ("WS+UNIX:a%20b.sock:x", ("ws://localhost/x", "a b.sock")),
        ("ws://localhost/", None),
        ("ws+unix:", None),
    ],
)
def test_uris_of_unix_sockets(uri: str, parts: tuple[str, str] | None) -> None:
    """A uri as Node's ws writes it is a uri and a socket."""
    assert split_unix_uri(uri) == parts
    if parts is not None:
        options = build_options(uri, [])
        assert (options.uri, options.route.unix_socket) == parts
        pasted = read_pasted(f" {uri}\n")
        assert pasted is not None
        assert pasted.texts == {"uri": (parts[0],), "route.unix_socket": (parts[1],)}


@pytest.mark.parametrize(
    ("route", "paths"),
    [
        (Route(), []),
        (Route(ip="5"), ["route.ip"]),
        (Route(local_address="nowhere"), ["route.local_address"]),
        (Route(local_address="127.0.0.1", ip="6"), ["route.local_address"]),
        (Route(local_address="::1", ip="6"), []),
        (Route(keepalive=0.5), ["route.keepalive"]),
        (Route(keepalive=float("nan")), ["route.keepalive"]),
        (Route(connect_to=Address("a b", 0)), ["route.connect_to"]),
        (
            Route(unix_socket="@", connect_to=Address("a", 1), local_address="::1"),
            ["route.unix_socket", "route.connect_to", "route.local_address"],
        ),
    ],
)
def test_problems(route: Route, paths: list[str]) -> None:
    """All that is not valid is told at once, by the option's path."""
    problems = ConnectOptions("ws://h/", route=route).problems()
    assert [problem.option for problem in problems] == paths


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("route.connect_to", "[::1]:80"),
        ("route.ip", "6"),
        ("route.local_address", "192.0.2.7"),
        ("route.unix_socket", "/run/a b.sock"),
        ("route.keepalive", "30s"),
        ("route.keepalive", "off"),
        ("route.no_delay", "off"),
    ],
)
def test_each_option_round_trips(path: str, text: str) -> None:
    """A value is written as what it is read from."""
    info = BY_PATH[path]
    value = read_texts(info, [text])
    assert read_texts(info, [info.codec.show(value)]) == value


def test_flags() -> None:
    """A command line reaches each of the options."""
    flags = [("--connect-to", "h:1"), ("-4", ""), ("--local-address", "127.0.0.1")]
    flags += [("--tcp-keepalive", "30s"), ("--nagle", "")]
    route = build_options("ws://a/", flags).route
    assert route == Route(Address("h", 1), "4", "127.0.0.1", None, 30.0, False)
    assert {info.path for info in ROUTE_ROWS} == {f"route.{name}" for name in Route.__slots__}
