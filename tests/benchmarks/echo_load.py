"""The load for servers that echo: raw sockets, masked frames made beforehand, many in flight.

Whatever comes back is counted by bytes, and the first of it is compared. Run as a program it floods
a port from so many clients until it is ended: `echo_load PORT CLIENTS`.
"""

from __future__ import annotations

import selectors
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter, sleep

from websockets.frames import Frame, Opcode

from tests.benchmarks.flood_server import message

WINDOW = 256 << 10
"""Bytes of a client that are under way at a time."""

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
HEAD_END = b"\r\n\r\n"


class Client:
    """One client that sends the same frame again and again."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        frame = Frame(Opcode.TEXT, message("text", size).ljust(size))
        one = frame.serialize(mask=True)
        self.answer = frame.serialize(mask=False)
        """What comes back for each."""
        self.sock = sock
        self.got = 0
        """Bytes that came back."""
        self._frame = len(one)
        self._chunk = memoryview(one * max(1, (64 << 10) // len(one)))
        self._at = 0
        self._sent = 0

    def send(self) -> None:
        """Send as much as may be under way."""
        back = self.got // len(self.answer) * self._frame
        while self._sent - back < max(WINDOW, 2 * self._frame):
            try:
                sent = self.sock.send(self._chunk[self._at :])
            except BlockingIOError:
                return
            self._sent += sent
            self._at = (self._at + sent) % len(self._chunk)

    def receive(self, buffer: memoryview) -> None:
        """Take what came back."""
        count = self.sock.recv_into(buffer)
        if not count:
            raise ConnectionError("the server ended TCP")
        if not self.got:
            begin = min(count, len(self.answer))
            assert buffer[:begin] == self.answer[:begin], bytes(buffer[:begin])
        self.got += count


def connect(port: int) -> socket.socket:
    """A connection, the opening handshake done."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(REQUEST)
    response = b""
    while HEAD_END not in response:
        response += sock.recv(4096)
    assert b" 101 " in response, response
    return sock


@contextmanager
def clients(port: int, count: int, size: int) -> Iterator[list[Client]]:
    """So many clients with messages of `size` bytes."""
    socks = [connect(port) for _ in range(count)]
    try:
        for sock in socks:
            sock.setblocking(False)
        yield [Client(sock, size) for sock in socks]
    finally:
        for sock in socks:
            sock.close()


def load(which: Sequence[Client], seconds: float) -> None:
    """Send and receive for so long."""
    buffer = memoryview(bytearray(1 << 20))
    with selectors.DefaultSelector() as selector:
        for client in which:
            selector.register(client.sock, selectors.EVENT_READ, client)
            client.send()
        end = perf_counter() + seconds
        while perf_counter() < end:
            for key, _ in selector.select(0.05):
                key.data.receive(buffer)
                key.data.send()


def echoed(port: int, count: int, size: int, seconds: float) -> float:
    """Messages echoed a second, by so many clients together; the first third does not count."""
    with clients(port, count, size) as which:
        load(which, seconds / 3)
        before = sum(client.got for client in which)
        begun = perf_counter()
        load(which, seconds)
        got = sum(client.got for client in which) - before
        return got / len(which[0].answer) / (perf_counter() - begun)


def main() -> None:
    """Flood until ended; a server that is not there yet is waited for."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    for _ in range(500):
        try:
            connect(port).close()
            break
        except OSError:
            sleep(0.02)
    with suppress(OSError), clients(port, count, 100) as which:
        load(which, 3600)


if __name__ == "__main__":
    main()
