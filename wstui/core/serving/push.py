"""What a listener pushes to its clients, and how fast: the words behind ``push``.

    push FILE [as=lines|text|binary] [chunk=SIZE] [every=TIME] [rate=RATE] [times=N] [close=CODE]
    push text='tick {n} {time}' every=1s

A file is sent line by line as text, unless it is said otherwise, and once; a text that is written
here is sent each second without an end, its places filled in as `Template` says.
"""

from __future__ import annotations

import re
from array import array
from codecs import getincrementaldecoder
from dataclasses import dataclass
from typing import Final

from wstui.core import close_codes
from wstui.core.entry import Kind
from wstui.core.sending.plan import LONGEST, Rate, parse_rate, parse_times
from wstui.core.serving.words import read_settings
from wstui.core.units import parse_seconds, parse_size, size_text

MAX_FILE: Final = 64 << 20
"""Bytes of the largest file that is pushed; it is kept in memory."""

STEP: Final = 1 << 20
"""Bytes that are looked at without a pause, in a thread that the screen does not wait for."""

FORMS: Final = ("lines", "text", "binary")
"""What a file may be sent as: each line a text message, or the whole as one message."""

_SETTINGS: Final = ("as", "chunk", "every", "rate", "times", "close", "reason", "text")

_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True, slots=True)
class Push:
    """What is sent to each client from when it connects."""

    file: str = ""
    """Its name; empty where `text` says what is sent."""
    text: str = ""
    """A message with places that are filled in; empty where there is a file."""
    form: str = "lines"
    """One of `FORMS`."""
    chunk: int | None = None
    """Bytes of each binary message; None: the file is one."""
    every: float = 0.0
    """Seconds from one message to the next; 0: as soon as the client takes it."""
    rate: Rate | None = None
    """Most that is sent a second; None: no limit."""
    times: int | None = 1
    """How often the file, or the text, is sent; None: until the client leaves."""
    close: int | None = None
    """Code with which the client is closed at the end; None: it stays open."""
    reason: str = ""
    """Goes with `close`."""

    @property
    def kind(self) -> Kind:
        """Of all messages."""
        return Kind.BINARY if self.form == "binary" else Kind.TEXT


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages that a file is cut into; each is cut out when it is wanted."""

    data: bytes
    starts: array[int]
    """Where each begins."""
    ends: array[int]
    """Where each ends."""

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]]


def parse_push(words: str) -> Push:
    """What the words behind ``push`` mean.

    Raises:
        ValueError: they mean nothing; a sentence for the user.
    """
    file, given = read_settings(words, _SETTINGS)
    text, form = given.get("text", ""), given.get("as", "lines")
    if bool(file) == bool(text):
        raise ValueError("Name a file, or write text=.")
    if form not in FORMS:
        raise ValueError(f"as= is one of {', '.join(FORMS)}.")
    if text and ("as" in given or "chunk" in given):
        raise ValueError("as= and chunk= are about a file.")
    every = parse_seconds(given["every"]) if "every" in given else 0.0
    if every > LONGEST:
        raise ValueError("every= is at most a day.")
    rate = parse_rate(given["rate"]) if "rate" in given else None
    if text and "every" not in given and rate is None:
        every = 1.0
    times: int | None = None if text else 1
    if "times" in given:
        times = parse_times(given["times"])
    chunk = parse_size(given["chunk"]) if "chunk" in given else None
    if chunk is not None and (form != "binary" or not chunk):
        raise ValueError("chunk= is at least 1 byte, and goes with as=binary.")
    close, reason = _read_close(given)
    return Push(file, text, form, chunk, every, rate, times, close, reason)


def _read_close(given: dict[str, str]) -> tuple[int | None, str]:
    reason = given.get("reason", "")
    if "close" not in given:
        if reason:
            raise ValueError("reason= goes with close=.")
        return None, ""
    word = given["close"]
    if not (word.isascii() and word.isdecimal() and len(word) <= 5):
        raise ValueError("close= is a code such as 1000.")
    problem = close_codes.refuse(int(word), reason)
    if problem is not None:
        raise ValueError(problem)
    return int(word), reason


def cut(data: bytes, push: Push) -> Messages:
    """The messages that the file's `data` is sent as.

    Raises:
        ValueError: it cannot be sent like that; a sentence for the user.
    """
    if len(data) > MAX_FILE:
        raise ValueError(f"It is larger than {size_text(MAX_FILE)}.")
    starts, ends = array("Q"), array("Q")
    if push.form == "lines":
        for match in _LINE.finditer(data):
            starts.append(match.start())
            end = match.end() - (data[match.end() - 1] == 10)
            ends.append(end - (end > match.start() and data[end - 1] == 13))
    elif data:
        step = push.chunk or len(data)
        starts.extend(range(0, len(data), step))
        ends.extend(min(start + step, len(data)) for start in starts)
    if not starts:
        raise ValueError("It is empty.")
    if push.kind is Kind.TEXT:
        _check_text(data)
    return Messages(data, starts, ends)


def _check_text(data: bytes) -> None:
    decoder = getincrementaldecoder("utf-8")()
    for start in range(0, len(data), STEP):
        begun = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + STEP], start + STEP >= len(data))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, start - begun + error.start) + 1
            message = f"Line {line} is not UTF-8, so it is no text: as=binary sends it."
            raise ValueError(message) from error
