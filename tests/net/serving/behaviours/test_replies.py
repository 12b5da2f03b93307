"""A listener that answers as a file says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
import websocket

from tests.behaviour_support import came, joined
from tests.net_support import PATIENCE, event_texts, until
from tests.serving_support import listening
from wstui.core.connection import CloseFrame, State
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool
from wstui.net.serving import source_file
from wstui.net.serving.behaviours import replies
from wstui.net.serving.behaviours.later import Later

FILE = """
[[reply]]
on = "connect"
send = "welcome"

[[reply]]
text = "ping"
send = ["pong {n}", { hex = "00 ff" }, { file = "a.bin" }]

[[reply]]
json = { type = "add" }
send = { json = { sum = "{$.of}", id = 1 } }

[[reply]]
text = "much later"
send = "an hour ago"
after = "1 h"

[[reply]]
text = "slow"
send = [{ text = "one", after = "30 ms" }, { text = "two", after = "30 ms" }]

[[reply]]
regex = "^bye (.*)"
send = "bye {1}"
close = 4000
reason = "as you wish"

[[reply]]
text = "drop"
drop = true
"""


async def answering(pool: ConnectionPool, folder: Path, text: str = FILE) -> Listener:
    """A listener with these replies."""
    (folder / "a.bin").write_bytes(b"\x01\x02")
    path = folder / "my replies.toml"
    path.write_text(text)
    return await listening(pool, ListenOptions("0", behaviours=(f"/r replies {path}",)))


async def test_messages_get_the_answers_of_the_file(pool: ConnectionPool, tmp_path: Path) -> None:
    """From connecting on; each client's answers are counted for it alone."""
    listener = await answering(pool, tmp_path)
    for _ in range(2):
        ours, theirs = await joined(pool, listener, "/r")
        pool.send(ours.id, b"nothing known")
        pool.send(ours.id, b"ping")
        pool.send(ours.id, b"ping")
        pool.send(ours.id, b'{"type": "add", "of": [1, 2]}')
        await until(lambda: ours.transcript.received == 8)  # noqa: B023
        answers = [b"\x00\xff", b"\x01\x02"]
        assert came(ours) == [
            b"welcome",
            b"pong 1",
            *answers,
            b"pong 2",
            *answers,
            b'{"sum":[1,2],"id":1}',
        ]
        assert theirs.transcript.sent == 8


async def test_late_answers_come_in_order_and_do_not_hold_up_others(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    """What comes meanwhile is answered at once."""
    listener = await answering(pool, tmp_path)
    ours, _ = await joined(pool, listener, "/r")
    pool.send(ours.id, b"much later")
    pool.send(ours.id, b"slow")
    await until(lambda: ours.transcript.received == 3)
    assert came(ours)[1:] == [b"one", b"two"]
    pool.send(ours.id, b"ping")
    await until(lambda: ours.transcript.received == 6)
    assert came(ours)[3:] == [b"pong 1", b"\x00\xff", b"\x01\x02"]


async def test_a_reply_may_close_or_drop_its_client(pool: ConnectionPool, tmp_path: Path) -> None:
    """Behind its answers; nothing is answered any more."""
    listener = await answering(pool, tmp_path)
    ours, _ = await joined(pool, listener, "/r")
    pool.send(ours.id, "bye Grüß".encode())
    pool.send(ours.id, b"ping")
    await until(lambda: ours.state is State.CLOSED)
    assert came(ours) == [b"welcome", "bye Grüß".encode()]
    assert ours.close is not None
    assert ours.close.received == CloseFrame(4000, "as you wish")
    other, _ = await joined(pool, listener, "/r")
    pool.send(other.id, b"drop")
    await until(lambda: other.state is State.CLOSED)
    assert other.close is not None
    assert other.close.received is None


async def test_foreign_clients_get_the_same(pool: ConnectionPool, tmp_path: Path) -> None:
    """aiohttp, compressed, and websocket-client."""
    listener = await answering(pool, tmp_path)
    uri = f"{listener.uris[0]}/r"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(uri.replace("ws", "http", 1), compress=15) as client,
    ):
        await client.send_str("ping")
        assert [await client.receive_str() for _ in range(2)] == ["welcome", "pong 1"]
        assert await client.receive_bytes() == b"\x00\xff"
        await client.send_str("bye you")
        await client.receive_bytes()
        assert await client.receive_str() == "bye you"
        assert (await client.receive()).data == 4000
    blocking = await asyncio.to_thread(websocket.create_connection, uri, timeout=PATIENCE)
    await asyncio.to_thread(blocking.send, "ping")
    assert [await asyncio.to_thread(blocking.recv) for _ in range(2)] == ["welcome", "pong 1"]
    await asyncio.to_thread(blocking.close)


async def test_the_file_is_read_again_when_it_changes(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is wrong, the replies before stay, and the listener tells the line."""
    monkeypatch.setattr(source_file, "LOOK", 0.01)
    listener = await answering(pool, tmp_path)
    ours, _ = await joined(pool, listener, "/r")
    path = tmp_path / "my replies.toml"
    path.write_text("[[reply]]\ntext = 'ping'\nsend = 'new'\nwhat = 1\n")
    await until(lambda: bool(event_texts(listener.transcript, "error")))
    (told,) = event_texts(listener.transcript, "error")
    assert f"{path}: line 4: what: there is no such key" in told
    assert told.endswith("The replies before stay.")
    pool.send(ours.id, b"ping")
    await until(lambda: b"pong 1" in came(ours))
    path.write_text("[[reply]]\ntext = 'ping'\nsend = 'new'\n")
    await until(
        lambda: any("read again" in text for text in event_texts(listener.transcript, "note"))
    )
    pool.send(ours.id, b"ping")
    await until(lambda: came(ours)[-1] == b"new")


async def test_a_listener_whose_file_is_wrong_fails(pool: ConnectionPool, tmp_path: Path) -> None:
    """With the line."""
    listener = await answering(pool, tmp_path, "[[reply]]\nany = 1")
    assert listener.state is ListenerState.FAILED
    assert "line 2: any: it is true or false." in listener.failure


async def test_one_wrong_file_of_two_leaves_nothing_behind(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    """The pool would wait for who watches the other."""
    (tmp_path / "good.toml").write_text("")
    lines = (f"/a replies {tmp_path / 'good.toml'}", f"/b replies {tmp_path / 'none.toml'}")
    listener = await listening(pool, ListenOptions("0", behaviours=lines))
    assert listener.state is ListenerState.FAILED
    assert "none.toml cannot be read" in listener.failure
    await until(lambda: not pool._tasks)


@pytest.mark.parametrize(("limit", "most"), [("MAX_WAITING", 3), ("MAX_WAITING_SIZE", 2)])
async def test_too_many_answers_that_wait_are_not_given(
    pool: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """That is told once, and the end of the listener forgets those that wait."""
    monkeypatch.setattr(replies, limit, most)
    listener = await answering(pool, tmp_path, "[[reply]]\nany=true\nsend='x'\nafter='1 h'")
    ours, theirs = await joined(pool, listener, "/r")
    for _ in range(6):
        pool.send(ours.id, b"x")

    def notes() -> list[str]:
        return [text for text in event_texts(theirs.transcript, "note") if "answered" in text]

    await until(lambda: theirs.transcript.received == 6 and bool(notes()))
    assert notes() == ["not answered: too much waits for its time already"]
    await asyncio.wait_for(pool.close_all(), PATIENCE)


async def test_a_slow_expression_is_told_to_its_client(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    """And the next reply is given."""
    text = "[[reply]]\nregex='^(a|aa)+$'\nsend='x'\n[[reply]]\nany=true\nsend='y'"
    listener = await answering(pool, tmp_path, text)
    ours, theirs = await joined(pool, listener, "/r")
    for _ in range(2):
        pool.send(ours.id, b"a" * 3000 + b"b")
    await until(lambda: came(ours) == [b"y", b"y"])
    notes = [text for text in event_texts(theirs.transcript, "note") if "reply" in text]
    assert notes == ["reply 1 (line 1) was not tried: its regular expression took too long"]


async def test_what_is_due_at_one_time_is_done_in_the_order_it_came() -> None:
    """Whatever was due, nothing is done once it is stopped."""
    loop = asyncio.get_running_loop()
    later = Later(loop)
    done: list[int] = []
    due = loop.time()
    for number in range(50):
        later.at(due, lambda number=number: done.append(number))  # type: ignore[misc]
    later.at(due - 1, lambda: done.append(-1))
    assert done == []
    await until(lambda: len(done) == 51)
    assert done == [-1, *range(50)]
    later.at(due + 3600, lambda: done.append(99))
    later.stop()
    assert len(later) == 0
