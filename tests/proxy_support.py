"""Proxies for tests: HTTP CONNECT and SOCKS, scripted, with a record of what they were asked."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.net_support import Script, accept, close_frame, frame, read_frame, read_request
from wstui.core.entry import Kind

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def greet(reader: Reader, writer: Writer) -> None:
    """A WebSocket server that greets, waits for a message, and closes."""
    writer.write(accept(await read_request(reader)) + frame(Kind.TEXT, b"welcome"))
    await read_frame(reader)
    writer.write(close_frame())
    await read_frame(reader)


async def copy(reader: Reader, writer: Writer) -> None:
    """Bytes on their way, until they end."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:  # TLS has no half an end
        writer.close()


async def join(reader: Reader, writer: Writer, host: str, port: int) -> None:
    """Join a client to a server until both are done."""
    far_reader, far_writer = await asyncio.open_connection(host, port)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(copy(reader, far_writer), name="to the server")
            group.create_task(copy(far_reader, writer), name="to the client")
    except* OSError:
        pass  # one of them went away
    finally:
        far_writer.close()


@dataclass
class Asked:
    """What a proxy was asked."""

    requests: list[bytes] = field(default_factory=list)
    targets: list[tuple[str, int]] = field(default_factory=list)
    credentials: list[tuple[str, str]] = field(default_factory=list)


def http_proxy(asked: Asked, lead_to: int, behind: bytes = b"") -> Script:
    """An HTTP proxy that joins everybody to a port of this machine."""

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        asked.requests.append(request)
        writer.write(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n" + behind)
        await join(reader, writer, "127.0.0.1", lead_to)

    return script


def basic(user: str, password: str) -> bytes:
    """The header line of somebody who asks."""
    words = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Proxy-Authorization: Basic {words}\r\n".encode()


def socks5_proxy(
    asked: Asked, lead_to: int, *, password: str | None = None, reply: int = 0
) -> Script:
    """A SOCKS5 proxy (RFC 1928, RFC 1929) that joins everybody to a port of this machine."""

    async def script(reader: Reader, writer: Writer) -> None:
        version, count = await reader.readexactly(2)
        assert version == 5
        methods = await reader.readexactly(count)
        method = 0 if password is None else 2
        writer.write(bytes((5, method if method in methods else 0xFF)))
        if method not in methods:
            return
        if password is not None:
            _, size = await reader.readexactly(2)
            user = await reader.readexactly(size)
            given = await reader.readexactly((await reader.readexactly(1))[0])
            asked.credentials.append((user.decode(), given.decode()))
            writer.write(bytes((1, given.decode() != password)))
        head = await reader.readexactly(4)
        if head[3] == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            family, size = (socket.AF_INET, 4) if head[3] == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, await reader.readexactly(size))
        asked.targets.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        writer.write(bytes((5, reply, 0, 1)) + bytes(6))
        if not reply:
            await join(reader, writer, "127.0.0.1", lead_to)

    return script


def socks4_proxy(asked: Asked, lead_to: int, *, reply: int = 0x5A) -> Script:
    """A SOCKS4 proxy that knows 4a's names, too."""

    async def script(reader: Reader, writer: Writer) -> None:
        head = await reader.readexactly(8)
        port = int.from_bytes(head[2:4], "big")
        user = (await reader.readuntil(b"\0"))[:-1].decode()
        host = socket.inet_ntoa(head[4:])
        if host.startswith("0.0.0."):
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        asked.targets.append((host, port))
        asked.credentials.append((user, ""))
        writer.write(bytes((0, reply)) + bytes(6))
        if reply == 0x5A:
            await join(reader, writer, "127.0.0.1", lead_to)

    return script


@asynccontextmanager
async def tls_server(script: Script, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Run `script` for each TLS connection; yields the port."""

    async def serve(reader: Reader, writer: Writer) -> None:
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def names(hosts: dict[str, str]) -> Callable[..., object]:
    """A look-up that knows only these names, and IP addresses."""

    async def getaddrinfo(
        host: str, port: int, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[tuple[object, ...]]:
        if host not in hosts and not host.replace(".", "").isdecimal():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        place = hosts.get(host, host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    return getaddrinfo
