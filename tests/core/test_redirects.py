"""Where redirects lead, which are followed, and what does not go with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.handshake.redirects import NotFollowed, Redirect, follow, resolve_location
from wstui.core.options.connect import ConnectOptions, parse_uri
from wstui.core.options.http import HttpOptions
from wstui.core.options.route import Address, Route
from wstui.core.options.tls import TlsOptions


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/new?x", "ws://h:1/new?x"),
        ("new", "ws://h:1/a/new"),
        ("../b/./c", "ws://h:1/b/c"),
        ("?q", "ws://h:1/a/old?q"),
        ("//other/p", "ws://other/p"),
        ("http://other/p", "ws://other/p"),
        ("HTTPS://other/p/../q?", "wss://other/p/../q?"),
        ("wss://other:2/p#frag", "wss://other:2/p"),
        (" ws://other/ ", "ws://other/"),
        ("/a b\xc3\xa4", "ws://h:1/a%20b%C3%A4"),
        ("/?${env:HOME}", "ws://h:1/?$%7Benv:HOME}"),
    ],
)
def test_locations(location: str, target: str) -> None:
    """Relative locations are resolved, http becomes ws, and what is absolute stays as written."""
    assert resolve_location("ws://h:1/a/old?y", location) == target


@pytest.mark.parametrize("location", ["ftp://x/", "mailto:a", "ws://", "http://[", "ws://x:99999/"])
def test_locations_that_lead_nowhere(location: str) -> None:
    """A place where no WebSocket can be is told, and not followed."""
    with pytest.raises(NotFollowed, match="no WebSocket"):
        resolve_location("ws://h/", location)


def test_a_password_in_a_location_is_not_told() -> None:
    """What a server wrote is masked as what a user did."""
    with pytest.raises(NotFollowed) as caught:
        resolve_location("ws://h/", "ftp://ada:geheim@x/")
    assert "ftp://ada:•••@x/" in str(caught.value)


def test_long_locations() -> None:
    """Of a long place only the beginning is shown, and one without end is not followed."""
    words = Redirect("ws://h/", 302, "Found", "", f"ws://h/{'x' * 5000}").words
    assert len(words) < 300
    with pytest.raises(NotFollowed, match="8,193 characters"):
        resolve_location("ws://h/", "x" * 8193)


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_any_location(location: str) -> None:
    """Whatever a server writes leads to a valid uri, or is refused."""
    try:
        target = resolve_location("ws://h/a", location)
    except NotFollowed:
        return
    assert parse_uri(target).hostname


FULL = ConnectOptions(
    "wss://u:p@h/a",
    headers=(("Cookie", "a"), ("X-Mine", "b"), ("authorization", "c"), ("Host", "x")),
    http=HttpOptions(redirects=2, basic="u:p", cookies=("a=b",), cookie_file="jar"),
    tls=TlsOptions(certificate="mine.pem", key="key.pem", server_name="x", trust="ca.pem"),
)


def test_credentials_stay_within_an_origin() -> None:
    """On the way to another place of the same origin all is kept, the uri's user, too."""
    for location in ("/b", "wss://h:443/b", "https://H/b"):
        found, dropped = follow(FULL, location, 0)
        assert dropped == ()
        assert found.with_uri(FULL.uri) == FULL
        assert parse_uri(found.uri).username == "u"


@pytest.mark.parametrize("location", ["//other/b", "wss://h:444/b", "wss://www.h/b"])
def test_credentials_never_cross_origins(location: str) -> None:
    """Whatever says who one is stays behind when host or port are others, and is told of."""
    found, dropped = follow(FULL, location, 0)
    assert found.headers == (("X-Mine", "b"),)
    assert found.http == HttpOptions(redirects=2, cookie_file="jar")
    assert found.tls == TlsOptions(trust="ca.pem")
    assert parse_uri(found.uri).username is None
    assert dropped == (
        "Cookie",
        "authorization",
        "Host",
        "the uri's user",
        "the user",
        "the cookies",
        "the client certificate",
        "the TLS server name",
    )


def test_a_scheme_is_part_of_an_origin() -> None:
    """From ws to wss credentials stay behind as well."""
    options = ConnectOptions("ws://h/", http=HttpOptions(redirects=1, bearer="t"))
    found, dropped = follow(options, "wss://h/", 0)
    assert (found.http.bearer, dropped) == (None, ("the token",))


def test_limit() -> None:
    """One redirect more than allowed is not followed."""
    follow(FULL, "/b", 1)
    with pytest.raises(NotFollowed, match="2 redirects were followed, the most allowed"):
        follow(FULL, "/b", 2)


def test_from_tls_to_plain() -> None:
    """TLS is given up only where that was allowed."""
    options = ConnectOptions("wss://h/", http=HttpOptions(redirects=1))
    with pytest.raises(NotFollowed, match="from wss to ws://h/"):
        follow(options, "http://h/", 0)
    allowed = ConnectOptions("wss://h/", http=HttpOptions(redirects=1, to_plain=True))
    assert follow(allowed, "http://h/", 0)[0].uri == "ws://h/"


@pytest.mark.parametrize(
    "route", [Route(connect_to=Address("127.0.0.1", 1)), Route(unix_socket="/x")]
)
def test_fixed_addresses(route: Route) -> None:
    """Where the address is fixed, another host would be asked at the wrong place."""
    options = ConnectOptions("ws://h/", http=HttpOptions(redirects=1), route=route)
    assert follow(options, "/b", 0)[0].uri == "ws://h/b"
    with pytest.raises(NotFollowed, match="fixed"):
        follow(options, "ws://other/", 0)


def test_words() -> None:
    """A redirect tells its status, where it led, and what was left behind; no passwords."""
    redirect = Redirect("ws://h/", 302, "Found", "x", "ws://a:b@x/", ("Cookie",))
    assert redirect.words == "302 Found → ws://a:•••@x/ · without Cookie"
