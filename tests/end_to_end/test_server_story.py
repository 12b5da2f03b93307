"""The first minute as a server: the real pool, a foreign client, the real screen."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.story_support import PATIENCE, Person
from wstui.app import WstuiApp
from wstui.core.listener import ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

ECHO = ListenOptions("0", behaviours=("/echo echo",))


@pytest.mark.parametrize("size", [(120, 40), (200, 60)], ids=["120x40", "200x60"])
async def test_all_is_in_sight_of_larger_terminals(size: tuple[int, int]) -> None:
    """The address, clients, what is written to them, and its end are seen wherever panes stand."""
    async with ConnectionPool() as pool, asyncio.timeout(3 * PATIENCE):
        app = WstuiApp(pool, on_start=[ECHO])
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot, pool)
            await person.sees("Waiting for the first client", "listening")
            (listener,) = pool.listeners.values()
            (uri,) = listener.uris
            await person.sees(f"{uri}/echo")
            async with connect(f"{uri}/echo", proxy=None), connect(f"{uri}/chat", proxy=None):
                await person.sees("2 clients")
                chat = person.connection("/chat").id
                await person.presses(str(chat), "s", *"hello", "ctrl+s")
                await person.sees("hello")
                await person.presses("escape", str(listener.id), "s")
                await person.sees("Send to all 2 clients")
                await person.presses("escape", "A")
                await person.sees("not accepting")
                await person.presses("x")
                await person.sees("Stop listener", "1001", "Close 2")
                await person.presses("enter")
                await person.waits(lambda: listener.state is ListenerState.STOPPED)
            await person.sees("It has stopped")


async def test_one_is_the_server() -> None:
    """One waits for clients, sees them come, writes to one and to all, and closes all."""
    async with ConnectionPool() as pool, asyncio.timeout(3 * PATIENCE):
        app = WstuiApp(pool, on_start=[ECHO])
        async with app.run_test(size=(80, 24)) as pilot:
            person = Person(app, pilot, pool)
            await person.sees("Waiting for the first client", "listening")
            (listener,) = pool.listeners.values()
            (uri,) = listener.uris
            await person.sees(f"{uri}/echo")
            async with (
                connect(f"{uri}/echo", proxy=None) as first,
                connect(f"{uri}/chat", proxy=None) as second,
            ):
                await person.sees("2 clients")
                await first.send("again")
                assert await first.recv() == "again"

                chat = person.connection("/chat").id
                await person.presses(str(chat), "s", *"just you", "ctrl+s")
                assert await second.recv() == "just you"
                await person.sees("just you")

                await person.presses("escape", str(listener.id), "s")
                await person.sees("Send to all 2 clients")
                await person.presses(*"all of you", "ctrl+s")
                assert [await first.recv(), await second.recv()] == ["all of you"] * 2

                await person.presses("escape", "A")
                await person.sees("not accepting")
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", int(uri.rpartition(":")[2]))

                await person.presses("x")
                await person.sees("Stop listener", "1001", "Close 2")
                await person.presses("tab", *"good night", "enter")
                for client in (first, second):
                    with pytest.raises(ConnectionClosed):
                        await client.recv()
                    assert (client.close_code, client.close_reason) == (1001, "good night")
            await person.waits(lambda: listener.state is ListenerState.STOPPED)
            await person.sees("It has stopped")
