"""All listeners of the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from wstui.core.connection import Connection, State
from wstui.core.ports import Refused
from wstui.core.transcript import Transcript
from wstui.net.governor import Governor
from wstui.net.several import in_slices

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from wstui.core.listener import Listener
    from wstui.core.options.listen import ListenOptions
    from wstui.core.serving.request import Accept, Reject
    from wstui.net.serving.listening import Host, Listening

    class Owner(Host, Protocol):
        """The pool."""

        def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
            """Run something that the pool waits for at its end."""


class Serving:
    """The listeners, by id."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._listeners: dict[int, Listener] = {}
        self._listenings: dict[int, Listening] = {}
        self._hear: list[Callable[[Listener], None]] = []
        self.governor: Governor
        """Set when the pool is entered."""

    @property
    def listeners(self) -> Mapping[int, Listener]:
        """As `Pool.listeners`."""
        return MappingProxyType(self._listeners)

    def watch(self, hear: Callable[[Listener], None]) -> Callable[[], None]:
        """As `Pool.watch`."""
        self._hear.append(hear)
        return lambda: self._hear.remove(hear)

    def _changed(self, listener: Listener) -> None:
        for hear in list(self._hear):
            hear(listener)

    def listen(self, options: ListenOptions) -> Listener:
        """As `Pool.listen`."""
        from wstui.core.listener import Listener
        from wstui.net.serving.listening import Listening

        problems = options.problems()
        if problems:
            raise Refused(str(problems[0]))
        owner = self._owner
        listener = Listener(owner.next_id(), options, Transcript(owner.budget), time())
        listening = Listening(listener, owner, self.governor, self._changed)
        self._listeners[listener.id] = listener
        self._listenings[listener.id] = listening
        owner.spawn(listening.start(), f"listener {listener.id}")
        self._changed(listener)
        return listener

    def get(self, id: int) -> Listening:
        """What is behind listener `id`.

        Raises:
            Refused: there is none.
        """
        listening = self._listenings.get(id)
        if listening is None:
            raise Refused(f"There is no listener {id}.")
        return listening

    def stop_accepting(self, id: int) -> None:
        """As `Pool.stop_accepting`."""
        from wstui.core.listener import ListenerState

        listening = self.get(id)
        if listening.listener.state is not ListenerState.LISTENING:
            raise Refused(f"Listener {id} is {listening.listener.state}.")
        listening.stop_accepting()

    def accept_again(self, id: int) -> None:
        """As `Pool.accept_again`."""
        from wstui.core.listener import ListenerState

        listening = self.get(id)
        if listening.listener.state is not ListenerState.FULL:
            raise Refused(f"Listener {id} is {listening.listener.state}.")
        self._owner.spawn(listening.start(), f"listener {id}")

    def decide(self, connection: Connection, living: object, decision: Accept | Reject) -> None:
        """As `Pool.decide`."""
        from wstui.net.serving.accepted import Accepted

        if connection.state is not State.CONNECTING or not isinstance(living, Accepted):
            raise Refused(f"Connection {connection.id} does not wait for a decision.")
        living.decide(decision)

    def remove(self, id: int) -> None:
        """As `Pool.remove`: it ends at once, and is gone when all of its clients are."""
        listening = self.get(id)
        listening.stop()
        self._owner.spawn(self._remove(listening.listener), f"removing listener {id}")

    async def _remove(self, listener: Listener) -> None:
        async for id in in_slices(list(listener.clients)):
            if id in listener.clients:
                self._owner.remove(id)
        if self._listeners.pop(listener.id, None) is not None:  # else it was removed twice
            del self._listenings[listener.id]
            listener.transcript.close()
            self._changed(listener)

    def stop_all(self) -> None:
        """End all sockets that listen."""
        for listening in self._listenings.values():
            listening.stop()
