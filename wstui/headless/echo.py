"""`wstui echo`: each message goes back as it came, until the server closes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from wstui.command_line.echo import Echo
from wstui.core.exit_codes import exit_code
from wstui.core.ports import Refused
from wstui.headless.connection_lines import tell_lines
from wstui.headless.feed import Feed
from wstui.headless.stage import Stage, perform
from wstui.net.batch import send_batch
from wstui.net.client import Client
from wstui.net.tap import Payload


def run(asked: Echo) -> int:
    """Do what is asked; the exit code."""
    return perform(lambda stage: echo(stage, asked), asked.manner)


async def echo(stage: Stage, asked: Echo) -> int:
    """Send each message back until the server closes; the exit code."""
    connection = stage.pool.connect(asked.options, _answer)
    feed = Feed(stage.pool, connection) if asked.manner.json else None
    if feed is not None:
        await tell_lines(stage, feed)
    elif await stage.opened(connection):
        await stage.ended(connection)
        stage.tell_end(connection)
    return exit_code(connection)


def _answer(client: Client, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
    wire = client.wire
    if wire is None:
        return
    with suppress(Refused):  # it is ending
        send_batch(wire, flags, payloads)
    wire.wait_for_reader()
