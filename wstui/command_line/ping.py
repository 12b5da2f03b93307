"""`wstui ping URL`: how long a round trip takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wstui.command_line.filters import joined, read_filter
from wstui.command_line.headless import HeadlessParser, Manner, Named, manner, seconds, worded
from wstui.core.filter import Filter
from wstui.core.hex_input import parse_hex
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions
from wstui.core.pings import NUMBER, Payloads

MOST: Final = 125
"""Bytes of payload in a control frame (RFC 6455 section 5.5)."""

CLOSE_TIME: Final = 1.0
"""Seconds for the closing handshake, at most: a server that answers no pings may not answer that
either, and all that was to be told has been told."""

EXAMPLES: Final = """\
  wstui ping echo.example -c 5                 five pings, a second apart
  wstui ping echo.example -i 200ms -W 2s       over 2 seconds counts as lost
  wstui ping echo.example -f -c 1000           no pause, and only the figures
  wstui ping echo.example --message 'hi {n}'   messages, if the server echoes
  wstui ping api.example --message '{"op":"ping","id":{n}}' --answer '"pong"'
  wstui ping echo.example --json -c 1 | jq 'select(.event == "pong").rtt'
"""

DESCRIPTION: Final = f"""\
Send pings, and tell how long each pong takes; at the end, or after Ctrl+C, the
figures of them all.

A line begins with pong; with lost, where none came in time; with late, where it
came after that; with again, where it was not the first; with stray, where it
answers no ping of ours. A pong answers all pings before its own, too (RFC 6455
section 5.5.3). Jitter is the mean difference between one round trip and the
next.

The exit code is 0 when a pong came and 1 when none did; that of the connection
when it could not be opened, or ended with an error. Keepalive pings are off,
unless --ping-interval is given.

With --json, beside what becomes of the connection, times being in seconds:
{client_events("pong", "lost", "summary")}"""


@dataclass(frozen=True, slots=True)
class Ping:
    """What is asked for."""

    options: ConnectOptions
    manner: Manner
    payloads: Payloads = field(default_factory=Payloads)
    count: int | None = None
    """Pings to send; None: until it is ended."""
    interval: float = 1.0
    """Seconds from one to the next; 0: the next one goes when the one before is answered, or
    lost."""
    wait: float = 10.0
    """Seconds after which one is lost."""
    deadline: float | None = None
    """Seconds after which it ends, with the figures; None: never."""
    brief: bool = False
    """Whether only the figures are told."""
    has_clock: bool = False
    """Whether each line begins with the time of day."""
    by_message: bool = False
    """Whether text messages are sent instead of pings."""
    answer: Filter | None = None
    """Which messages are answers; None: those that are as they were sent."""


def read(words: Sequence[str], named: Named) -> Ping:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser(
        "ping",
        "URL",
        DESCRIPTION,
        EXAMPLES,
    )
    parser.add_argument("uri", metavar="URL", help="or host:port, or a profile")
    _add_options(parser)
    given = parser.read(joined(words, ("--payload", "--message", "--answer")))
    options = parser.connection(given.uri, given, named)
    asked_for = {flag for flag, _ in given.flags}
    if "--ping-interval" not in asked_for:
        options = replace(options, ping_interval=None)
    if "--close-timeout" not in asked_for:
        patience = CLOSE_TIME if options.close_timeout is None else options.close_timeout
        options = replace(options, close_timeout=min(patience, CLOSE_TIME))
    by_message = given.message is not None
    if given.answer is not None and not by_message:
        parser.error("--answer goes with --message")
    size = 8 if given.size is None else given.size
    text = given.message if by_message else given.payload
    return Ping(
        options,
        manner(given),
        Payloads(size, text, given.payload_hex),
        given.count,
        0.0 if given.flood else given.interval,
        given.wait,
        given.deadline,
        given.flood or given.quiet,
        given.clock,
        by_message,
        None if given.answer is None else read_filter(parser, "--answer", given.answer),
    )


def _add_options(parser: HeadlessParser) -> None:
    add = parser.add_argument
    add("-c", "--count", type=_count, metavar="N", help="end after so many pings")
    add(
        *("-i", "--interval"),
        type=seconds,
        metavar="TIME",
        default=1.0,
        help="from one to the next (default 1s); 0: as soon as the one before is answered",
    )
    add(
        *("-W", "--wait"),
        type=_some_time,
        metavar="TIME",
        default=10.0,
        help="for each pong before it counts as lost (default 10s)",
    )
    add(
        *("-w", "--deadline"),
        type=_some_time,
        metavar="TIME",
        help="end after this long, with the figures",
    )
    add("-D", "--clock", action="store_true", help="the time of day before each line")
    add("-f", "--flood", action="store_true", help="-i 0, and only the figures")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        *("-s", "--size"), type=_size, metavar="BYTES", help="of payload, 0 to 125 (default 8)"
    )
    what.add_argument(
        "--payload", type=_text, metavar="TEXT", help="the payload; {n} stands for the number"
    )
    what.add_argument("--payload-hex", type=_hex, metavar="HEX", help="the payload in hexadecimal")
    what.add_argument(
        "--message",
        type=_message,
        metavar="TEXT",
        help="send text messages instead, for what answers no pings, or answers them before they"
        " reach the server; {n} stands for the number",
    )
    add(
        "--answer",
        metavar="FILTER",
        help="which messages are answers, each to the oldest one that waits, as in the filter"
        " bar (default: a message that is the same)",
    )


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError("Write how many pings, 1 or more.")
    return count


def _some_time(text: str) -> float:
    time = seconds(text)
    if not time:
        raise argparse.ArgumentTypeError("Write a time that is longer than 0.")
    return time


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"A ping holds 0 to {MOST} bytes (RFC 6455).")
    return int(text)


def _text(text: str) -> str:
    size = len(_message(text).replace(NUMBER, "1" * 10).encode())
    if size > MOST:
        raise argparse.ArgumentTypeError(f"A ping holds at most {MOST} bytes, not {size}.")
    return text


def _message(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("The text is not UTF-8.") from None
    return text


def _hex(text: str) -> bytes:
    data = worded(parse_hex, text)
    if len(data) > MOST:
        raise argparse.ArgumentTypeError(f"A ping holds at most {MOST} bytes, not {len(data)}.")
    return data
