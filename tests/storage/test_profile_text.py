"""Profiles as TOML text: round trips, what stays, and where something is wrong."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.draft import draft_of, read_draft
from wstui.core.options.info import OptionInfo, Shape
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.listen_tls import ListenTls
from wstui.core.options.option_table import with_values
from wstui.core.options.table import CONNECTING, OPTIONS
from wstui.core.profiles import read_table, written
from wstui.storage.profile_text import (
    TextError,
    read_book,
    with_profile,
    without_profile,
)

TEXTS = [
    *("a", "b.c", "5", "90", "64KiB", "off", "2 min", "1000", "none", "http://p.example:3128"),
    *("127.0.0.1", "::1", "localhost:99", "A: b ${env:X}", "Über: 'x' \"y\" \\z", "/tmp/x y"),
    *("# no comment", "[no.table]", "text hello", "3000, 3001", '"""', "NONE", "h2", "10.0.0.0/8"),
]
"""Texts of which each option finds some that mean something to it."""


def understood(info: OptionInfo) -> list[str]:
    """Which of the texts mean something to an option."""
    found = list(info.codec.choices)
    for text in TEXTS:
        try:
            info.codec.parse(text)
        except ValueError:
            continue
        found.append(text)
    return found


def drafts() -> st.SearchStrategy[dict[str, str | bool]]:
    """Forms in which some options, all kinds of them, are filled in."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for info in OPTIONS:
        texts = understood(info)
        if info.codec.shape is Shape.SWITCH:
            fields[info.path] = st.booleans()
        elif info.codec.separator and texts:
            lines = st.lists(st.sampled_from(texts), min_size=1, max_size=3, unique=True)
            joint = ", " if info.codec.separator == "," else info.codec.separator
            fields[info.path] = lines.map(joint.join)
        elif texts:
            fields[info.path] = st.sampled_from(texts)
    uris = st.sampled_from(["ws://h/", "wss://me:${env:P}@h:9/a?b=${cmd:pass x}", "ws://[::1]/%20"])
    return st.fixed_dictionaries({"uri": uris}, optional=fields)


@st.composite
def valid_options(draw: st.DrawFn) -> ConnectOptions:
    """Valid options of all kinds."""
    draft = draw(drafts())
    for _ in range(len(OPTIONS)):
        options, problems = read_draft(draft)
        if not problems:
            return read_draft(draft_of(options)).options  # as a form, or a file, can hold them
        assume(problems[0].option != "uri")
        for problem in problems:
            draft.pop(problem.option, None)
    assume(False)
    raise AssertionError("not reached")


EXISTING = """\
# mine
["prod/ticks"]   # the feed
uri   = 'wss://old.example/'
colour = "red"            # unknown
open_timeout = 10
headers = [
    "A: b", # one
    "C: d",
]
proxy.uri = "none"

# the other
[other]
uri = "localhost:9002"   # mine, too
[other.route]
no_delay = false
"""


@given(valid_options())
def test_any_valid_options_come_back_from_a_new_file(options: ConnectOptions) -> None:
    """What was saved is what is read, whatever it is."""
    book = read_book(with_profile("", "a/b", options))
    assert book.faults == ()
    assert book.profiles["a/b"] == options


@given(valid_options(), st.sampled_from(["prod/ticks", "other", "new"]))
def test_any_valid_options_come_back_from_a_changed_file(
    options: ConnectOptions, name: str
) -> None:
    """Written over a profile they come back; all other ones, and comments, are as they were."""
    text = with_profile(EXISTING, name, options)
    book, before = read_book(text), read_book(EXISTING)
    assert book.profiles[name] == options
    for other in {"prod/ticks", "other"} - {name}:
        assert book.profiles[other] == before.profiles[other]
    assert tomllib.loads(text)["prod/ticks"]["colour"] == "red"
    for comment in ("# mine", "# the feed", "# unknown", "# the other"):
        assert comment in text


def test_what_means_the_same_stays_as_it_was_written() -> None:
    """Only the value that changed is written, in its place."""
    options = read_book(EXISTING).profiles["prod/ticks"]
    assert with_profile(EXISTING, "prod/ticks", options) == EXISTING
    changed = with_values(options, {"open_timeout": 5.0})
    text = with_profile(EXISTING, "prod/ticks", changed)
    assert text == EXISTING.replace("open_timeout = 10", 'open_timeout = "5 s"')


def test_only_what_is_not_usual_is_written() -> None:
    """A profile is as short as it can be; switches are booleans, several values arrays."""
    values = {"subprotocols": ("a", "b"), "fast": False, "close_timeout": None}
    options = with_values(ConnectOptions("ws://h/"), values)
    assert written(options) == {"uri": "ws://h/"} | {
        "subprotocols": ["a", "b"],
        "fast": False,
        "close_timeout": "off",
    }
    assert with_profile("", "a", ConnectOptions("ws://h/")).endswith('\n[a]\nuri = "ws://h/"\n')


def test_a_removed_profile_leaves_the_comments_around_it() -> None:
    """Its table goes with the comments in it; those above it and of the next one stay."""
    assert without_profile(EXISTING, "prod/ticks") == (
        "# mine\n" + EXISTING[EXISTING.index("# the other") :]
    )
    text = without_profile(EXISTING, "other")
    assert list(read_book(text).profiles) == ["prod/ticks"]


def test_a_profile_in_several_places_can_be_removed() -> None:
    """Where tables of others stand between its own, these stay."""
    text = '[a]\nuri = "ws://a/"\n[b]\nuri = "ws://b/"\n[a.route]\nno_delay = false\n'
    assert list(read_book(without_profile(text, "a")).profiles) == ["b"]
    assert list(tomllib.loads(without_profile(text, "a"))) == ["b"]


def test_line_ends_of_windows_stay() -> None:
    """A file with CR LF keeps them, in what is added, too."""
    text = with_profile('[a]\r\nuri = "ws://a/"\r\n', "b", ConnectOptions("ws://b/"))
    assert text == '[a]\r\nuri = "ws://a/"\r\n\r\n[b]\r\nuri = "ws://b/"\r\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("a = \n", 1, 5, "Invalid value."),
        ('[a]\nuri = "ws://h\n', 2, 14, "Illegal character"),
        ("[a]\n[a]\n", 2, 3, "Cannot declare"),
        ("[a]\nuri", 2, None, "Expected '='"),
        ("x = " + "[" * 5000, None, None, "not TOML that can be read"),
    ],
)
def test_broken_text_has_line_and_reason(
    text: str, line: int | None, column: int | None, reason: str
) -> None:
    """Text that is no TOML says where and why, has no profiles, and is not written to."""
    book = read_book(text)
    assert (book.profiles, len(book.faults)) == ({}, 1)
    fault = book.faults[0]
    assert (fault.line, fault.column) == (line, column)
    assert reason in fault.reason
    assert not book.is_readable
    with pytest.raises(TextError):
        with_profile(text, "b", ConnectOptions("ws://h/"))


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("uri = 3", 2, "The uri must be a text."),
        ('uri = "wss://h/#x"', 2, "fragment"),
        ('uri = "h"\n\nopen_timeout = "soon"', 4, "open_timeout: Write a time"),
        ('uri = "h"\norigin = ["a", "b"]', 3, "origin: It takes one value"),
        ('uri = "h"\norigin = 1979-05-27', 3, "origin: It must be a text."),
        ('uri = "h"\nproxy.uri = "gopher://x"', 3, "proxy.uri: "),
        ('uri = "h"\n[p.proxy]\nuri = "gopher://x"', 4, "proxy.uri: "),
        ('uri = "h"\nheaders = [\n "A: b",\n "C"\n]', 3, "Name: value"),
        ('uri = "h"\nuser_agent = "${x}"', 3, "$${"),
        ('uri = "h"\nproxy = 1', 3, "proxy: "),
        ("# nothing", 1, "no uri"),
        ('[p.q]\nuri = "h"', 2, '["p.q"]'),
    ],
)
def test_a_wrong_value_has_the_line_of_its_key(body: str, line: int, reason: str) -> None:
    """One wrong profile says where; the right ones around it still load."""
    text = f"[p]\n{body}\n[good]\nuri = 'ws://h/'\n"
    book = read_book(text)
    assert list(book.profiles) == ["good"]
    assert book.is_readable
    fault = book.wrong("p")
    assert fault is not None
    assert any(reason in one.reason and one.line == line for one in book.faults), book.faults


def test_unknown_options_do_no_harm() -> None:
    """They are noted with their line, and the profile works."""
    book = read_book('[a]\nuri = "ws://h/"\nfuture.thing = 1\n')
    assert list(book.profiles) == ["a"]
    assert [note.words("F") for note in book.notes] == [
        "F, line 3: a: wstui has no option future; it stays as it is."
    ]


def test_an_option_outside_of_its_table_is_found() -> None:
    """A note names the option that was probably meant."""
    book = read_book('[a]\nuri = "ws://h/"\nbearer = "${env:TOKEN}"\n')
    assert [note.reason for note in book.notes] == [
        "wstui has no option bearer; it stays as it is. Is http.bearer meant?"
    ]


def test_what_is_no_profile_is_told() -> None:
    """Values outside of tables, and names that cannot be typed, are faults with a line."""
    book = read_book('x = 1\n["a b"]\nuri = "ws://h/"\n')
    assert [(fault.line, fault.profile) for fault in book.faults] == [(1, "x"), (2, "a b")]


@given(st.text(alphabet="[]\"'=.#\n\r ab12-:/{},\\\0\u202e"), st.booleans())
def test_any_text_can_be_read(text: str, in_table: bool) -> None:
    """Whatever stands in the file, reading it ends with profiles and faults."""
    text = f"[a]\nuri = 'ws://h/'\n{text}" if in_table else text
    book = read_book(text)
    for fault in book.faults:
        assert fault.line is None or 1 <= fault.line <= text.count("\n") + 1
    if not book.is_readable:
        return
    for name in [*book.profiles, "new"]:
        try:
            changed = with_profile(text, name, ConnectOptions("ws://new/"))
        except TextError:
            continue
        assert read_book(changed).profiles[name].uri == "ws://new/"


toml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*(i.path for i in OPTIONS), "uri", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be busy
@given(
    st.sampled_from([{"uri": "ws://h/"}, {"listen": 9002}]),
    st.dictionaries(st.sampled_from([*CONNECTING.by_path, *LISTENING.by_path]), toml_values),
)
def test_any_value_of_any_option_can_be_read(
    beginning: dict[str, Any], table: dict[str, Any]
) -> None:
    """Values of the wrong kind are problems of their option, for connections and listeners."""
    reading = read_table({**beginning, **table})
    assert all(str(problem) for problem in reading.problems)


MOCK = ListenOptions(
    "127.0.0.1:9002",
    behaviours=("/echo echo", "/a silent"),
    subprotocols=("chat.v2",),
    headers=(("A", "b"),),
    max_size=None,
    tls=ListenTls(certificate="server.pem", passphrase="${env:KEY}"),
)

LISTENER = """\
[mock]
listen = 9002   # a port alone is on this machine
behaviours = ["/echo echo", "/a silent"]
subprotocols = "chat.v2"
headers = ["A: b"]
max_size = "off"
tls = { certificate = "server.pem", passphrase = "${env:KEY}" }
"""


def test_a_table_that_says_where_to_listen_is_a_listeners() -> None:
    """Its options are those of a listener, beside the connections of the same file."""
    book = read_book(f"{EXISTING}\n{LISTENER}")
    assert book.listeners == {"mock": MOCK}
    assert "prod/ticks" in book.profiles
    assert not book.faults
    assert list(book.all) == [*book.profiles, "mock"]


def test_a_listener_written_and_read_is_the_same() -> None:
    """Only what is not as usual is written."""
    text = with_profile("", "mock", MOCK)
    assert read_book(text).listeners == {"mock": MOCK}
    assert 'listen = "127.0.0.1:9002"' in text
    assert "ping_interval" not in text


def test_a_listener_is_changed_in_place() -> None:
    """What stays the same stays as it was written."""
    text = with_profile(LISTENER, "mock", replace(MOCK, max_size=1024))
    assert text == LISTENER.replace('"off"', '"1 KiB"')


def test_a_name_goes_over_to_the_other_kind() -> None:
    """A connection takes the place of a listener, and the other way round."""
    text = with_profile(LISTENER, "mock", ConnectOptions("ws://h/"))
    assert read_book(text).profiles == {"mock": ConnectOptions("ws://h/")}
    assert "listen" not in text.replace("listeners (listen)", "")
    text = with_profile(text, "mock", MOCK)
    book = read_book(text)
    assert (book.listeners, book.profiles) == ({"mock": MOCK}, {})


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ("listen = []", 2, "The address must be a text."),
        ("listen = true", 2, "The address must be a text."),
        ("listen = 70000", 2, "Write a port from 0 to 65535, or HOST:PORT."),
        ("listen = 1\nuri = 'ws://h'", 2, "It has a uri, too: leave out one of them."),
        (
            "listen = 1\nmax_size = 'huge'",
            3,
            "max_size: Write a size such as 64MiB, 500 KiB or 4096.",
        ),
        ("listen = 1\ndeflate = 3", 3, "deflate: It must be a table of options."),
    ],
)
def test_faults_of_listeners(lines: str, line: int, reason: str) -> None:
    """What is wrong is told with its line."""
    (fault,) = read_book(f"[mock]\n{lines}\n").faults
    assert (fault.line, fault.reason, fault.profile) == (line, reason, "mock")


def test_what_a_listener_does_not_know_is_only_noted() -> None:
    """Options of connections mean nothing to a listener; they stay."""
    book = read_book("[mock]\nlisten = 9002\norigin = 'x'\n")
    assert list(book.listeners) == ["mock"]
    assert [note.reason for note in book.notes] == [
        "wstui has no option origin; it stays as it is."
    ]
