"""A listener that sends what one client says to all others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp
import pytest
import websocket

from tests.behaviour_support import came, joined
from tests.net_support import PATIENCE, event_texts, until
from tests.serving_support import listening
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.limits import Limits
from wstui.core.options.listen import ListenOptions
from wstui.core.options.upkeep import Upkeep
from wstui.net.pool import ConnectionPool
from wstui.net.pump import Pump
from wstui.net.serving.behaviours import turns
from wstui.net.serving.behaviours.turns import PART_BYTES, PART_MESSAGES, Turns, parts


async def test_each_message_goes_to_all_others_as_it_came(pool: ConnectionPool) -> None:
    """Text as text, binary as binary; nothing goes back, or to another path."""
    listener = await listening(pool, ListenOptions("0", behaviours=("/b broadcast",)))
    ada, _ = await joined(pool, listener, "/b")
    others = [(await joined(pool, listener, "/b"))[0] for _ in range(3)]
    elsewhere, _ = await joined(pool, listener, "/c")
    pool.send(ada.id, b"text")
    pool.send(ada.id, b"\x00\xff", Kind.BINARY)
    await until(lambda: all(one.transcript.received == 2 for one in others))
    for one in others:
        assert came(one) == [b"text", b"\x00\xff"]
        kinds = [one.transcript.entry(n).kind for n in range(len(one.transcript))]
        assert kinds[-2:] == [Kind.TEXT, Kind.BINARY]
    assert came(ada) == came(elsewhere) == []


async def test_back_sends_to_the_sender_too(pool: ConnectionPool) -> None:
    """All get the same in the same order."""
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast back",)))
    clients = [(await joined(pool, listener))[0] for _ in range(3)]
    for number in range(300):
        pool.send(clients[number % 3].id, b"%d" % number)
    await until(lambda: all(one.transcript.received == 300 for one in clients))
    assert came(clients[0]) == came(clients[1]) == came(clients[2])
    assert sorted(map(int, came(clients[0]))) == list(range(300))


async def test_foreign_clients_hear_each_other(pool: ConnectionPool) -> None:
    """aiohttp, compressed, websocket-client, and ours."""
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    uri = listener.uris[0]
    blocking = await asyncio.to_thread(websocket.create_connection, uri, timeout=PATIENCE)
    ours, _ = await joined(pool, listener)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(uri.replace("ws", "http", 1), compress=15) as theirs,
    ):
        await theirs.send_str("from aiohttp")
        assert await asyncio.to_thread(blocking.recv) == "from aiohttp"
        await asyncio.to_thread(blocking.send_binary, b"from websocket-client")
        assert await theirs.receive_bytes() == b"from websocket-client"
        pool.send(ours.id, "grüß dich".encode())
        assert await theirs.receive_str() == "grüß dich"
        assert await asyncio.to_thread(blocking.recv) == "grüß dich"
    await asyncio.to_thread(blocking.close)
    assert came(ours) == [b"from aiohttp", b"from websocket-client"]


async def test_one_joins_in_by_hand(pool: ConnectionPool) -> None:
    """What is sent to one client goes to that one alone, and stands in its transcript."""
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    ada, at_ada = await joined(pool, listener)
    bob, _ = await joined(pool, listener)
    pool.send(at_ada.id, b"only for you")
    await until(lambda: ada.transcript.received == 1)
    pool.send(bob.id, b"for all")
    await until(lambda: ada.transcript.received == 2)
    assert came(ada) == [b"only for you", b"for all"]
    assert at_ada.transcript.sent == 2
    assert came(bob) == []


async def test_a_flood_reaches_all_in_order_while_clients_leave(pool: ConnectionPool) -> None:
    """Whoever leaves in the middle harms nobody else."""
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    ada, _ = await joined(pool, listener)
    others = [(await joined(pool, listener))[0] for _ in range(10)]
    count = 5000
    for number in range(count):
        pool.send(ada.id, b"%d" % number)
        if number % 1000 == 500:
            await until(lambda: others[0].transcript.received > 0)
            pool.drop(others.pop().id)
    await until(lambda: all(one.transcript.received == count for one in others))
    for one in others:
        assert came(one) == [b"%d" % number for number in range(count)]


async def test_one_who_does_not_read_holds_up_nobody(pool: ConnectionPool) -> None:
    """It is closed when too much waits for it; all others get everything."""
    limits = Limits(send_queue=1 << 20)
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",), limits=limits))
    ada, _ = await joined(pool, listener)
    bob, _ = await joined(pool, listener)
    slow, at_slow = await joined(pool, listener, upkeep=Upkeep(read_rate=1))
    count = 400
    for number in range(count):
        pool.send(ada.id, b"%d" % number + bytes(50_000), Kind.BINARY)
        await until(lambda: bob.transcript.received > number)  # noqa: B023
    assert came(bob) == [b"%d" % number + bytes(50_000) for number in range(count)]
    await until(lambda: at_slow.state is not State.OPEN)
    assert at_slow.closes[True].code == 1008
    pool.drop(slow.id)


async def test_a_listener_that_ends_in_the_middle_forgets_the_rest(pool: ConnectionPool) -> None:
    """Nothing goes on, and all clients are closed."""
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    clients = [(await joined(pool, listener))[0] for _ in range(20)]
    for number in range(2000):
        pool.send(clients[0].id, b"%d" % number)
    await until(lambda: clients[1].transcript.received > 0)
    pool.stop_listening(listener.id)
    await until(lambda: all(one.state is State.CLOSED for one in clients))


async def test_a_behaviour_that_fails_harms_its_client_alone(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error stands in the transcript, the connection lives on."""

    def fail(*_: object) -> None:
        raise RuntimeError("a slip")

    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    ada, at_ada = await joined(pool, listener)
    bob, _ = await joined(pool, listener)
    with monkeypatch.context() as patch:
        patch.setattr(turns, "send_batch", fail)
        pool.send(ada.id, b"lost")
        await until(lambda: bool(event_texts(at_ada.transcript, "error")))
    told = event_texts(at_ada.transcript, "error")
    assert told == ["what answers it failed: RuntimeError: a slip"]
    pool.send(ada.id, b"heard")
    await until(lambda: came(bob) == [b"heard"])


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([], []),
        ([PART_BYTES * 2, 1, 1], [1, 2]),
        ([1, PART_BYTES * 2, 1], [1, 1, 1]),
        ([0] * (PART_MESSAGES * 2 + 1), [PART_MESSAGES, PART_MESSAGES, 1]),
    ],
    ids=range(4),
)
def test_messages_are_sent_in_groups(sizes: Sequence[int], groups: Sequence[int]) -> None:
    """None is left out, none is too large but of one message."""
    payloads = [bytes(size) for size in sizes]
    kinds = bytes(index % 2 + 1 for index in range(len(sizes)))
    found = list(parts(kinds, payloads))
    assert [len(group) for _, group in found] == groups
    assert [one for _, group in found for one in group] == payloads
    assert b"".join(kind for kind, _ in found) == kinds


async def test_a_sender_is_not_read_from_until_its_messages_went_out(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood to many does not pile up here."""
    monkeypatch.setattr(turns, "SHARE", 0.0)
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    ada, at_ada = await joined(pool, listener)
    others = [(await joined(pool, listener))[0] for _ in range(3)]
    monkeypatch.setattr(Pump, "wake", lambda *_: None)
    pool.send(ada.id, b"first")
    await until(lambda: any(one.transcript.received for one in others))
    pool.send(ada.id, b"second")
    await until(lambda: ada.transcript.sent == 2)
    assert at_ada.transcript.received == 1
    monkeypatch.undo()
    pool.send(others[0].id, b"third")
    await until(lambda: others[1].transcript.received == 3)
    assert came(others[1]) == [b"first", b"third", b"second"]


async def test_what_is_begun_at_once_needs_no_turn(pool: ConnectionPool) -> None:
    """Work that takes a moment is done when it is added."""
    done = []
    works = Turns(Pump())
    listener = await listening(pool, ListenOptions("0", behaviours=("broadcast",)))
    _, theirs = await joined(pool, listener)
    client = pool._clients[theirs.id]

    def work() -> turns.Work:
        done.append(1)
        yield
        done.append(2)

    works.add(client, work())  # type: ignore[arg-type]  # it is an Accepted
    assert done == [1, 2]
