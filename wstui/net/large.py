"""Frames that are received, or decompressed, piece by piece: all at once would hold up the loop."""

from __future__ import annotations

import codecs
import zlib
from typing import Final

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate

from wstui.core.entry import Kind
from wstui.net.deflate import TRAILER
from wstui.net.frame_header import apply_mask

SLICE: Final = 512 << 10
"""Bytes that are decompressed in one step: two milliseconds, however little they were before."""


class Inflation:
    """The decompression of one message in one frame, in slices.

    It uses the library's decompressor, which fragmented messages go through as well, and fails at
    the same place in the same words. `limit` is the largest message in bytes; None: any size.
    """

    def __init__(self, extension: PerMessageDeflate, limit: int | None) -> None:
        if extension.remote_no_context_takeover:
            self._decoder = zlib.decompressobj(wbits=-extension.remote_max_window_bits)
        else:
            self._decoder = extension.decoder
        self._limit = limit
        self._room = 1 << 62 if limit is None else limit
        self.tail = b""
        """What is to be given to `inflate` next; empty when all of the last input was used."""

    def inflate(self, data: bytes) -> bytes:
        """The first `SLICE` bytes, at most, that `data` decompresses to; `tail` is the rest.

        Raises:
            ProtocolError: it is not compressed data.
            PayloadTooBig: the message is larger than the limit.
        """
        try:
            # No limit at all is what zlib takes 0 for.
            piece = self._decoder.decompress(data, min(SLICE, self._room) or 1)
        except zlib.error as error:
            raise ProtocolError("decompression failed") from error
        self._room -= len(piece)
        self.tail = self._decoder.unconsumed_tail
        if self._room < 0 or (self.tail and not self._room):
            raise PayloadTooBig(None, self._limit)
        return piece


class LargeFrame:
    """A data frame that is received piece by piece.

    Its memory grows with what has come, and not by what its header claims; what it is kept in is
    what the transcript keeps in the end.
    """

    wire: int | None = None
    """Bytes of the whole frame on the wire, where they do not follow from the message's size."""
    is_busy = False
    """Whether `add` has work to do before it takes further bytes."""

    def __init__(self, header: bytes, length: int, *, masked: bool = False) -> None:
        """`masked`: the last four bytes of the header are a masking key."""
        self.header = header
        self._masked = masked
        self._key = header[-4:]  # of the next piece
        self.payload = bytearray()
        """The message, as far as it is there."""
        self.lacks = length
        """Bytes still to come."""
        self._is_text = header[0] & 0x0F == Kind.TEXT
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def raw(self) -> bytes:
        """What came of it, as on the wire."""
        payload = bytes(self.payload)
        return self.header + (apply_mask(payload, self.header[-4:]) if self._masked else payload)

    def add(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            UnicodeDecodeError: they cannot be a part of text.
        """
        self.lacks -= len(piece)
        self._grow(self._unmasked(piece), final=not self.lacks)

    def _unmasked(self, piece: bytes) -> bytes:
        """The next piece without its mask."""
        if not self._masked:
            return piece
        key = self._key
        turn = len(piece) & 3  # the next piece begins within the key where this one ends
        self._key = key[turn:] + key[:turn]
        return apply_mask(piece, key)

    def _grow(self, piece: bytes, *, final: bool) -> None:
        """Add to the message; raises UnicodeDecodeError, with the position in the message."""
        before = len(self.payload)
        self.payload += piece
        if not self._is_text or (self._decoder is None and piece.isascii()):
            return
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder("utf-8")()
        before -= len(self._decoder.getstate()[0])  # the beginning of a character
        try:
            self._decoder.decode(piece, final=final)
        except UnicodeDecodeError as error:
            start, end = before + error.start, before + error.end
            whole = bytes(self.payload)
            raise UnicodeDecodeError(error.encoding, whole, start, end, error.reason) from None


class DeflatedFrame(LargeFrame):
    """A compressed data frame that is received, or decompressed, piece by piece.

    That its text is not UTF-8 is said when all of it is there, as by the library.
    """

    def __init__(
        self, header: bytes, length: int, inflation: Inflation, *, masked: bool = False
    ) -> None:
        super().__init__(header, length, masked=masked)
        self.wire = len(header) + length
        self._inflation = inflation
        self._came = bytearray()  # as on the wire
        self._error: UnicodeDecodeError | None = None

    @classmethod
    def begun(cls, raw: bytes, length: int, inflation: Inflation, piece: bytes) -> DeflatedFrame:
        """A frame that is there, `length` bytes of payload, of which the first `piece` was
        decompressed already."""
        frame = cls(raw[: len(raw) - length], length, inflation)
        frame.lacks = 0
        frame._came += raw[len(raw) - length :]
        frame._take(piece)
        return frame

    @property
    def raw(self) -> bytes:
        return self.header + self._came

    def add(self, piece: bytes) -> None:
        """Take the next bytes, none while there is work to do without.

        Raises:
            ProtocolError: they are not compressed data.
            PayloadTooBig: the message is larger than allowed.
            UnicodeDecodeError: the message is all there, and it is not text.
        """
        if self.is_busy:
            data = self._inflation.tail
        else:
            self._came += piece
            self.lacks -= len(piece)
            data = self._unmasked(piece)
            if not self.lacks:
                data += TRAILER
        self._take(self._inflation.inflate(data))
        if self._error is not None and not self.lacks and not self.is_busy:
            raise self._error

    def _take(self, piece: bytes) -> None:
        """Add what was decompressed."""
        self.is_busy = bool(self._inflation.tail)
        if self._error is not None:
            self.payload += piece
            return
        try:
            self._grow(piece, final=not self.lacks and not self.is_busy)
        except UnicodeDecodeError as error:
            self._error = error
