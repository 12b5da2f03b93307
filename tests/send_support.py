"""What tests of `wstui send`, and of others who send, have in common."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from tests.headless_support import Done, done
from tests.net_support import (
    frame,
    read_frame,
    websocket_server,
)
from wstui.command_line.headless import Manner
from wstui.command_line.send import Send
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit
from wstui.core.filter import parse_filter
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.headless.input import Source
from wstui.headless.send import send


class Got(list[tuple[int, bytes]]):
    """What a server got: first byte and payload of each frame."""

    @property
    def messages(self) -> list[tuple[Kind, bytes]]:
        """Kind and payload of each message."""
        return [(Kind(head & 0xF), payload) for head, payload in self if head & 0xF < 8]


@asynccontextmanager
async def server(got: Got, *answers: bytes, after: int = 0) -> AsyncIterator[str]:
    """The uri of a server that keeps what it gets, sends frames once it got so many messages, and
    answers a close frame."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            if len(got) == after:
                writer.write(b"".join(answers))
            got.append(await read_frame(reader))
            if got[-1][0] == 0x88:
                writer.write(frame(Kind.CLOSE, got[-1][1]))
                return

    async with websocket_server(serve) as port:
        yield f"ws://127.0.0.1:{port}/"


def asked(uri: str, *messages: str, **fields: Any) -> Send:
    """What is asked for, without compression."""
    options = ConnectOptions(uri, deflate=UNCOMPRESSED)
    if "expect" in fields:
        fields["expected"] = parse_filter(fields.pop("expect"))
        fields.setdefault("answers", 1)
    return Send(options, fields.pop("manner", Manner()), messages, **fields)


async def sent(what: Send, given: bytes | Source | None = None, **how: Any) -> Done:
    """What comes of sending."""
    source = BytesIO(given or b"") if given is None or isinstance(given, bytes) else given
    return await done(lambda stage: send(stage, what, source, **how), what.manner)


async def arrived(*messages: str, given: bytes | None = None, **fields: Any) -> Got:
    """What arrives of messages, which are all sent."""
    got = Got()
    async with server(got) as uri:
        assert await sent(asked(uri, *messages, **fields), given) == (Exit.OK, b"", "")
    return got


class Open:
    """Gives some bytes, and is not at its end."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        if not self._data:
            threading.Event().wait()
        data, self._data = self._data, b""
        return data


class Broken:
    """Gives some bytes, and breaks."""

    def __init__(self, data: bytes, code: int = errno.EIO) -> None:
        self._data = data
        self._code = code

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data, b""
        if not data:
            raise OSError(self._code, os.strerror(self._code))
        return data
