"""`wstui echo`: each message goes back as it came, until the server closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.command_line.echo import Echo
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.ports import Refused
from wstui.core.units import count_text, size_text
from wstui.headless.connection_lines import tell_lines
from wstui.headless.feed import Feed
from wstui.headless.saying import say
from wstui.headless.stage import MEMORY, Stage, perform
from wstui.net.batch import send_batch
from wstui.net.client import Client
from wstui.net.tap import Payload

LITTLE: Final = 32 << 20
"""Bytes of messages that are kept where nobody looks at them again."""


def run(asked: Echo) -> int:
    """Do what is asked; the exit code."""
    memory = MEMORY if asked.manner.json else LITTLE
    return perform(lambda stage: echo(stage, asked), asked.manner, memory=memory)


async def echo(stage: Stage, asked: Echo) -> int:
    """Send each message back until the server closes; the exit code."""
    tally = Tally()
    connection = stage.pool.connect(asked.options, tally.answer)
    if asked.manner.json:
        await tell_lines(stage, Feed(stage.pool, connection))
        return exit_code(connection)
    stage.tell_waits(connection)
    if await stage.opened(connection):
        await stage.ended(connection)
        stage.tell_end(connection)
    if connection.opened is not None:
        stage.note(tally.words)
    if tally.refusal and not stage.is_ending:
        say(f"not every message was sent back: {tally.refusal}")
        return exit_code(connection) or Exit.NOT_AS_EXPECTED
    return exit_code(connection)


class Tally:
    """Sends messages back, and counts them."""

    def __init__(self) -> None:
        self._messages = 0
        self._bytes = 0
        self.refusal = ""
        """Why an open connection did not take one back; empty: it took all."""

    @property
    def words(self) -> str:
        """Such as ``echoed 1,204 messages, 4.1 KiB``."""
        plural = "" if self._messages == 1 else "s"
        return f"echoed {count_text(self._messages)} message{plural}, {size_text(self._bytes)}"

    def answer(self, client: Client, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
        """Send messages back that came together on a connection."""
        wire = client.wire
        if wire is None:
            return
        try:
            send_batch(wire, flags, payloads)
        except Refused as refused:
            if client.connection.is_open:  # else it is ending, and nobody waits for them
                self.refusal = str(refused)
        else:
            self._messages += len(payloads)
            self._bytes += sum(map(len, payloads))
        wire.wait_for_reader()
