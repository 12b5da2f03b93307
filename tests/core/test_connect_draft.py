"""Connect forms as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstui.core.handshake.headers import parse_header
from wstui.core.options.connect import (
    ConnectOptions,
    complete_uri,
    masked_uri,
    parse_uri,
)
from wstui.core.options.deflate import ANY, Deflate
from wstui.core.options.draft import USUAL_DRAFT, Draft, draft_of, read_draft
from wstui.core.options.http import HttpOptions
from wstui.core.options.info import OptionError, Shape
from wstui.core.options.proxy import ProxyOptions
from wstui.core.options.route import MOST_IDLE, Address, Route
from wstui.core.options.table import OPTIONS, PATHS
from wstui.core.options.tls import PEM_BEGIN, PEM_END, VERSIONS, TlsOptions
from wstui.core.units import parse_seconds

BITS = st.none() | st.integers(8, 15)
TOKENS = st.from_regex(r"[A-Za-z0-9.\-_]{1,12}", fullmatch=True)
LATIN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20).filter(
    lambda text: "${" not in text  # which begins a reference
)
SECONDS = (
    st.none() | st.integers(1, 10**8).map(float) | st.integers(1, 10**6).map(lambda n: n / 1e3)
)
TEXTS = st.text() | st.from_regex(r"\w*:?/?/?[\[\]@:#?%.\w]*") | st.text("0123456789.:ehms iKMGB-")

PATHS_OF_FILES = st.none() | st.from_regex(r"[~./\w][\w./ -]{0,20}\w", fullmatch=True)
PEM = f"{PEM_BEGIN}\nMIIB\n{PEM_END}"

VALID_TLS = st.builds(
    TlsOptions,
    trust=st.sampled_from(["SYSTEM", "NONE", "ca.pem", "${env:CA}", PEM, f"{PEM}\n{PEM}"]),
    check_host=st.booleans(),
    server_name=st.none() | st.sampled_from(["feed.example", "münchen.example", "10.0.0.7", "::1"]),
    certificate=PATHS_OF_FILES.filter(bool),
    key=PATHS_OF_FILES,
    passphrase=st.none() | LATIN.filter(bool) | st.just(" with blanks "),
    lowest=st.sampled_from(VERSIONS),
    ciphers=st.none() | st.sampled_from(["DEFAULT@SECLEVEL=0", "ECDHE+AESGCM:!aNULL"]),
    alpn=st.lists(TOKENS, unique=True).map(tuple),
    key_log=PATHS_OF_FILES,
)

VALID_HTTP = st.builds(
    HttpOptions,
    basic=st.none() | st.tuples(LATIN, st.just(" : "), LATIN).map("".join),
    cookies=st.lists(
        st.tuples(TOKENS, st.sampled_from(["=", "=a b", "=${env:X}"])).map("".join)
    ).map(tuple),
    cookie_file=st.sampled_from([None, "jar.txt", "~/a b"]),
    redirects=st.integers(0, 50),
    to_plain=st.booleans(),
    any_subprotocol=st.booleans(),
    break_handshake=st.booleans(),
) | st.builds(HttpOptions, bearer=TOKENS)

VALID_ROUTE = st.builds(
    Route,
    connect_to=st.none() | st.builds(Address, st.just("::1") | TOKENS, st.integers(1, 65535)),
    ip=st.sampled_from(["any", "4"]),
    local_address=st.sampled_from([None, "127.0.0.1"]),
    keepalive=st.none() | st.integers(1, MOST_IDLE).map(float),
    no_delay=st.booleans(),
)

VALID_PROXY = st.builds(
    ProxyOptions,
    uri=st.sampled_from(["system", "none", "http://p:3128", "https://u:${env:P}@p", "socks4://p"]),
    exceptions=st.lists(st.sampled_from(["*", ".example", "a:80", "[::1]", "10.0.0.0/8"])).map(
        tuple
    ),
    loopback=st.booleans(),
    trust=st.sampled_from(["SYSTEM", "NONE", "ca.pem", PEM]),
) | st.builds(
    ProxyOptions,
    uri=st.sampled_from(["system", "http://p:3128", "socks5h://[::1]:1"]),
    user=TOKENS,
    password=LATIN.filter(bool) | st.just(" with blanks "),
)

VALID = st.builds(
    ConnectOptions,
    uri=st.sampled_from(["ws://localhost:9002", "wss://feed.example/t?x=1", "ws://[::1]:1/"]),
    headers=st.lists(st.tuples(TOKENS.map(lambda name: f"X-{name}"), LATIN)).map(tuple),
    subprotocols=st.lists(TOKENS, unique=True).map(tuple),
    origin=st.none() | LATIN.filter(bool),
    user_agent=st.none() | LATIN.filter(bool),
    deflate=st.builds(
        Deflate, st.booleans(), st.booleans(), st.booleans(), BITS, BITS | st.just(ANY)
    ),
    http=VALID_HTTP,
    max_size=st.none() | st.integers(0, 1 << 40),
    open_timeout=SECONDS,
    close_timeout=SECONDS,
    ping_interval=SECONDS,
    ping_timeout=SECONDS,
    tls=VALID_TLS,
    route=VALID_ROUTE,
    proxy=VALID_PROXY,
    fast=st.booleans(),
)


@given(VALID)
def test_draft_of_options_is_read_as_them(options: ConnectOptions) -> None:
    """A form filled with valid options means these options again."""
    assert read_draft(draft_of(options)) == (options, [])


@given(
    st.fixed_dictionaries(
        {"uri": TEXTS},
        optional={
            info.path: st.booleans() if info.codec.shape is Shape.SWITCH else TEXTS
            for info in OPTIONS
        },
    )
)
@example({"uri": "ws://[::1", "open_timeout": "9" * 5000})
@example({"uri": "wss://\u2100/", "max_size": "9" * 5000})
@example({"uri": "ws://h:99999999999999999999"})
def test_no_text_is_too_odd(draft: Draft) -> None:
    """Whatever is typed means valid options, or errors that name fields of the form."""
    options, problems = read_draft(draft)
    assert problems or options.problems() == []
    assert {problem.option for problem in problems} <= set(PATHS)


def test_all_errors_come_in_the_order_of_the_form() -> None:
    """Every wrong field is told of at once, headers by the number of the line."""
    draft = {
        "uri": "ftp://x",
        "subprotocols": "a(b, c",
        "headers": "Good: 1\n\nbad\nworse",
        "ping_interval": "soon",
        "ping_timeout": "0",
        "max_size": "much",
    }
    _, problems = read_draft(draft)
    assert [problem.option for problem in problems] == [
        "uri",
        "subprotocols",
        "headers",
        "headers",
        "ping_interval",
        "ping_timeout",
        "max_size",
    ]
    assert str(problems[2]).startswith("Line 3: ")
    assert str(problems[3]).startswith("Line 4: ")


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_emptied_limit_is_the_default(blank: str) -> None:
    """Clearing a limit does not take it away: that has to be written."""
    draft = {**USUAL_DRAFT, "uri": "localhost", "max_size": blank, "ping_interval": blank}
    options, problems = read_draft(draft)
    assert problems == []
    usual = ConnectOptions("ws://localhost")
    assert (options.max_size, options.ping_interval) == (usual.max_size, usual.ping_interval)


@pytest.mark.parametrize("off", ["off", "Off", " none", "unlimited"])
def test_off_switches_limits_off(off: str) -> None:
    """The word off means that there is no limit."""
    draft = {**USUAL_DRAFT, "uri": "localhost", "max_size": off, "ping_interval": off}
    options, problems = read_draft(draft)
    assert problems == []
    assert (options.max_size, options.ping_interval) == (None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10", 10), ("1.5 s", 1.5), (".5", 0.5), ("500ms", 0.5), ("2 MIN", 120), ("1h", 3600)],
)
def test_seconds(text: str, seconds: float) -> None:
    """Times are read with the units that people write."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["-1", "1e3", "nan", "inf", "1 day", "٣", "1 2"])
def test_no_seconds(text: str) -> None:
    """What is no time is refused with an example."""
    with pytest.raises(ValueError, match="10 s"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("localhost:9002", "ws://localhost:9002"),
        ("LOCALHOST", "ws://LOCALHOST"),
        ("app.localhost:1/x", "ws://app.localhost:1/x"),
        ("localhost?x", "ws://localhost?x"),
        ("user@localhost", "ws://user@localhost"),
        ("[::1]", "ws://[::1]"),
        ("[::1]:9002", "ws://[::1]:9002"),
        ("127.0.0.1:9002/chat", "ws://127.0.0.1:9002/chat"),
        (":9002", "ws://localhost:9002"),
        ("feed.example", "wss://feed.example"),
        ("localhost.example", "wss://localhost.example"),
        ("https://feed.example", "wss://feed.example"),
        ("ws:", "ws:"),
        ("ws:8080", "wss://ws:8080"),
        ("", ""),
    ],
)
def test_complete_uri(typed: str, uri: str) -> None:
    """A host gains the scheme that it most likely speaks; a scheme on its way is left alone."""
    assert complete_uri(typed) == uri


def test_port_out_of_range_is_explained() -> None:
    """A port that is no port is told of in the words of the form."""
    with pytest.raises(OptionError, match="from 1 to 65535"):
        parse_uri("ws://host:99999")


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("wss://user:p@ss@feed.example/t", "wss://user:•••@feed.example/t"),
        ("wss://user@feed.example/a:b@c", "wss://user@feed.example/a:b@c"),
        ("ws://localhost:9002/@", "ws://localhost:9002/@"),
    ],
)
def test_masked_uri(uri: str, shown: str) -> None:
    """The password of a uri is masked, and nothing else."""
    assert masked_uri(uri) == shown


def test_header_value_keeps_its_no_break_space() -> None:
    """Only blanks and tabs around a header's value are no part of it."""
    assert parse_header("X-A: \t\u00a0a\u00a0 ") == ("X-A", "\u00a0a\u00a0")
