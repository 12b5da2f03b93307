"""The fast path: whole data frames taken straight from the read buffer, a batch at a time.

It takes unfragmented, unmasked text and binary frames, compressed or not, and hands every other
byte, one whole frame at a time, to the library, which answers pings, closes, and fails the
connection with the right code. The invariant that makes this safe: whenever `FastPath` looks at
bytes, the library stands at the beginning of a frame, or `_owed` says how many bytes it lacks.
`PlainPath` leaves everything to the library, with the same results, only slower.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from time import time
from typing import Final, NamedTuple

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from wstui.core.entry import COMPRESSED, Kind, header_size
from wstui.core.segment import LARGE as SEGMENT_ALONE
from wstui.net.governor import Governor
from wstui.net.tap import HEAD, TappedProtocol, read_header

LARGE: Final = 16 << 10
"""Bytes of payload above which a frame that is not yet whole gets memory of its own."""

TEXT_FRAME: Final = 0x80 | Kind.TEXT
BINARY_FRAME: Final = 0x80 | Kind.BINARY
DATA: Final = (TEXT_FRAME, BINARY_FRAME)
"""First byte of a data frame with FIN and without reserved bits."""

COMPRESSED_BIT: Final = 0x40
"""RSV1 in the first byte of a frame (RFC 7692 section 6)."""

FLAGS: Final = bytes(
    (head & 0x0F) | (COMPRESSED if head & COMPRESSED_BIT else 0) for head in range(256)
)
"""From the first byte of a data frame to an entry's flags."""


class Run(NamedTuple):
    """The data frames that stand whole at the beginning of some bytes."""

    heads: bytearray
    """First byte of each frame."""
    payloads: list[bytes | memoryview]
    """As on the wire."""
    start: int
    end: int
    """Where the run begins and ends in those bytes."""

    def parts(self) -> list[Run]:
        """What of it is best recorded together: large messages one by one, which saves a copy."""
        count = len(self.payloads)
        if not count:
            return []
        if count == 1 or (self.end - self.start) // count < SEGMENT_ALONE // 2:
            return [self]
        parts = []
        at = self.start
        for head, payload in zip(self.heads, self.payloads, strict=True):
            end = at + header_size(len(payload), masked=False) + len(payload)
            parts.append(Run(bytearray((head,)), [payload], at, end))
            at = end
        return parts


def scan(data: bytes, start: int, max_size: int, *, compressed: bool) -> Run:
    """The run of whole, unmasked, unfragmented data frames in `data` from `start` on.

    It ends at the first frame that is something else, larger than `max_size` bytes, not whole, or
    whose length is not written in the shortest way. `compressed`: frames with RSV1 are taken too.
    """
    heads = bytearray()
    payloads: list[bytes | memoryview] = []
    add_head, add_payload = heads.append, payloads.append
    text, binary = TEXT_FRAME, BINARY_FRAME
    view = memoryview(data)
    total = len(data)
    last = total - 1
    at = start
    while at < last:
        head = data[at]
        if head != text and head != binary and not (compressed and head & ~COMPRESSED_BIT in DATA):
            break
        length = data[at + 1]
        begin = at + 2
        if length > 125:
            if length == 126:
                begin += 2
                if begin > total:
                    break
                length = data[at + 2] << 8 | data[at + 3]
                shortest = 126
            elif length == 127:
                begin += 8
                if begin > total:
                    break
                length = int.from_bytes(data[at + 2 : begin], "big")
                shortest = 65536
            else:  # masked
                break
            if length < shortest:
                break
        end = begin + length
        if end > total or length > max_size:
            break
        add_head(head)
        # A view costs more than a copy of a few bytes, and less than one of many.
        add_payload(data[begin:end] if length < 400 else view[begin:end])
        at = end
    return Run(heads, payloads, start, at)


def first_invalid_text(
    flags: bytes | bytearray, payloads: Sequence[bytes | memoryview]
) -> int | None:
    """Index of the first text message that is not UTF-8; None when all are."""
    index = -1
    try:
        for index, flag in enumerate(flags):
            if flag & 0x0F == Kind.TEXT:
                str(payloads[index], "utf-8")
    except UnicodeDecodeError:
        return index
    return None


class PlainPath:
    """Receives through the library alone."""

    def __init__(self, feed: Callable[[bytes], None], governor: Governor) -> None:
        self._feed = feed
        self._governor = governor

    def get_buffer(self) -> memoryview:
        """Where the next read goes."""
        return self._governor.buffer

    def received(self, size: int) -> None:
        """Deal with the `size` bytes that were read into the buffer."""
        self._feed(bytes(self._governor.buffer[:size]))

    def receive(self, data: bytes) -> None:
        """Deal with bytes that came some other way."""
        self._feed(data)

    def end(self) -> None:
        """TCP ended: nothing is held back here."""


class _LargeFrame:
    """A data frame that is received piece by piece.

    Its memory grows with what has come, and not by what its header claims; what it is kept in is
    what the transcript keeps in the end.
    """

    def __init__(self, header: bytes, length: int) -> None:
        self.header = header
        self.length = length
        self.payload = bytearray()
        self.lacks = length
        """Bytes still to come."""
        self._decoder: codecs.IncrementalDecoder | None = None

    def add(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            UnicodeDecodeError: they cannot be a part of text.
        """
        self.payload += piece
        self.lacks -= len(piece)
        if self.header[0] != TEXT_FRAME or (self._decoder is None and piece.isascii()):
            return
        # Piece by piece, as it comes: all at the end would hold up the loop.
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._decoder.decode(piece, final=not self.lacks)


class FastPath:
    """Receives data frames by itself and everything else through the library."""

    def __init__(
        self, protocol: TappedProtocol, feed: Callable[[bytes], None], governor: Governor
    ) -> None:
        self._protocol = protocol
        self._feed = feed
        self._governor = governor
        self._rest = b""  # a frame, or its header, that is not yet whole
        self._owed = 0  # bytes that the library lacks to the end of the frame it was begun
        self._large: _LargeFrame | None = None

    def get_buffer(self) -> memoryview:
        """Where the next read goes."""
        return self._governor.buffer

    def received(self, size: int) -> None:
        """Deal with the `size` bytes that were read into the buffer."""
        data = bytes(self._governor.buffer[:size])
        self.receive(self._rest + data if self._rest else data)

    def receive(self, data: bytes) -> None:
        """Deal with bytes that begin where the last ones ended, held back ones included."""
        self._rest = b""
        at = 0
        while at < len(data):
            if self._large is not None:
                end = at + self._large.lacks
                if not self._add(self._large, data[at:end]):
                    return
                at = min(end, len(data))
            elif self._owed or self._protocol.state is not State.OPEN:
                part = data[at : at + self._owed] if self._owed else data[at:]
                self._owed -= min(len(part), self._owed)
                at += len(part)
                self._feed(part)
            else:
                if self._protocol.current_size is None:  # not inside a fragmented message
                    run = scan(data, at, self._limit, compressed=self._deflate is not None)
                    if not all(map(self._record, run.parts())):
                        return
                    at = run.end
                at = self._foreign(data, at)

    def _foreign(self, data: bytes, at: int) -> int:
        """Deal with what stands at `at` and is no whole small data frame; returns where to go on.

        That is the end of `data` when nothing can be done without further bytes.
        """
        header = read_header(data[at : at + 14])
        if header is None:
            self._rest = data[at:]
            return len(data)
        size = header.size + header.length
        if self._takes(data[at], header.masked, header.length):
            if header.length <= LARGE:
                self._rest = data[at:]  # not whole, or `scan` would have taken it
                return len(data)
            self._large = _LargeFrame(data[at : at + header.size], header.length)
            return at + header.size
        end = min(at + size, len(data))
        self._owed = at + size - end
        self._feed(data[at:end])
        return end

    def _takes(self, head: int, masked: bool, length: int) -> bool:
        """Whether a frame that begins like this is ours once it is whole."""
        if masked or length > self._limit or self._protocol.current_size is not None:
            return False
        # A large compressed frame goes to the library: it arrives there piece by piece, too.
        return head in DATA or (
            self._deflate is not None and head & ~COMPRESSED_BIT in DATA and length <= LARGE
        )

    def _add(self, large: _LargeFrame, piece: bytes) -> bool:
        """Let a large frame grow; False when that ended the connection."""
        try:
            large.add(piece)
        except UnicodeDecodeError as error:
            self._large = None
            raw = large.header + large.payload
            self._protocol.recorder.unfinished(raw)
            self._fail(error, raw)
            return False
        if not large.lacks:
            self._large = None
            flags = bytes((large.header[0] & 0x0F,))
            self._protocol.recorder.transcript.append_batch(
                flags, (large.length,), large.payload, time()
            )
        return True

    def _record(self, run: Run) -> bool:
        """Put a run into the transcript; False when that ended the connection."""
        flags, payloads = run.heads.translate(FLAGS), run.payloads
        wires: list[int] | None = None
        wire: int | None = run.end - run.start
        error: Exception | None = None
        if max(run.heads) & COMPRESSED_BIT:  # 0xC1 and 0xC2 are the largest there are
            payloads, wires, error = self._inflate(run)
            flags, wire = flags[: len(payloads)], None
        data = bytes(payloads[0]) if len(payloads) == 1 else b"".join(payloads)
        if not data.isascii():
            invalid = first_invalid_text(flags, payloads)
            if invalid is not None:
                keep = invalid + 1
                error = _decode_error(bytes(payloads[invalid]))
                flags, payloads = flags[:keep], payloads[:keep]
                wires, wire = wires and wires[:keep], None
                data = b"".join(payloads)
        if payloads:
            lengths = list(map(len, payloads))
            self._protocol.recorder.transcript.append_batch(
                flags, lengths, data, time(), wires, wire
            )
        if error is None:
            return True
        # A message that is not UTF-8 was recorded; one that does not inflate could not be.
        at = len(payloads) - isinstance(error, UnicodeDecodeError)
        self._fail(error, _frame_head(run, at))
        return False

    def _inflate(self, run: Run) -> tuple[list[bytes | memoryview], list[int], Exception | None]:
        """The payloads as they were before compression, with the wire bytes of their frames."""
        extension = self._deflate
        assert extension is not None
        limit = self._protocol.max_message_size
        payloads: list[bytes | memoryview] = []
        wires: list[int] = []
        for head, payload in zip(run.heads, run.payloads, strict=True):
            size = len(payload)
            if head & COMPRESSED_BIT:
                frame = Frame(Opcode(head & 0x0F), payload, True, True)
                try:
                    payload = bytes(extension.decode(frame, max_size=limit).data)
                except (ProtocolError, PayloadTooBig) as error:
                    return payloads, wires, error
            payloads.append(payload)
            wires.append(size + header_size(size, masked=False))
        return payloads, wires, None

    def _fail(self, error: Exception, frame: bytes) -> None:
        """Let the library fail the connection as if it had met `error` in its own parser."""
        self._protocol.frames.next_frame()
        self._protocol.frames.head += frame[:HEAD]
        self._protocol.parser.throw(error)
        self._feed(b"")  # has what it wrote sent, and sets the closing deadline

    @property
    def _limit(self) -> int:
        """Largest payload taken here, in bytes."""
        limit = self._protocol.max_message_size
        return 1 << 62 if limit is None else limit

    @property
    def _deflate(self) -> Extension | None:
        """The agreed permessage-deflate, the only extension there is; None without it."""
        extensions = self._protocol.extensions
        return extensions[0] if extensions else None

    def end(self) -> None:
        """TCP ended: give the library what was held back, so that it sees the unfinished frame."""
        large, self._large = self._large, None
        rest, self._rest = self._rest, b""
        if large is not None:
            rest = large.header + large.payload
        if rest and self._protocol.state is not State.CLOSED:
            self._feed(rest)


def _decode_error(payload: bytes) -> UnicodeDecodeError:
    """The error that decoding `payload`, which is not UTF-8, gives."""
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return error
    raise AssertionError("valid UTF-8")


def _frame_head(run: Run, index: int) -> bytes:
    """How the frame at `index` of a run began on the wire, at most `HEAD` bytes."""
    payload = bytes(run.payloads[index])
    size = len(payload)
    if size < 126:
        length = bytes((size,))
    elif size < 65536:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    return bytes(run.heads[index : index + 1] + length + payload)[:HEAD]
