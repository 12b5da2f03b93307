"""Content codings taken off a body (RFC 9110 section 8.4.1), never more than a little at once.

A few bytes may stand for gigabytes: what comes out is given out in pieces, and who has enough
stops.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

PIECE: Final = 64 << 10
"""Bytes given out at once, about."""


class CodingError(Exception):
    """A body is not what its Content-Encoding says. `str()` says why."""


class Decoder(Protocol):
    """Takes a coding off."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes of the next bytes.

        Raises:
            CodingError: they are not in this coding.
        """

    def finish(self) -> None:
        """The body has ended.

        Raises:
            CodingError: its coding has not.
        """


class Zlib:
    """gzip, and deflate with zlib's header or, as some servers have it, without."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inflate = zlib.decompressobj(31 if name == "gzip" else 15)
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflate.eof:
                if self._name != "gzip" or data[0] != 0x1F:
                    return  # what stands behind is no part of it
                self._inflate = zlib.decompressobj(31)  # members may follow (RFC 1952)
            try:
                out = self._inflate.decompress(data, PIECE)
            except zlib.error as error:
                if self._name == "gzip" or self._is_begun:
                    raise CodingError(str(error)) from error
                self._inflate = zlib.decompressobj(-15)
                self._is_begun = True
                continue
            self._is_begun = True
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            if out:
                yield out

    def finish(self) -> None:
        if self._is_begun and not self._inflate.eof:
            raise CodingError("it ends too early")


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        # Here and not above: few bodies are coded so.
        import brotli

        self._error: type[Exception] = brotli.error
        self._decompressor = brotli.Decompressor()
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._is_begun = True
        try:
            out = self._decompressor.process(data, output_buffer_limit=PIECE)
            if out:
                yield out
            while not self._decompressor.can_accept_more_data():
                out = self._decompressor.process(b"", output_buffer_limit=PIECE)
                if out:
                    yield out
        except self._error as error:
            raise CodingError(str(error)) from error

    def finish(self) -> None:
        if self._is_begun and not self._decompressor.is_finished():
            raise CodingError("it ends too early")


class Several:
    """Codings one upon the other; the last one that was put on comes off first."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> Iterator[bytes]:
        return self._through(data, 0)

    def _through(self, data: bytes, at: int) -> Iterator[bytes]:
        if at == len(self._decoders):
            yield data
            return
        for piece in self._decoders[at].feed(data):
            yield from self._through(piece, at + 1)

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


MOST: Final = 4
"""Codings upon each other that are taken off; nobody puts on more who means well."""


def decoder_for(coding: str) -> Decoder | None:
    """What takes off the codings that a Content-Encoding names; None where one is not known."""
    names = [name.strip() for name in coding.lower().split(",") if name.strip()]
    names = [name.removeprefix("x-") for name in names if name != "identity"]
    if len(names) > MOST or not set(names) <= {"gzip", "deflate", "br"}:
        return None
    return Several([Brotli() if name == "br" else Zlib(name) for name in reversed(names)])
