"""Closing with patience: what the peer still has to say is taken, however long that is."""

from __future__ import annotations

import asyncio

import pytest

from tests.net_support import close_frame, frame, reach, read_frame, until, websocket_server
from tests.wire_support import Wire
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.net.pool import ConnectionPool


def closing(*, patient: bool) -> Wire:
    """A connection whose close frame was sent."""
    wire = Wire(fast=True, deflate=UNCOMPRESSED)
    wire.client.close(1000, "", patient=patient)
    assert wire.connection.state is State.CLOSING
    return wire


def is_over(wire: Wire) -> bool:
    """Whether TCP was ended."""
    return wire.transport.closed


def reads(wire: Wire) -> bool:
    """Whether what comes is read."""
    return wire.transport.reading


@pytest.mark.parametrize("patient", [True, False], ids=["patient", "usual"])
async def test_a_peer_that_goes_on_sending(patient: bool) -> None:
    """Its time begins anew with whatever comes; usually it has the one."""
    wire = closing(patient=patient)
    for _ in range(3):
        wire.receive(frame(Kind.TEXT, b"more"))
        wire.client._close_late(10.0)
        assert is_over(wire) is not patient
        if not patient:
            return
    wire.client._close_late(10.0)  # nothing came since
    assert is_over(wire)


async def test_a_peer_that_only_pings() -> None:
    """It says nothing that is wanted, and could go on for ever."""
    wire = closing(patient=True)
    wire.receive(frame(Kind.PING, b"still there?"))
    wire.client._close_late(10.0)
    assert is_over(wire)


async def test_a_peer_that_we_do_not_read() -> None:
    """What is not read yet cannot be blamed on the peer, and holding back goes on."""
    wire = closing(patient=True)
    wire.wire.hold_back()
    assert not reads(wire)
    wire.client._close_late(10.0)
    wire.client._close_late(10.0)
    assert not is_over(wire)
    wire.wire.let_in()
    assert reads(wire)
    wire.client._close_late(10.0)
    assert is_over(wire)


async def test_what_was_held_back_before_stays_so() -> None:
    """Closing lets in what waits outside only where nobody has the patience for it."""
    for patient in (True, False):
        wire = Wire(fast=True, deflate=UNCOMPRESSED)
        wire.wire.hold_back()
        wire.client.close(1000, "", patient=patient)
        assert reads(wire) is not patient
        wire.wire.hold_back()
        assert reads(wire) is not patient


async def test_a_peer_that_has_closed_has_to_end_tcp() -> None:
    """With its close frame all was said: the usual time is left for TCP."""
    wire = closing(patient=True)
    wire.receive(frame(Kind.TEXT, b"last") + close_frame(1000))
    wire.client._close_late(10.0)
    assert is_over(wire)


async def test_a_ping_that_is_due_does_not_end_it() -> None:
    """The library ends TCP when it should ping while we are closing: it is not asked to."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(frame(Kind.TEXT, b"last") + close_frame(1000))

    async with websocket_server(serve) as port, ConnectionPool() as pool:
        options = ConnectOptions(f"ws://127.0.0.1:{port}", ping_interval=60.0)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        wire = pool.wire(connection.id)
        assert wire is not None
        await until(lambda: wire.keepalive_task is not None)
        keepalive = wire.keepalive_task
        assert keepalive is not None
        pool.close(connection.id, patient=True)
        assert wire.keepalive_task is None
        await asyncio.wait([keepalive])
        assert keepalive.cancelled()
        await reach(pool, connection, State.CLOSED)
        assert connection.transcript.received == 1
