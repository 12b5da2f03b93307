"""A listener that takes everything and says nothing."""

from __future__ import annotations

from tests.behaviour_support import came, joined
from tests.net_support import event_texts, until
from tests.serving_support import listening
from wstui.core.entry import Kind
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


async def test_what_a_client_sent_is_told_once_it_is_gone(pool: ConnectionPool) -> None:
    """In the listener's transcript; meanwhile it is told nothing, but by hand."""
    listener = await listening(pool, ListenOptions("0", behaviours=("sink",)))
    ours, theirs = await joined(pool, listener)
    for _ in range(1500):
        pool.send(ours.id, bytes(1024), Kind.BINARY)
    await until(lambda: theirs.transcript.received == 1500)
    pool.send(theirs.id, b"thank you")
    await until(lambda: came(ours) == [b"thank you"])
    pool.close(ours.id)
    await until(lambda: bool(event_texts(listener.transcript, "note")))
    (told,) = event_texts(listener.transcript, "note")
    assert told.startswith(f"{theirs.name} sent 1,500 messages, 1.5 MiB, in ")
