"""The body of a request: from texts, files and standard input to what `httpx` sends."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import IO, Any, Final

import httpx

from wstui.core.handshake.request_head import Header
from wstui.core.http.asking import STDIN, Field, HttpAsk, Piece
from wstui.core.options.info import OptionError

CHUNK: Final = 64 << 10
"""Bytes of a file that are read at once."""

ReadAll = Callable[[], Awaitable[bytes]]
"""Gives all of standard input."""


class Content:
    """The body of a request, made anew each time that it is sent."""

    def __init__(self, ask: HttpAsk, read_stdin: ReadAll) -> None:
        self._ask = ask
        self.read_stdin = read_stdin
        self._stdin: bytes | None = None
        self._open = ExitStack()
        self.headers: tuple[Header, ...] = ()
        """Those that tell of the body made last."""

    def close(self) -> None:
        """Close all files."""
        self._open.close()

    async def make(self) -> Any:
        """The stream of a request; None for none.

        Raises:
            OptionError: a file cannot be read.
        """
        self.close()
        self.headers = ()
        if not self._ask.has_body:
            return None
        if self._ask.fields:
            return self._encoded(files=[await self._part(field) for field in self._ask.fields])
        pieces = self._ask.data
        kind = self._ask.content_type
        headers = {"Content-Type": kind} if kind else {}
        if len(pieces) == 1 and pieces[0].file not in (None, STDIN) and not pieces[0].one_line:
            file = await self._opened(pieces[0])
            size = _size(file)
            if size is not None:
                headers["Content-Length"] = str(size)
            return self._encoded(content=_chunks(file), headers=headers)
        parts = [await self._bytes(piece) for piece in pieces]
        return self._encoded(content=b"&".join(parts), headers=headers)

    def _encoded(self, **body: Any) -> Any:
        request = httpx.Request("POST", "http://host/", **body)
        self.headers = tuple(
            (name.decode().title(), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name.lower() != b"host"
        )
        return request.stream

    async def _part(self, field: Field) -> tuple[str, tuple[str | None, Any, str | None]]:
        piece = field.piece
        data: Any
        if piece.file in (None, STDIN) or field.filename is None:
            data = await self._bytes(piece)
        else:
            file = await self._opened(piece)
            data = file if _size(file) is not None else await asyncio.to_thread(file.read)
        return field.name, (field.filename, data, field.type)

    async def _bytes(self, piece: Piece) -> bytes:
        if piece.file is None:
            return piece.text.encode("utf-8", "surrogateescape")
        if piece.file == STDIN:
            if self._stdin is None:  # it can be read once, and may have to be sent again
                self._stdin = await self.read_stdin()
            data = self._stdin
        else:
            file = await self._opened(piece)
            try:
                data = await asyncio.to_thread(file.read)
            except OSError as error:
                raise _refusal(piece.file, error) from error
        return data.translate(None, b"\r\n\0") if piece.one_line else data

    async def _opened(self, piece: Piece) -> IO[bytes]:
        path = piece.file or ""
        try:
            # In a thread: a file of another machine may take a while.
            file = await asyncio.to_thread(_open, path)
        except (OSError, ValueError) as error:
            raise _refusal(path, error) from error
        return self._open.enter_context(file)


def _open(path: str) -> IO[bytes]:
    return open(os.path.expanduser(path), "rb")


def _refusal(path: str, error: OSError | ValueError) -> OptionError:
    words = getattr(error, "strerror", None) or str(error)
    return OptionError("data", f"The file {path} cannot be read: {words}")


def _size(file: IO[bytes]) -> int | None:
    """Bytes of a regular file; None for a pipe and the like."""
    found = os.fstat(file.fileno())
    return found.st_size if stat.S_ISREG(found.st_mode) else None


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while data := await asyncio.to_thread(file.read, CHUNK):
        yield data
