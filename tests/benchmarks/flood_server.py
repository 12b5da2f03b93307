"""A server that floods: frames encoded beforehand, sent as fast as the socket takes them.

Runs as a process of its own, so that it never shares the measured loop. The query of the uri says
what to send: `size` bytes a message, `n` messages (0: without end), `kind` text, binary or utf8,
`wait=1` to begin only when the client has sent something, `last=WORD` to begin the last message
with a word by which it is recognised. `take=BYTES`: it sends nothing, and closes when it got so
many bytes of frames. Prints its port, ends with its parent.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

CHUNK = 256 << 10
CLOSE = b"\x88\x02\x03\xe8"


def encode(kind: str, payload: bytes) -> bytes:
    """One frame of a server."""
    head = bytes((0x82 if kind == "binary" else 0x81,))
    size = len(payload)
    if size < 126:
        return head + bytes((size,)) + payload
    if size < 65536:
        return head + b"\x7e" + size.to_bytes(2, "big") + payload
    return head + b"\x7f" + size.to_bytes(8, "big") + payload


def message(kind: str, size: int, word: str = "tick") -> bytes:
    """A believable payload of `size` bytes."""
    if kind == "utf8":
        return ("äöü€ß" * size).encode()[:size].decode("utf-8", "ignore").encode().ljust(size)
    body = (
        b'{"type":"' + word.encode() + b'","symbol":"BTC-EUR","price":58210.40,"side":"buy","seq":'
    )
    return (body + b"0123456789" * (size // 10 + 1))[:size]


def serve(client: socket.socket) -> None:
    """Answer one handshake and flood."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    query = parse_qs(urlsplit(request.split()[1].decode()).query)
    size, count = int(query.get("size", ["100"])[0]), int(query.get("n", ["0"])[0])
    count -= "last" in query
    kind = query.get("kind", ["text"])[0]
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request, re.IGNORECASE)
    assert key is not None
    digest = hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )
    if query.get("wait"):
        client.recv(1)
    if take := query.get("take"):
        swallow(client, int(take[0]) - len(request.partition(b"\r\n\r\n")[2]))
        return
    one = encode(kind, message(kind, size))
    many = max(1, CHUNK // len(one))
    chunk = one * many
    sent = 0
    while not count or sent < count:
        part = many if not count else min(many, count - sent)
        client.sendall(chunk if part == many else one * part)
        sent += part
    if last := query.get("last"):
        client.sendall(encode(kind, message(kind, size, last[0])))
    client.sendall(CLOSE)
    client.recv(64)  # the answer; a client waits for the server to end TCP


def swallow(client: socket.socket, size: int) -> None:
    """Take so many bytes, and close."""
    while size > 0 and (got := len(client.recv(CHUNK))):
        size -= got
    client.sendall(CLOSE)
    client.recv(CHUNK)


def careful(client: socket.socket) -> None:
    """Serve until the client goes away."""
    with client, suppress(OSError):
        serve(client)


def main() -> None:
    """Serve on a free port until standard input ends; a thread for each client."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        print(server.getsockname()[1], flush=True)
        # The thread that accepts is the one left behind when standard input ends.
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        sys.stdin.read()


def accept(server: socket.socket) -> None:
    """Accept clients for ever."""
    while True:
        client, _ = server.accept()
        threading.Thread(target=careful, args=(client,), daemon=True).start()


@contextmanager
def flood_server() -> Iterator[int]:
    """Run the server in a process of its own; yields its port."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    main()
