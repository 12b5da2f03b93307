"""How the commands are written that let go of connections, receive less, and ping in hex.

Pure; `commands` gathers them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wstui.core import close_codes
from wstui.core.commands.ending_values import CloseEach, DropEach, HalfClose, Pause, ReadOn
from wstui.core.commands.send import read_whom
from wstui.core.commands.send_values import Whom
from wstui.core.commands.values import Close, Drop, Ping, Pong
from wstui.core.commands.words import MAX_ID_DIGITS, CommandError, CommandInfo, Words, read_id
from wstui.core.hex_input import HexError, parse_hex

MAX_CONTROL: Final = 125
"""Bytes of payload in a control frame (RFC 6455 section 5.5)."""


def _one(whom: Whom) -> tuple[int | None] | None:
    """The id when it is about one connection, None standing for the selected one; else None."""
    if whom.word == ".":
        return (None,)
    return (whom.ids[0],) if len(whom.ids) == 1 else None


def _close(words: Words) -> Close | CloseEach:
    whom, rest = read_whom(words)
    word, reason = rest.first()
    code: int | None = None
    text = ""
    if word:
        if not (word.isascii() and word.isdecimal() and len(word) <= MAX_ID_DIGITS):
            raise rest.error("A close code is a number.")
        code, text = int(word), reason.text
        for place, problem in (
            (rest, close_codes.refuse_code(code)),
            (reason, close_codes.refuse_reason(text)),
        ):
            if problem is not None:
                raise CommandError(problem, place.at)
    one = _one(whom)
    return CloseEach(whom, code, text) if one is None else Close(one[0], code, text)


def _drop(words: Words) -> Drop | DropEach:
    whom, rest = read_whom(words)
    word = rest.text.strip().lower()
    if word not in ("", "fin", "reset"):
        raise rest.error("End TCP by fin or by reset.")
    reset, one = word == "reset", _one(whom)
    return DropEach(whom, reset) if one is None else Drop(one[0], reset)


def _whom_only(words: Words) -> Whom:
    whom, rest = read_whom(words)
    if rest.text.strip():
        raise rest.error("Nothing more is expected here.")
    return whom


def _hex_payload(words: Words) -> tuple[int | None, bytes]:
    id, rest = read_id(words)
    try:
        payload = parse_hex(rest.text)
    except HexError as error:
        raise CommandError(str(error), rest.at + error.position) from error
    if len(payload) > MAX_CONTROL:
        size = len(payload)
        raise rest.error(f"A ping or pong holds at most {MAX_CONTROL} bytes, not {size}.")
    return id, payload


def _about(
    make: type[HalfClose] | type[Pause] | type[ReadOn],
) -> Callable[[Words], HalfClose | Pause | ReadOn]:
    return lambda words: make(_whom_only(words))


_IDS: Final = "Ids such as 0,2,5-9, or . for the selected one, all, marked."

HEX_PINGS: Final = (
    CommandInfo(
        "pinghex",
        "pinghex <id> [hex]",
        "Send a ping with these bytes.",
        "Such as DE AD be ef; at most 125 bytes, and none sends an empty one.",
        lambda words: Ping(*_hex_payload(words)),
    ),
    CommandInfo(
        "ponghex",
        "ponghex <id> [hex]",
        "Send an unsolicited pong with these bytes.",
        "Such as DE AD be ef; at most 125 bytes, and none sends an empty one.",
        lambda words: Pong(*_hex_payload(words)),
    ),
)

ENDING_COMMANDS: Final = (
    CommandInfo(
        "close",
        "close <ids> [code] [reason]",
        "Close with a code and a reason.",
        "Codes 1000–1003, 1007–1014 and 3000–4999 may be sent; 1000 is meant without one. A"
        " reason has at most 123 bytes of UTF-8. all are the connections that live. A listener"
        f" closes all its clients, with 1001 without a code, and stops. {_IDS}",
        _close,
    ),
    CommandInfo(
        "drop",
        "drop <ids> [fin|reset]",
        "End TCP without a close frame.",
        "fin is the ordinary end of TCP; after a reset the peer's next read is an error, as when"
        f" a program crashes or a firewall cuts in. A listener drops all its clients and stops."
        f" {_IDS}",
        _drop,
    ),
    CommandInfo(
        "halfclose",
        "halfclose <ids>",
        "End our half of TCP, go on receiving.",
        "Nothing can be sent after it, no pong and no close frame. Not over TLS, which cannot end"
        f" one direction alone. {_IDS}",
        _about(HalfClose),
    ),
    CommandInfo(
        "pause",
        "pause <ids>",
        "Read nothing more.",
        "The peer can send until the buffers of both systems are full; then its sending blocks."
        f" Keepalive pings rest meanwhile. {_IDS}",
        _about(Pause),
    ),
    CommandInfo("resume", "resume <ids>", "Read again after a pause.", _IDS, _about(ReadOn)),
)
