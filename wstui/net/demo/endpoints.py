"""The endpoints of the demonstration server: what each is for, its parameters, what it does.

A handler speaks with one client; `server` chooses it by the path and ends it when it is over.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Data

from wstui.core.close_codes import refuse_code, refuse_reason
from wstui.core.units import parse_size
from wstui.net.demo import samples

CHUNK: Final = 64 << 10
"""Bytes that are written at once: small enough to leave the loop to others."""

MAX_BIG: Final = 64 << 20
"""Bytes of the largest message of `/big`."""

Value = str | float | int
Handler = Callable[[ServerConnection, Mapping[str, Value]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query. `parse` raises ValueError with a sentence for the user."""

    default: Value
    parse: Callable[[str], Value]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path: what it is good for, its parameters, and what speaks with its clients."""

    path: str
    help: str
    handler: Handler
    parameters: Mapping[str, Parameter]

    def read(self, query: Mapping[str, str]) -> dict[str, Value]:
        """The parameters with the values that `query` gives.

        Raises:
            ValueError: there is no such parameter, or a value is not valid.
        """
        values = {name: parameter.default for name, parameter in self.parameters.items()}
        for name, text in query.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                known = ", ".join(self.parameters) or "none"
                raise ValueError(f"{self.path} has no parameter {name!r} (it has: {known}).")
            try:
                values[name] = parameter.parse(text)
            except ValueError as error:
                raise ValueError(f"{name}={text!r}: {error}") from error
        return values


def number(low: float, high: float) -> Callable[[str], float]:
    """A parser for a number from `low` to `high`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"Write a number from {low:g} to {high:g}.")
        return value

    return parse


def size(high: int) -> Callable[[str], int]:
    """A parser for a size of at most `high` bytes."""

    def parse(text: str) -> int:
        value = parse_size(text)
        if value > high:
            raise ValueError(f"At most {high} bytes.")
        return value

    return parse


def _code(text: str) -> int:
    code = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    problem = refuse_code(code)
    if problem is not None:
        raise ValueError(problem)
    return code


def _reason(text: str) -> str:
    problem = refuse_reason(text)
    if problem is not None:
        raise ValueError(problem)
    return text


def _kind(text: str) -> str:
    if text not in ("text", "binary"):
        raise ValueError("Write text or binary.")
    return text


def _status(text: str) -> int:
    value = number(200, 599)(text)
    if value != int(value):
        raise ValueError("Write a whole number.")
    return int(value)


async def index(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    await peer.send("\n".join(f"{one.path:<13} {one.help}" for one in ENDPOINTS.values()))
    await echo(peer, values)


async def echo(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    async for message in peer:
        await peer.send(message)


async def beside(
    peer: ServerConnection,
    talk: Coroutine[None, None, None],
    hear: Callable[[Data], Awaitable[None]] | None = None,
) -> None:
    """Run `talk` until the client has gone; what it sends meanwhile goes to `hear`.

    Somebody has to read, or else pings and closes behind what was not read are never seen.
    """
    async with asyncio.TaskGroup() as group:
        talking = group.create_task(talk, name="demo: talk")
        async for message in peer:
            if hear is not None:
                await hear(message)
        talking.cancel()


async def ticker(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    await beside(peer, feed(peer, samples.ticks(), values))


async def binary(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    await beside(peer, feed(peer, samples.binaries(), values))


async def feed(
    peer: ServerConnection, payloads: Iterable[Data], values: Mapping[str, Value]
) -> None:
    """Send `payloads`, as many in a second as `rate` says."""
    for payload in payloads:
        await peer.send(payload)
        await asyncio.sleep(1 / float(values["rate"]))


async def fragments(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    ticks = samples.ticks()

    async def parts() -> AsyncIterator[str]:
        for part in range(4):
            yield next(ticks) + "\n"
            await asyncio.sleep(0.1)
            if part % 2:
                await peer.ping()

    async def talk() -> None:
        while True:
            await peer.send(parts())
            await asyncio.sleep(1 / float(values["rate"]))

    await beside(peer, talk())


async def close(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    async def talk() -> None:
        await peer.send(f"closing with {values['code']} in {values['after']:g} s")
        await asyncio.sleep(float(values["after"]))
        await peer.close(int(values["code"]), str(values["reason"]))

    await beside(peer, talk())


async def drop(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    async def talk() -> None:
        await peer.send(f"dropping in {values['after']:g} s, without a close frame")
        await asyncio.sleep(float(values["after"]))
        sock = peer.transport.get_extra_info("socket")
        if sock is not None:
            # With a lingering time of 0, ending TCP sends a reset.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.transport.abort()

    await beside(peer, talk())


async def ping(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    async def talk() -> None:
        while True:
            await peer.ping()
            await asyncio.sleep(float(values["every"]))

    await beside(peer, talk())


async def subprotocol(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    await peer.send(f"subprotocol: {peer.subprotocol or 'none of chat.v2, chat.v1 was offered'}")
    await echo(peer, values)


async def write(peer: ServerConnection, frames: memoryview) -> bool:
    """Write raw bytes of whole frames; False once the client wants no more.

    In small pieces, each after the socket took the one before: a large buffer in the transport
    would be moved in memory again and again. Between the pieces nothing is read, as the answer
    to a ping must not land inside a frame.
    """
    if len(frames) > CHUNK:
        peer.transport.pause_reading()
    try:
        for start in range(0, len(frames), CHUNK):
            if peer.transport.is_closing():
                return False
            peer.transport.write(frames[start : start + CHUNK])
            await peer.drain()
            await asyncio.sleep(0)
    finally:
        peer.transport.resume_reading()
    # In the first turn the socket is found to be readable, in the second it is read.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return peer.protocol.state is State.OPEN


async def big(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    length = int(values["size"])
    line = b'{"type":"big","text":"the quick brown fox jumps over the lazy dog"}\n'
    payload = (line * (length // len(line) + 1))[:length]
    opcode = Opcode.TEXT if values["kind"] == "text" else Opcode.BINARY
    frame = Frame(opcode, payload).serialize(mask=False)

    async def talk() -> None:
        await write(peer, memoryview(frame))

    await beside(peer, talk())


async def flood(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    length, rate = int(values["size"]), float(values["rate"])
    tick = next(samples.ticks()).encode()
    payload = (tick * (length // len(tick) + 1))[:length]
    frame = Frame(Opcode.TEXT, payload).serialize(mask=False)
    most = max(1, CHUNK // len(frame))
    frames = memoryview(frame * most)
    loop = asyncio.get_running_loop()

    async def talk() -> None:
        while not rate and await write(peer, frames):
            pass
        begun, sent = loop.time(), 0
        while rate:
            due = int((loop.time() - begun) * rate) - sent
            for some in (min(most, due - done) for done in range(0, due, most)):
                if not await write(peer, frames[: some * len(frame)]):
                    return
            sent += due
            await asyncio.sleep(max(0.01, 1 / rate))

    await beside(peer, talk())


async def hostile(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    async def close_on_request(message: Data) -> None:
        if message == "close":
            await peer.close(4002, samples.HOSTILE_REASON)

    await beside(peer, feed(peer, cycle(samples.HOSTILE), values), close_on_request)


async def silence(peer: ServerConnection, values: Mapping[str, Value]) -> None:
    """Never comes to be called: the handshake is not answered."""
    with suppress(asyncio.CancelledError):
        await peer.wait_closed()


RATE: Final = number(0.01, 1000)

ENDPOINTS: Final = {
    endpoint.path: endpoint
    for endpoint in (
        Endpoint("/", "this list", index, {}),
        Endpoint("/echo", "sends back each message as it came", echo, {}),
        Endpoint(
            "/ticker",
            "a JSON market feed, ?rate= messages a second",
            ticker,
            {"rate": Parameter(5.0, RATE)},
        ),
        Endpoint(
            "/binary",
            "PNG, gzip, MessagePack, CBOR and random bytes, ?rate=",
            binary,
            {"rate": Parameter(1.0, RATE)},
        ),
        Endpoint(
            "/fragments",
            "messages in several frames, with pings between them, ?rate=",
            fragments,
            {"rate": Parameter(1.0, RATE)},
        ),
        Endpoint(
            "/compressed",
            "a feed with permessage-deflate and context takeover, ?rate=",
            ticker,
            {"rate": Parameter(5.0, RATE)},
        ),
        Endpoint(
            "/close",
            "closes with ?code= and ?reason= after ?after= seconds",
            close,
            {
                "code": Parameter(4000, _code),
                "reason": Parameter("as you asked", _reason),
                "after": Parameter(1.0, number(0, 3600)),
            },
        ),
        Endpoint(
            "/drop",
            "resets TCP, without a close frame, after ?after= seconds",
            drop,
            {"after": Parameter(1.0, number(0, 3600))},
        ),
        Endpoint("/silence", "accepts TCP and never answers the handshake", silence, {}),
        Endpoint(
            "/reject",
            "answers the handshake with an HTTP ?status=, headers and a body",
            index,
            {"status": Parameter(403, _status)},
        ),
        Endpoint(
            "/ping", "sends a ping ?every= so many seconds", ping,
            {"every": Parameter(1.0, number(0.01, 3600))},
        ),
        Endpoint("/subprotocol", "chooses chat.v2 or chat.v1 if offered", subprotocol, {}),
        Endpoint(
            "/big",
            "one message of ?size= bytes, up to 64MiB, ?kind=text or binary",
            big,
            {"size": Parameter(1 << 20, size(MAX_BIG)), "kind": Parameter("text", _kind)},
        ),
        Endpoint(
            "/flood",
            "as fast as the socket takes it, or ?rate= a second; ?size= bytes each",
            flood,
            {
                "rate": Parameter(0.0, number(0, 10_000_000)),
                "size": Parameter(100, size(1 << 20)),
            },
        ),
        Endpoint(
            "/hostile",
            "escape sequences, markup, controls, invalid UTF-8; send close for a close, ?rate=",
            hostile,
            {"rate": Parameter(2.0, RATE)},
        ),
    )
}  # fmt: skip
"""All endpoints by path, in the order of the list."""
