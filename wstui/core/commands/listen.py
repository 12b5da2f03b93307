"""How the commands are written that listen, and that say who comes in. Pure; `commands` gathers
them.
"""

from __future__ import annotations

from typing import Final

from wstui.core.commands.listen_values import Admit, Decide, Hold, Listen
from wstui.core.commands.options import option_help, read_given
from wstui.core.commands.words import CommandInfo, Words, read_id, read_only_id, read_utf8
from wstui.core.options.common import parse_subprotocol
from wstui.core.options.info import OptionError
from wstui.core.options.listen_table import LISTENING
from wstui.core.serving.request import Accept
from wstui.core.serving.verdict import NO_SUBPROTOCOL, USUAL_STATUS, read_reject


def _listen(words: Words) -> Listen:
    given = read_given(words, LISTENING, "Give one address to listen on.")
    fault = words.book.unclear_address(given.main)
    if fault is not None:
        raise words.error(fault.words("the profiles"), given.places[LISTENING.main])
    try:
        return Listen(words.book.listen_options(given.main, given.flags))
    except OptionError as error:
        raise given.error(words, error) from error


def _allow(words: Words) -> Decide:
    id, rest = read_id(words)
    name = rest.text.strip()
    if not name:
        return Decide(id, Accept())
    if name == NO_SUBPROTOCOL:
        return Decide(id, Accept(""))
    try:
        return Decide(id, Accept(parse_subprotocol(name)))
    except OptionError as error:
        raise rest.error(str(error)) from error


def _reject(words: Words) -> Decide:
    id, rest = read_id(words)
    word, body = rest.first()
    read_utf8(body.text, body)
    decision, problems = read_reject({"status": word, "body": body.text})
    if decision is None:
        raise rest.error(str(problems[0]))
    return Decide(id, decision)


_ID: Final = "The id is the number in the list; . stands for the selected one."

LISTEN_COMMAND: Final = CommandInfo(
    "listen",
    "listen <address|name> [options]",
    "Be a server: accept clients, each a connection.",
    "The address is PORT, HOST:PORT, *:PORT for all addresses, or unix:PATH; without a host only"
    f" this machine can reach it, and port 0 is a free one.\n{option_help(LISTENING)}",
    _listen,
)

LISTEN_COMMANDS: Final = (
    CommandInfo(
        "hold",
        "hold <listener>",
        "Accept nobody further; the clients live on.",
        f"admit accepts again; close ends the listener and all its clients. {_ID}",
        lambda words: Hold(read_only_id(words)),
    ),
    CommandInfo(
        "admit",
        "admit <listener>",
        "Accept clients again, where that was on hold.",
        _ID,
        lambda words: Admit(read_only_id(words)),
    ),
    CommandInfo(
        "allow",
        "allow <client> [subprotocol]",
        "Accept a handshake that waits for you.",
        "Without a subprotocol the first is agreed on that the listener knows and the client"
        f" offers; {NO_SUBPROTOCOL} agrees on none. {_ID}",
        _allow,
    ),
    CommandInfo(
        "reject",
        "reject <client> [status] [body]",
        "Reject a handshake that waits for you.",
        f"{USUAL_STATUS} is meant without a status. One blank after it; the rest of the line is the"
        f" body of the response. {_ID}",
        _reject,
    ),
)
