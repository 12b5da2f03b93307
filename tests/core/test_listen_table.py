"""The options of listeners: their table, their flags, and forms of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.options.deflate import Deflate
from wstui.core.options.draft import LISTEN_FORM
from wstui.core.options.info import OptionError, OptionInfo
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.table import CONNECTING
from wstui.core.serving.address import complete_address, is_address

TEXTS = st.text() | st.from_regex(r"[\[\]*:.\w/-]*") | st.text("0123456789.:ehms iKMGB-")
ADDRESSES = [
    ("9002", "127.0.0.1:9002"),
    (" :9002 ", "127.0.0.1:9002"),
    ("0.0.0.0:80", "0.0.0.0:80"),
    ("[::1]:9002", "[::1]:9002"),
    ("*:0", "*:0"),
    ("unix:/tmp/a.sock", "unix:/tmp/a.sock"),
    ("somewhere", "somewhere"),
    ("", ""),
]


@pytest.mark.parametrize(("typed", "address"), ADDRESSES)
def test_addresses_are_completed(typed: str, address: str) -> None:
    """A port gains its host; what is no address stays for the words about it."""
    assert complete_address(typed) == address
    assert is_address(typed) is (":" in address)


def test_flags_make_options() -> None:
    """Each flag of a command line means its option, and lines are added to those before."""
    options = LISTENING.build(
        "9002",
        [
            ("--subprotocol", "chat.v2,chat.v1"),
            ("-H", "A: b"),
            ("--header", "C: d"),
            ("--no-compression", ""),
            ("--max-size", "1KiB"),
            ("--ping-interval", "off"),
            ("--plain-receive", ""),
        ],
    )
    assert options == ListenOptions(
        "127.0.0.1:9002",
        subprotocols=("chat.v2", "chat.v1"),
        headers=(("A", "b"), ("C", "d")),
        deflate=Deflate(offer=False),
        max_size=1024,
        ping_interval=None,
        fast=False,
    )


def test_flags_for_a_behaviour_add_a_line() -> None:
    """Short forms and whole lines stand in the order in which they were given."""
    options = LISTENING.build("9002", [("--on", "/a silent"), ("--echo", "")])
    assert options.behaviours == ("/a silent", "echo")
    more = LISTENING.build("9003", [("--on", "/b sink")], options)
    assert more.behaviours == ("/a silent", "echo", "/b sink")
    assert more.address == "127.0.0.1:9003"


def test_all_that_is_wrong_is_told_at_once() -> None:
    """The first problem names the others."""
    with pytest.raises(OptionError) as caught:
        LISTENING.build("x", [("--max-size", "huge"), ("-H", "Upgrade: x")])
    assert [one.option for one in (caught.value, *caught.value.others)] == [
        "max_size",
        "address",
        "headers",
    ]
    assert "The handshake itself writes Upgrade." in caught.value.sentences


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"address": "1.2.3.4"}, "address"),
        ({"subprotocols": ("a", "a")}, "subprotocols"),
        ({"subprotocols": ("a b",)}, "subprotocols"),
        ({"headers": (("Sec-WebSocket-Accept", "x"),)}, "headers"),
        ({"headers": (("A", "b\nC: d"),)}, "headers"),
        ({"headers": (("A", "${nope}"),)}, "headers"),
        ({"max_size": -1}, "max_size"),
        ({"close_timeout": 0.0}, "close_timeout"),
        ({"ping_interval": float("nan")}, "ping_interval"),
        ({"deflate": Deflate(server_max_window_bits=7)}, "deflate.server_max_window_bits"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_is_not_valid(change: dict[str, object], option: str) -> None:
    """Each has a sentence, under its own option."""
    options: ListenOptions = replace(ListenOptions(), **change)  # type: ignore[arg-type]
    assert [problem.option for problem in options.problems()] == [option]


def test_the_usual_is_valid() -> None:
    """Nobody has to say anything but where to listen."""
    assert not LISTENING.usual.problems()


@pytest.mark.parametrize("rows", [CONNECTING.rows, LISTENING.rows], ids=["connecting", "listening"])
def test_nothing_is_called_alike(rows: tuple[OptionInfo, ...]) -> None:
    """No flag and no path stands for two options."""
    names = [name for info in rows for flag in info.flags for name in flag.names]
    assert len(set(names)) == len(names)
    assert len({info.path for info in rows}) == len(rows)


def test_flags_in_lines() -> None:
    """The help of all flags, under the names of their sections."""
    lines = LISTENING.flag_lines()
    assert ("Handshake", "") in lines
    assert any(usage == "  --max-size SIZE" for usage, _ in lines)


def test_the_usual_form_means_the_usual_options() -> None:
    """What was filled in comes back."""
    assert LISTEN_FORM.read(LISTEN_FORM.usual) == (LISTENING.usual, [])


@given(
    st.builds(
        ListenOptions,
        address=st.sampled_from([address for _, address in ADDRESSES if ":" in address]),
        subprotocols=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
        headers=st.sampled_from([(), (("A", "b"),), (("A", "b"), ("A", "ü"))]),
        max_size=st.none() | st.integers(0, 1 << 40),
        ping_timeout=st.none() | st.integers(1, 10**6).map(lambda n: n / 1e3),
        fast=st.booleans(),
    )
)
def test_valid_options_survive_a_form(options: ListenOptions) -> None:
    """A form that is filled and read is as it was."""
    assert LISTEN_FORM.read(LISTEN_FORM.fill(options)) == (options, [])


@given(st.dictionaries(st.sampled_from(LISTENING.paths), TEXTS))
def test_no_form_ends_the_program(draft: dict[str, str]) -> None:
    """Whatever is typed is read, or has words about it."""
    options, problems = LISTEN_FORM.read(draft)
    assert problems or not options.problems()
