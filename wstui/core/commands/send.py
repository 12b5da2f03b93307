"""How the commands are written that send more than a message: `sendfrag`, `repeat`, `sendraw` and
`cancel`. Pure; `commands` gathers them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw, Whom
from wstui.core.commands.words import (
    MAX_ID_DIGITS,
    CommandError,
    CommandInfo,
    Words,
    read_utf8,
)
from wstui.core.sending.plan import SendPlan, parse_rate, parse_sizes, parse_times
from wstui.core.sending.raw_frame import RawFrameError, parse_frame
from wstui.core.units import parse_seconds

T = TypeVar("T")

GROUPS: Final = (".", "all", "marked")
"""Words that stand for connections."""

MOST_IDS: Final = 100_000

_RANGE: Final = re.compile(rf"(\d{{1,{MAX_ID_DIGITS}}})(?:-(\d{{1,{MAX_ID_DIGITS}}}))?", re.ASCII)

_OPTIONS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "every": ("every", parse_seconds),
    "rate": ("rate", parse_rate),
    "frag": ("sizes", parse_sizes),
    "pause": ("pause", parse_seconds),
}
"""Words before the message, their field of a plan, and how their value is read."""


def read_whom(words: Words) -> tuple[Whom, Words]:
    """The connections in front: ids such as ``0,2,5-9``, or a word that stands for some."""
    word, rest = words.first()
    if not word:
        raise words.error("To which connections? Give ids such as 0,2,5-9, or . all marked.")
    if word in GROUPS:
        return Whom(word=word), rest
    ids: dict[int, None] = {}
    for part in word.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise words.error("Write ids such as 0,2,5-9, or . for the selected, all, or marked.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 0 <= last - first < MOST_IDS:
            raise words.error("That is no range of ids.")
        ids.update(dict.fromkeys(range(first, last + 1)))
    return Whom(tuple(ids)), rest


def _read(words: Words, parse: Callable[[str], T], text: str, at: int) -> T:
    """A value; what is wrong with it is an error at its place."""
    try:
        return parse(text)
    except ValueError as error:
        raise words.error(str(error), at) from error


def _plan(words: Words, whom: Whom, fields: dict[str, Any], allowed: set[str]) -> SendPlanned:
    """The options in front of the message, and the message: the rest of the line exactly."""
    begin = words.at
    while True:
        word, rest = words.first()
        name, equals, value = word.partition("=")
        if word == "--":
            words = rest
            break
        if not equals or name not in allowed:
            break
        field, parse = _OPTIONS[name]
        fields[field] = _read(words, parse, value, words.at + len(name) + 1)
        words = rest
    plan = SendPlan(read_utf8(words.text, words), **fields)
    for problem in plan.problems():
        raise words.error(str(problem), begin)
    return SendPlanned(whom, plan)


def _sendfrag(words: Words) -> SendPlanned:
    whom, rest = read_whom(words)
    word, behind = rest.first()
    sizes = _read(rest, parse_sizes, word, rest.at)
    return _plan(behind, whom, {"sizes": sizes}, {"pause"})


def _repeat(words: Words) -> SendPlanned:
    whom, rest = read_whom(words)
    word, behind = rest.first()
    return _plan(behind, whom, {"times": _read(rest, parse_times, word, rest.at)}, set(_OPTIONS))


def _sendraw(words: Words) -> SendRaw:
    whom, rest = read_whom(words)
    try:
        return SendRaw(whom, parse_frame(rest.text))
    except RawFrameError as error:
        raise CommandError(str(error), rest.at + max(error.position, 0)) from error


def _cancel(words: Words) -> Cancel:
    if not words.text.strip():
        return Cancel(Whom(word="."))
    whom, rest = read_whom(words)
    if rest.text.strip():
        raise rest.error("Nothing more is expected here.")
    return Cancel(whom)


_IDS: Final = "Ids such as 0,2,5-9, or . for the selected one, all (that are open), marked."

SENDING_COMMANDS: Final = (
    CommandInfo(
        "sendfrag",
        "sendfrag <ids> <sizes> [pause=<time>] <text>",
        "Send a text in fragments.",
        "Sizes in bytes: 10,20,rest cuts off 10, then 20; 8 means 8 each. Fragments go"
        f" uncompressed, so that their sizes are those on the wire. {_IDS}",
        _sendfrag,
    ),
    CommandInfo(
        "repeat",
        "repeat <ids> <times> [every=|rate=|frag=|pause=…] <text>",
        "Send a text many times.",
        "Times is a number, or forever. every=1s from one to the next; rate=100/s or rate=64KiB/s"
        " at most; frag=10,20,rest pause=50ms in fragments; -- ends these words. In the text {n}"
        " counts, {n:6} with 6 digits, {time} is the time, {uuid} is unique. cancel stops it."
        f" {_IDS}",
        _repeat,
    ),
    CommandInfo(
        "sendraw",
        "sendraw <ids> <opcode> [words] [hex]",
        "Send a frame that may break the rules.",
        "The opcode is 0 to 15, or cont, text, binary, close, ping, pong. Words: nofin, rsv1, rsv2,"
        " rsv3, masked, unmasked, mask=01020304, len=200 (a wrong length), len=/64 (in 64 bits)."
        " Then the payload in hex. Without a word on it, it is masked to a server and not to a"
        f" client of ours. {_IDS}",
        _sendraw,
    ),
    CommandInfo(
        "cancel",
        "cancel [ids]",
        "Stop sending, and forget what waits.",
        "What was handed to the transport goes out all the same, and so does the rest of a message"
        f" that was begun. {_IDS}",
        _cancel,
    ),
)
