"""All that happens in a pool as NDJSON, whoever made the connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.listener import Listener
from wstui.headless.connection_lines import connection_lines
from wstui.headless.follow import Follower, Source
from wstui.headless.listener_lines import (
    client_lines,
    listener_lines,
    listening_line,
    stopped_line,
)
from wstui.headless.output import Output
from wstui.net.pool import ConnectionPool


class Events:
    """Tells `output` of all connections and listeners of `pool`."""

    def __init__(self, pool: ConnectionPool, output: Output, *, quiet: bool) -> None:
        """`quiet` leaves messages out."""
        self._pool = pool
        self._follower = Follower(output, quiet=quiet)
        self._sources: dict[int, Source] = {}
        pool.subscribe(self._hear)
        pool.watch(self._hear_listener)

    async def run(self) -> None:
        """Tell, until `end` is called, and then what is left."""
        await self._follower.run()

    def end(self) -> None:
        """Nothing further will happen."""
        self._follower.end()

    def _hear(self, one: Connection) -> None:
        lines = connection_lines(one) if one.peer is None else client_lines(one)
        self._follow(
            one.id, Source(one.id, one.transcript, lines), one.id in self._pool.connections
        )

    def _hear_listener(self, one: Listener) -> None:
        source = Source(one.id, one.transcript, _whole_life(one), key="listener")
        self._follow(one.id, source, one.id in self._pool.listeners)

    def _follow(self, id: int, source: Source, is_listed: bool) -> None:
        if id not in self._sources and is_listed:
            self._sources[id] = source
            self._follower.add(source)
        elif id in self._sources and not is_listed:
            self._sources.pop(id).is_over = True


def _whole_life(listener: Listener) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a listener, its beginning and its end among them."""
    others = listener_lines(listener)

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        if event.name is EventName.OPEN:
            yield listening_line(listener)
        elif event.name is EventName.CLOSED:
            yield stopped_line(listener)
        else:
            yield from others(event, time)

    return lines
