"""`wstui send URL [MESSAGE ...]`: messages from arguments, files or standard input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wstui.command_line.closing import Closing, add_closing, closing
from wstui.command_line.filters import joined, read_filter
from wstui.command_line.headless import (
    HeadlessParser,
    Manner,
    Named,
    manner,
    seconds,
    worded,
)
from wstui.core.filter import Filter
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions
from wstui.core.sending.plan import Rate, parse_rate, parse_times
from wstui.core.sending.texts import Form

PATIENCE: Final = 10.0
"""Seconds in which what is expected has to come, where nothing else is said."""

DESCRIPTION: Final = f"""\
Connect, send each MESSAGE, and close; or wait for answers.

A message is the text itself, @FILE for what is in a file, or - for the lines of
standard input, each of them a message; that is also read where no message is
given and it is no terminal. --lines takes files line by line, too, and --whole
takes standard input as one message. The line feed at the end of a line is no
part of it; one at the end of a file is. Messages that begin with a hyphen stand
behind --.

It is a text message; --binary sends the bytes as they are, --hex and --base64
send the bytes that are written so. Nothing goes out if one of the arguments, or
a whole file, is not what it has to be.

--wait N prints N of the messages that come, as wstui tail does, and closes.
--expect FILTER waits for one that the filter lets through (what the workbench's
filter bar takes; see wstui tail --help), prints it, and ends with exit code 0
as soon as it is there, or with 1 when --within is over (10 s, from the opening
or the last message sent) or the connection ended before. With --wait, too, that
is so many of them.

--every and --rate say how fast messages go out. --times sends one message as
often, or forever; in its text {{n}} counts from 1, {{n:6}} with that many digits,
{{time}} is the time in UTC, and {{uuid}} is another one each time.

With --json, beside lines of connections:
{client_events("answers")}"""

EXAMPLES: Final = """\
  wstui send localhost:9001 hello 'how are you'      two messages
  wstui send wss://host/api @query.json --wait 1     a request, and its answer
  wstui send localhost:9001 --hex 'DE AD BE EF' --code 4001 --reason bye
  tail -f log | wstui send wss://host/log --rate 100/s   lines as they come
  wstui send localhost:9001 'beat {n}' --times forever --every 1s
  wstui send localhost:9001 ping --expect '/^pong/' --within 2s && echo alive
"""


@dataclass(frozen=True, slots=True)
class Send:
    """What is asked for."""

    options: ConnectOptions
    manner: Manner
    messages: tuple[str, ...] = ()
    """As they were given; none: standard input, unless it is a terminal."""
    form: Form = Form.TEXT
    is_literal: bool = False
    """Whether a message may begin with @, or be a hyphen, without a meaning."""
    is_whole: bool = False
    """Whether standard input is one message, not one a line."""
    by_lines: bool = False
    """Whether files have a message a line."""
    answers: int = 0
    """Messages that have to come; 0: none is waited for."""
    expected: Filter = field(default_factory=lambda: Filter(""))
    """What they have to be."""
    within: float | None = None
    """Seconds in which they have to come; None: as long as it takes."""
    closing: Closing = field(default_factory=Closing)
    times: int | None = 1
    """How often the message is sent; None: until it is stopped."""
    every: float = 0.0
    """Seconds from one message to the next; 0: as soon as the peer takes it."""
    rate: Rate | None = None
    """Most that is sent a second; None: no limit."""


def read(words: Sequence[str], named: Named) -> Send:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("send", "URL [MESSAGE|-|@FILE ...]", DESCRIPTION, EXAMPLES)
    _add(parser)
    given = parser.read(joined(words, ("--expect",)))
    answers = given.wait
    if given.expect is not None and answers is None:
        answers = 1
    within = given.within
    if within is not None and not answers:
        parser.error("--within goes with --expect or --wait")
    if within is None and given.expect is not None:
        within = PATIENCE
    if not given.literal and given.messages.count("-") > 1:
        parser.error("standard input can be read only once")
    if given.times != 1 and len(given.messages) != 1:
        parser.error("--times goes with one message")
    return Send(
        parser.connection(given.uri, given, named),
        manner(given),
        tuple(given.messages),
        given.form or Form.TEXT,
        given.literal,
        given.whole,
        given.lines,
        answers or 0,
        read_filter(parser, "--expect", given.expect or ""),
        within,
        closing(parser, given),
        given.times,
        given.every,
        given.rate,
    )


def _add(parser: HeadlessParser) -> None:
    add = parser.add_argument
    add("uri", metavar="URL", help="or host:port, or a profile")
    add("messages", metavar="MESSAGE", nargs="*", help="a text, @FILE, or - for standard input")
    forms = parser.add_mutually_exclusive_group()
    for form, names, help in (
        (Form.BINARY, ("--binary", "-b"), "send the bytes as they are, in binary messages"),
        (Form.HEX, ("--hex", "-x"), "send the bytes that hexadecimal digits stand for"),
        (Form.BASE64, ("--base64",), "send the bytes that Base64 stands for"),
    ):
        forms.add_argument(*names, action="store_const", const=form, dest="form", help=help)
    add("--lines", "-l", action="store_true", help="each line of a file is a message")
    add("--whole", "-w", action="store_true", help="all of standard input is one message")
    add("--literal", action="store_true", help="messages are texts, also - and those with @")
    add(
        "--wait",
        type=lambda text: worded(_parse_count, text),
        metavar="N",
        help="print N messages that come, and close",
    )
    add("--expect", metavar="FILTER", help="print one that it lets through, and close")
    add("--within", type=seconds, metavar="TIME", help="end with 1 if they have not come by then")
    add(
        "--times",
        type=lambda text: worded(parse_times, text),
        default=1,
        metavar="N",
        help="send the message N times, or forever",
    )
    add("--every", type=seconds, default=0.0, metavar="TIME", help="from one message to the next")
    add(
        "--rate",
        type=lambda text: worded(parse_rate, text),
        metavar="RATE",
        help="at most so much a second: 100/s, 64KiB/s",
    )
    add_closing(parser)


def _parse_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:10]) < 10**9):
        raise ValueError(f"{text} is no number of messages, such as 1.")
    return int(text)
