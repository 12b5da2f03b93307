"""The socket's side of an accepted connection."""

from __future__ import annotations

from wstui.net.tap import TappedServer
from wstui.net.wire import Wire


class ServerWire(Wire):
    """The library's connection on the server's side, read through our buffer."""

    protocol: TappedServer
    taken = 0
    """Bytes that came."""

    def _took(self, nbytes: int) -> None:
        self.taken += nbytes
        super()._took(nbytes)

    def take_in(self, data: bytes) -> None:
        """Deal with frames that came right behind the handshake request."""
        self.taken += len(data)
        begun = self._governor.begin()
        self._path.receive(data)
        self._governor.end(begun, len(data), self._valve)
