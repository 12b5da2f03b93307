"""A listener that sends from when a client connects on."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp

from tests.behaviour_support import came, joined
from tests.net_support import event_texts, until
from tests.serving_support import listening
from wstui.core.connection import CloseFrame, State
from wstui.core.entry import Kind
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


async def test_each_client_gets_the_lines_of_a_file(pool: ConnectionPool, tmp_path: Path) -> None:
    """From the first on, whenever it comes, and is closed behind the last if that is said."""
    path = tmp_path / "some lines.txt"
    path.write_bytes(b"one\r\ntwo\n\ngr\xc3\xbc\xc3\x9f")
    line = f"/ticks push {path} times=2 close=4000 reason=end"
    listener = await listening(pool, ListenOptions("0", behaviours=(line,)))
    for _ in range(2):
        ours = pool.connect(ConnectOptions(f"{listener.uris[0]}/ticks"))
        await until(lambda: ours.state is State.CLOSED)  # noqa: B023
        assert came(ours) == [b"one", b"two", b"", "grüß".encode()] * 2
        assert ours.close is not None
        assert ours.close.received == CloseFrame(4000, "end")


async def test_a_file_goes_out_in_chunks_to_a_foreign_client(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    """Binary, compressed where that was agreed on, as fast as it is read."""
    path = tmp_path / "data"
    data = bytes(range(256)) * 4000
    path.write_bytes(data)
    behaviours = (f"push {path} as=binary chunk=10000 close=1000",)
    listener = await listening(pool, ListenOptions("0", behaviours=behaviours))
    uri = listener.uris[0].replace("ws", "http", 1)
    for compress in (0, 15):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(uri, compress=compress) as client,
        ):
            chunks = [message.data async for message in client]
        assert b"".join(chunks) == data
        assert {len(chunk) for chunk in chunks[:-1]} == {10_000}


async def test_a_text_counts_for_each_client_until_it_is_stopped(pool: ConnectionPool) -> None:
    """Others go on; one can join in by hand meanwhile."""
    line = """push text='{"n": {n}}' rate=200/s"""
    listener = await listening(pool, ListenOptions("0", behaviours=(line,)))
    ada, at_ada = await joined(pool, listener)
    bob, _ = await joined(pool, listener)
    await until(lambda: ada.transcript.received >= 5 and bob.transcript.received >= 5)
    pool.send(at_ada.id, b"by hand", Kind.BINARY)
    await until(lambda: b"by hand" in came(ada))
    assert at_ada.outgoing.is_planned
    pool.cancel(at_ada.id)
    assert any("stopped after" in text for text in event_texts(at_ada.transcript, "note"))
    so_far = bob.transcript.received
    await until(lambda: bob.transcript.received >= so_far + 5)
    numbers = [json.loads(text)["n"] for text in came(bob)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(came(ada)) == at_ada.transcript.sent


async def test_a_listener_that_stops_stops_pushing(pool: ConnectionPool) -> None:
    """Its clients are closed, in the middle of it."""
    options = ListenOptions("0", behaviours=("push text=x{n} rate=100000/s",))
    listener = await listening(pool, options)
    ours, theirs = await joined(pool, listener)
    await until(lambda: ours.transcript.received > 100)
    pool.stop_listening(listener.id)
    await until(lambda: theirs.state is State.CLOSED)
    assert theirs.close is not None
    assert theirs.close.clean
    assert not theirs.outgoing.is_planned


async def test_a_file_that_cannot_be_pushed_fails_the_listener(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    """With a sentence that names it."""
    path = tmp_path / "a.txt"
    for data, words in ((None, "cannot be read"), (b"a\n\xff", "Line 2 is not UTF-8")):
        if data is not None:
            path.write_bytes(data)
        listener = await listening(pool, ListenOptions("0", behaviours=(f"push {path}",)))
        assert listener.state is ListenerState.FAILED
        assert str(path) in listener.failure
        assert words in listener.failure
