"""Handler files: Python of the user's own answers the clients of a listener."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import pytest

from tests.handler_support import Stage, errors, notes, texts
from tests.net_support import received, rows, until
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions


async def test_hooks_are_called_in_order(stage: Stage) -> None:
    """A client is greeted, each of its messages answered in order, its leaving noticed."""
    await stage.listen(
        """
            async def connected(client):
                await client.send(f"hello {client.path} {client.query['name']}")

            async def message(client, message):
                await client.send(message.upper() if isinstance(message, str) else message[::-1])

            def disconnected(client):
                client.log(f"{client.id} left")
            """
    )
    ours, theirs = await stage.connect("/chat?name=ann%20lee")
    stage.pool.send(ours.id, b"one")
    stage.pool.send(ours.id, b"\x01\x02", Kind.BINARY)
    stage.pool.send(ours.id, b"two")
    await received(ours, 4)
    assert [payload for _, outgoing, payload in rows(ours.transcript) if not outgoing] == [
        b"hello /chat ann lee",
        b"ONE",
        b"\x02\x01",
        b"TWO",
    ]
    stage.pool.close(ours.id)
    await until(lambda: f"{theirs.id} left" in notes(theirs))


async def test_what_runs_is_said_aloud(stage: Stage) -> None:
    """The listener tells which file it runs, and with which hooks."""
    file = stage.write("def message(client, message): pass")
    listener = await stage.listen_with(file)
    assert any(
        str(file) in note and "code of your own: message" in note for note in notes(listener)
    )


async def test_a_changed_file_is_loaded_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New hooks get new messages; one with an error leaves the old ones, and is told."""
    monkeypatch.setattr("wstui.net.serving.source_file.LOOK", 0.02)
    answer = "async def message(client, message):\n    await client.send({!r} + message)\n"
    listener = await stage.listen(answer.format("old "))
    ours, _ = await stage.connect()
    stage.pool.send(ours.id, b"1")
    await until(lambda: texts(ours) == ["old 1"])
    stage.write("async def message(client, message):\n    await client.send(\n")
    await until(lambda: any("api.py line 2" in error for error in errors(listener)))
    stage.pool.send(ours.id, b"2")
    await until(lambda: texts(ours)[-1] == "old 2")
    stage.write(answer.format("new "))
    await until(lambda: any("was loaded again" in note for note in notes(listener)))
    stage.pool.send(ours.id, b"3")
    await until(lambda: texts(ours)[-1] == "new 3")


async def test_what_is_printed_is_a_note(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """print() in a hook, and in threads it starts, goes to the transcript, not to the screen."""
    await stage.listen(
        """
            import asyncio, sys
            print("loading")

            async def message(client, message):
                print("got", message, "\\x1b[31m")
                await asyncio.to_thread(print, "from a thread")
                sys.stderr.write("no line end")
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: "no line end" in notes(theirs))
    assert "got x \x1b[31m" in notes(theirs)
    assert "from a thread" in notes(theirs)
    assert "loading" in notes(stage.listener)
    assert capsys.readouterr() == ("", "")
    await stage.pool.close_all()
    assert "wstui" not in type(sys.stdout).__module__


async def test_clients_of_a_handler_reach_each_other(stage: Stage) -> None:
    """others and all are who is connected; state is kept for each client."""
    await stage.listen(
        """
            def connected(client):
                client.state["name"] = client.path[1:]
                client.others.send(f"{client.state['name']} came, {len(client.all)} are here")

            async def message(client, message):
                await client.others.send(f"{client.state['name']}: {message}")
            """
    )
    ann, _ = await stage.connect("/ann")
    bob, _ = await stage.connect("/bob")
    await until(lambda: texts(ann) == ["bob came, 2 are here"])
    stage.pool.send(ann.id, b"hi")
    await until(lambda: texts(bob) == ["ann: hi"])


async def test_clients_do_not_wait_for_each_other(stage: Stage) -> None:
    """A hook that awaits holds up its own client alone, in the order of its messages."""
    await stage.listen(
        """
            import asyncio
            go = asyncio.Event()

            async def message(client, message):
                if message == "wait":
                    await go.wait()
                elif message == "go":
                    go.set()
                await client.send(message)
            """
    )
    one, _ = await stage.connect()
    two, _ = await stage.connect()
    stage.pool.send(one.id, b"wait")
    stage.pool.send(one.id, b"behind")
    stage.pool.send(two.id, b"through")
    await until(lambda: texts(two) == ["through"])
    assert texts(one) == []
    stage.pool.send(two.id, b"go")
    await until(lambda: texts(one) == ["wait", "behind"])


async def test_who_sends_faster_than_the_handler_is_not_read_from(stage: Stage) -> None:
    """A handler that is behind stops the reading of its client, and nothing is lost."""
    await stage.listen(
        """
            import asyncio
            go = asyncio.Event()
            count = 0

            async def message(client, message):
                global count
                if client.path == "/go":
                    go.set()
                    return
                await go.wait()
                count += 1
                if count == 400:
                    await client.send("all")
            """
    )
    ours, theirs = await stage.connect("/flood")
    payload = bytes(50_000)
    for _ in range(400):  # 20 MB: more than the buffers of the system hold
        stage.pool.send(ours.id, payload, Kind.BINARY)
    await until(lambda: any("api.py is behind" in note for note in notes(theirs)))
    await until(lambda: ours.outgoing.unsent > 0)
    for _ in range(200):
        await asyncio.sleep(0)
    assert theirs.transcript.received < 300
    go, _ = await stage.connect("/go")
    stage.pool.send(go.id, b"go")
    await until(lambda: ours.transcript.received == 1)
    assert texts(ours) == ["all"]


async def test_a_foreign_client_is_answered(stage: Stage) -> None:
    """aiohttp talks with a handler."""
    listener = await stage.listen("async def message(client, message): await client.send(message)")
    async with aiohttp.ClientSession() as web, web.ws_connect(listener.uris[0]) as ws:
        await ws.send_str("grüße")
        assert await ws.receive_str() == "grüße"
        await ws.send_bytes(bytes(70_000))
        assert await ws.receive_bytes() == bytes(70_000)
        await ws.close(code=1000)


async def test_many_are_sent_to_in_the_same_order(stage: Stage) -> None:
    """A message to all reaches everybody, in turns of the loop, before the next one."""
    await stage.listen(
        """
            async def message(client, message):
                client.all.send(message + " 1")
                await client.all.send(message + " 2")
            """
    )
    many = [stage.pool.connect(ConnectOptions(stage.listener.uris[0])) for _ in range(100)]
    await until(lambda: stage.listener.tally.accepted == 100)
    await until(lambda: many[7].is_open)
    stage.pool.send(many[7].id, b"hi")
    await until(lambda: all(one.transcript.received == 2 for one in many))
    assert {tuple(texts(one)) for one in many} == {("hi 1", "hi 2")}


async def test_hooks_may_close_and_drop(stage: Stage) -> None:
    """With a code and a reason, or without a close frame; to close twice is no error."""
    await stage.listen(
        """
            def message(client, message):
                if message == "drop":
                    client.drop()
                else:
                    client.close(4002, message)
                    client.close()
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"enough")
    await until(lambda: ours.state is State.CLOSED)
    assert ours.close is not None
    assert ours.close.received is not None
    assert (ours.close.received.code, ours.close.received.reason) == (4002, "enough")
    assert errors(theirs) == []
    ours, _ = await stage.connect()
    stage.pool.send(ours.id, b"drop")
    await until(lambda: ours.state is State.CLOSED)
    assert ours.close is not None
    assert ours.close.received is None


async def test_the_end_waits_for_disconnected(stage: Stage) -> None:
    """When wstui ends, hooks for who leaves are called, and awaited for a bounded time."""
    await stage.listen(
        """
            import asyncio

            async def disconnected(client):
                await asyncio.sleep(0.05)
                client.log("said goodbye")
            """
    )
    _, theirs = await stage.connect()
    await asyncio.wait_for(stage.pool.close_all(), 10)
    assert "said goodbye" in notes(theirs)
