"""What tests of `wstui tail` have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.headless_support import PATIENCE, Done, done
from tests.net_support import close_frame, frame, read_frame, websocket_server
from wstui.command_line.tail import Tail, read
from wstui.core.entry import Kind
from wstui.core.options.table import CONNECTING
from wstui.headless.tail import tail
from wstui.headless.tail_lines import Screen


def asked(*words: str) -> Tail:
    """What a command line asks for."""
    return read(words, CONNECTING.build)


async def tailed(*words: str, screen: Screen | None = None) -> Done:
    """What comes of a command line."""
    what = asked(*words)
    async with asyncio.timeout(PATIENCE):
        return await done(lambda here: tail(here, what, screen), what.manner)


@asynccontextmanager
async def server(*frames: bytes, close: bytes = close_frame()) -> AsyncIterator[str]:
    """The uri of a server that sends these frames at once, and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(frames) + close)
        await read_frame(reader)

    async with websocket_server(serve) as port:
        yield f"ws://127.0.0.1:{port}"


def text(*messages: str | bytes) -> bytes:
    """Text messages."""
    return b"".join(
        frame(Kind.TEXT, one.encode() if isinstance(one, str) else one) for one in messages
    )
