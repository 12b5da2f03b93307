"""What waits to be sent over TLS, where asyncio keeps some of it below what it tells of."""

from __future__ import annotations

import asyncio
import os

from tests.net.test_letting_go_tls import secure
from tests.net_support import close_frame, reach, read_frame, until
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.sending.outgoing import Cancelled
from wstui.net.pool import ConnectionPool

SIZE = 16 << 20
"""More than the buffers of two sockets take."""


async def test_what_waits_is_counted_and_goes_out() -> None:
    """All that a slow peer has not taken is counted; what waits can be taken back, the rest goes
    out once it reads."""
    reads = asyncio.Event()
    sizes: list[int] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reads.wait()
        while len(sizes) < 4:
            sizes.append(len((await read_frame(reader))[1]))
        writer.write(close_frame())

    async with ConnectionPool() as pool, secure(pool, script) as connection:
        for _ in range(3):  # what TLS made of the first does not hold up the second
            pool.send(connection.id, os.urandom(SIZE), Kind.BINARY)
        outgoing = connection.outgoing
        assert outgoing.messages == 1
        assert outgoing.unsent > SIZE
        assert outgoing.waiting > 2 * SIZE
        assert pool.cancel(connection.id) == Cancelled(1, SIZE)
        for number in range(2):
            pool.send(connection.id, bytes(number))
        assert outgoing.messages == 2
        reads.set()
        await reach(pool, connection, State.CLOSED)
        assert sizes == [SIZE, SIZE, 0, 1]
        await until(lambda: outgoing.waiting == 0)
