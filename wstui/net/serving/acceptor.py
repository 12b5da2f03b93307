"""A socket that listens: those who come are accepted a few in each turn of the loop.

asyncio's own server accepts as many in a turn as wait, which holds up the screen when many come at
once, and tells nobody when the system is out of file descriptors.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Final, Protocol

from wstui.net.serving.sockets import BACKLOG

AT_ONCE: Final = 16
"""Connections accepted in a turn of the loop."""

REST: Final = 1.0
"""Seconds until it is tried again when the system has nothing left for one more."""

Make = Callable[[], asyncio.BaseProtocol]


class Owner(Protocol):
    """Whose socket it is."""

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Run something that is waited for at the end."""

    def exhausted(self, error: OSError) -> None:
        """The system has nothing left for one more."""


class Acceptor:
    """Accepts those who come to one socket."""

    def __init__(self, sock: socket.socket, make: Make, owner: Owner) -> None:
        """`make` makes what takes the bytes of one who came."""
        self._sock = sock
        self._make = make
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def start(self) -> None:
        """Begin."""
        try:
            self._watch()
        except NotImplementedError:  # Windows, where the loop waits for accepting, not for sockets
            self._server = await self._loop.create_server(
                self._make, sock=self._sock, backlog=BACKLOG
            )

    def close(self) -> None:
        """Accept nobody further."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._server is not None:
            self._server.close()
            return
        if self._timer is not None:
            self._timer.cancel()
        else:
            self._loop.remove_reader(self._sock)
        self._sock.close()

    def _watch(self) -> None:
        self._timer = None
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # it was reset before it was accepted
            except OSError as error:
                # The socket stays readable, since somebody waits: look away for a while.
                self._loop.remove_reader(self._sock)
                self._timer = self._loop.call_later(REST, self._watch)
                self._owner.exhausted(error)
                return
            sock.setblocking(False)
            self._owner.spawn(self._connect(sock), "accepting")

    async def _connect(self, sock: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, sock)
        except OSError:
            sock.close()  # it is gone already
