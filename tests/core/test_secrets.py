"""References to secrets: how they are read, replaced, masked, and kept out of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.connection import Handshake
from wstui.core.options.connect import ConnectOptions, complete_uri, parse_uri, shown_parts
from wstui.core.options.http import HttpOptions
from wstui.core.options.proxy import ProxyOptions
from wstui.core.options.secrets import (
    CMD,
    ENV,
    MASK,
    Reference,
    find_references,
    mask,
    mask_all,
    missing_words,
    pieces,
    plain_secrets,
    put_in,
    stand_in,
)

TOKEN = Reference(ENV, "TOKEN")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("${env:TOKEN}", [TOKEN]),
        ("Bearer ${env:TOKEN}!", ["Bearer ", TOKEN, "!"]),
        ("${env:TOKEN}${env:TOKEN}", [TOKEN, TOKEN]),
        ("$${env:TOKEN}", ["${", "env:TOKEN}"]),
        ("$5 and $x", ["$5 and $x"]),
        ("${cmd:pass show a/b}", [Reference(CMD, "pass show a/b")]),
        ("${cmd: awk '{print $1}' f }", [Reference(CMD, "awk '{print $1}' f")]),
    ],
)
def test_texts_are_cut_into_pieces(text: str, expected: list[str | Reference]) -> None:
    """References are found, braces in commands belong to them, and $${ is a literal ${."""
    assert pieces(text) == expected


@pytest.mark.parametrize(
    "text", ["${", "${}", "${TOKEN}", "${env:}", "${env:A B}", "${cmd: }", "${env:A", "${file:a}"]
)
def test_what_is_no_reference_is_told(text: str) -> None:
    """A ${ that begins no reference is a problem of its option, and says how to write one."""
    options = ConnectOptions("ws://h/", headers=(("X", f"a{text}"),), user_agent=text)
    found = [(problem.option, str(problem)) for problem in options.problems()]
    assert [option for option, _ in found] == ["headers", "user_agent"]
    assert all("$${" in words for _, words in found)


def test_references_are_found_in_all_options_once() -> None:
    """Uri, headers and options within options are searched, in their order."""
    options = ConnectOptions(
        "ws://h/?a=${env:A}",
        headers=(("X", "${env:B}"), ("Y", "${env:A}")),
        proxy=ProxyOptions("http://p:1", user="${cmd:whoami}"),
    )
    assert find_references(options) == (
        Reference(ENV, "A"),
        Reference(ENV, "B"),
        Reference(CMD, "whoami"),
    )


def test_all_missing_variables_are_told_at_once() -> None:
    """One sentence names every variable that the environment lacks."""
    references = [Reference(ENV, name) for name in "ABC"] + [Reference(CMD, "D")]
    assert missing_words(references[:1], {}) == "The environment has no A."
    assert missing_words(references, {"B": ""}) == "The environment has no A and no C."
    assert missing_words(references, {}) == "The environment has no A, no B and no C."
    assert missing_words(references, dict.fromkeys("ABC", "x")) == ""


def test_values_take_the_place_of_references() -> None:
    """Only the resolved copy holds values; what is escaped becomes literal."""
    options = ConnectOptions(
        "ws://h/", headers=(("A", "Bearer ${env:TOKEN}"), ("B", "$${env:TOKEN}")), origin="o"
    )
    resolved, secrets = put_in(options, {TOKEN: "${env:OTHER}"})
    assert resolved.headers == (("A", "Bearer ${env:OTHER}"), ("B", "${env:TOKEN}"))
    assert resolved.origin == "o"
    assert secrets == {"${env:OTHER}"}
    assert options.headers[0][1] == "Bearer ${env:TOKEN}"


def test_a_value_in_a_uri_stays_one_value() -> None:
    """In user, path and query it is percent-encoded; as host or port it is taken as it is."""
    uri = "wss://${env:U}:${env:P}@${env:H}:${env:N}/a/${env:P}?q=${env:P}"
    values = {"U": "me", "P": "a@/b&c+d", "H": "h.example", "N": "99"}
    options = ConnectOptions(uri)
    assert options.problems() == []
    given = {Reference(ENV, name): value for name, value in values.items()}
    resolved, secrets = put_in(options, given)
    encoded = "a%40%2Fb%26c%2Bd"
    assert resolved.uri == f"wss://me:{encoded}@h.example:99/a/{encoded}?q={encoded}"
    assert secrets == {"me", "a@/b&c+d", encoded}


def test_a_uri_with_references_is_checked_and_shown_as_typed() -> None:
    """Blanks and slashes of a command are none of the uri's; the rest of it is checked."""
    uri = "wss://h:${env:N}/x/${cmd:pass show a/b}?t=${env:T}#"
    assert [str(problem) for problem in ConnectOptions(uri).problems()] == [
        "A WebSocket uri has no fragment: write # as %23."
    ]
    parts = shown_parts(uri[:-1])
    assert (parts.netloc, parts.path) == ("h:${env:N}", "/x/${cmd:pass show a/b}")
    assert parse_uri(uri[:-1]).port == 1
    assert complete_uri("localhost:${env:N}/x") == "ws://localhost:${env:N}/x"


@given(st.text(alphabet="${}:envcmd TOKEN'a/@?#\\"))
def test_any_text_can_be_looked_at(text: str) -> None:
    """No text makes reading, checking or showing fail, and what has no reference stays."""
    options = ConnectOptions(f"ws://h/{text}", user_agent=text)
    options.problems()
    complete_uri(text)
    find_references(options)
    stand_in(text)
    if "${" not in text:
        assert put_in(options, {}).options == options


def test_secrets_are_masked_in_texts_and_bytes() -> None:
    """Wherever a value stands in a handshake it is masked; a short one only as a word."""
    handshake = Handshake(
        path="/?t=s3cret-token",
        request_headers=(("X", "a s3cret-token b"), ("Y", "abc abcd")),
        raw_request=b"GET /?t=s3cret-token\r\n\xff",
    )
    masked = mask_all(handshake, frozenset({"s3cret-token", "abc", "s3cret"}))
    assert masked.path == f"/?t={MASK}"
    assert masked.request_headers == (("X", f"a {MASK} b"), ("Y", f"{MASK} abcd"))
    assert masked.raw_request == b"GET /?t=***\r\n\xff"
    assert mask_all(handshake, frozenset()) is handshake
    assert mask("anything", ()) == "anything"


def test_secrets_written_plainly_are_found() -> None:
    """Passwords and the values of private headers may stand in no file; references may."""
    plain = ConnectOptions(
        "ws://me:pw@h/",
        headers=(("cookie", "a=b"), ("X-Other", "c"), ("Proxy-Authorization", "${env:P}")),
    )
    assert [problem.option for problem in plain_secrets(plain)] == ["uri", "headers"]
    proxied = ConnectOptions("ws://h/", proxy=ProxyOptions("http://me:pw@p:1", password="x"))
    found = [problem.option for problem in plain_secrets(proxied)]
    assert found == ["proxy.uri", "proxy.password"]
    http = HttpOptions(basic="me:pw", bearer="x", cookies=("a=b", "c=${env:C}"))
    found = [problem.option for problem in plain_secrets(ConnectOptions("ws://h/", http=http))]
    assert found == ["http.basic", "http.bearer", "http.cookies"]
    named = ConnectOptions("ws://me:${cmd:pass x/y}@h/", headers=(("Authorization", "${env:A}"),))
    assert plain_secrets(named) == []
