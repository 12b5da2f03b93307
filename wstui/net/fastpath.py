"""The fast path: whole data frames taken straight from the read buffer, a batch at a time.

It takes unfragmented text and binary frames, compressed or not, masked as this peer has to mask
them (RFC 6455 section 5.1), and hands every other byte, one whole frame at a time, to the library,
which answers pings, closes, and fails the connection with the right code. The invariant that makes
this safe: whenever `FastPath` looks at bytes, the library stands at the beginning of a frame, or
`_owed` says how many bytes it lacks.
`PlainPath` leaves everything to the library, with the same results, only slower.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import Any, Final

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import SERVER

from wstui.core.entry import header_size
from wstui.net.deflate import TRAILER
from wstui.net.frame_header import FrameHeader, read_header
from wstui.net.frame_reader import HEAD
from wstui.net.governor import Governor
from wstui.net.large import SLICE, DeflatedFrame, Inflation, LargeFrame
from wstui.net.plainpath import PlainPath
from wstui.net.scan import COMPRESSED_BIT, DATA, FLAGS, MOST, Run, first_invalid_text, scan
from wstui.net.tap import Payload, Tapped

MOST_HEARD: Final = 2048
"""Frames of one run where somebody answers them at once, which takes as long as receiving them."""

MOST_DEFLATED: Final = 256
"""The same where messages are compressed: each takes some ten microseconds, and so does its
answer."""

LARGE: Final = 16 << 10
"""Bytes of payload above which a frame that is not yet whole gets memory of its own."""


class FastPath(PlainPath):
    """Receives data frames by itself and everything else through the library."""

    def __init__(self, protocol: Tapped, feed: Callable[[bytes], None], governor: Governor) -> None:
        super().__init__(protocol, feed, governor)
        self._large: LargeFrame | None = None
        self._masked = protocol.side is SERVER
        self._told_flags = bytearray()
        self._told: list[Payload] = []  # recorded, and not yet told of
        self._expected = 0  # bytes of a large frame that come next, as far as can be told

    def get_buffer(self) -> memoryview:
        large = self._large
        return self._governor.buffer_for(0 if large is None else large.lacks, self._expected)

    def received(self, size: int) -> None:
        done = self._take_whole(size) if self._expected and self._masked else 0
        if done < size:
            self.receive(bytes(self._governor.seen(size)[done:]))

    def _take_whole(self, size: int) -> int:
        """Deal with the large messages that a read begins with, right where they were read to;
        the bytes that they were. Taking their masks off copies them once, and that will do."""
        protocol = self._protocol
        if (
            self._rest
            or self._owed
            or self._is_kept
            or self._large is not None
            or self._deflate is not None
            or not protocol.is_listening
            or protocol.current_size is not None
            or self._governor.is_spent()
        ):
            return 0
        data: Any = self._governor.seen(size)  # which is read like bytes
        run = scan(data, 0, self._limit, compressed=False, masked=True, most=MOST_HEARD)
        return self._take_run(run) if run.payloads else 0

    def _take_run(self, run: Run) -> int:
        """Deal with a run of one frame or more; returns where to go on."""
        self._expect(len(run.payloads[-1]))
        return self._record_parts(run)

    def _is_busy(self) -> bool:
        return self._large is not None and self._large.is_busy

    def _step(self, data: bytes, at: int) -> int:
        if self._large is not None:
            piece = b"" if self._large.is_busy else data[at : at + self._large.lacks]
            self._add(self._large, piece)
            return at + len(piece)
        if not self._protocol.is_listening:
            return super()._step(data, at)
        if self._owed:
            return self._to_library(data, at, 0)
        is_fragmented = self._protocol.current_size is not None
        if is_fragmented or data[at] & ~COMPRESSED_BIT not in DATA:
            return self._to_library(data, at, 1)
        deflated = self._deflate is not None
        most = MOST
        if self._protocol.recorder.heard is not None:
            most = MOST_DEFLATED if deflated else MOST_HEARD
        run = scan(data, at, self._limit, compressed=deflated, masked=self._masked, most=most)
        return self._take_run(run) if run.payloads else self._single(data, at)

    def _expect(self, size: int) -> None:
        """The message behind one of `size` bytes may be such a one, too."""
        self._expected = size + header_size(size, masked=self._masked) if size > LARGE else 0

    def _single(self, data: bytes, at: int) -> int:
        """Deal with a data frame that was not taken by `scan`; returns where to go on."""
        header = read_header(data[at : at + 14])
        is_whole = header is not None and at + header.size + header.length <= len(data)
        if header is None or is_whole or not self._takes(data[at], header):
            return self._to_library(data, at, 1)
        if header.length <= LARGE:
            self._rest = data[at:]
            return len(data)
        raw, length = data[at : at + header.size], header.length
        self._expect(length)
        if data[at] in DATA:
            self._large = LargeFrame(raw, length, masked=self._masked)
        else:
            self._large = DeflatedFrame(raw, length, self._inflation(), masked=self._masked)
        return at + header.size

    def _takes(self, head: int, header: FrameHeader) -> bool:
        """Whether a data frame that begins like this is ours once it is whole."""
        return (
            (head in DATA or self._deflate is not None)
            and header.masked is self._masked
            and header.length <= self._limit
            # In the transcript, one that wastes bytes on its length is a matter for the library.
            and header.size == header_size(header.length, masked=self._masked)
        )

    def _add(self, large: LargeFrame, piece: bytes) -> None:
        """Let a large frame grow, and record it when it is whole."""
        error: Exception | None = None
        try:
            large.add(piece)
        except (UnicodeDecodeError, ProtocolError, PayloadTooBig) as reason:
            error = reason
        if error is None and (large.lacks or large.is_busy):
            return
        self._large = None
        if isinstance(error, UnicodeDecodeError) and large.lacks:
            self._protocol.recorder.unfinished(large.raw)
        elif error is None or isinstance(error, UnicodeDecodeError):
            wires = None if large.wire is None else (large.wire,)
            self._keep(
                FLAGS[large.header[0] : large.header[0] + 1],
                [large.payload],
                large.payload,
                wires,
                error=error,
            )
            self._tell()
        if error is not None:
            raw = large.raw
            self._fail(error, raw[:HEAD], len(raw))

    def _record_parts(self, run: Run) -> int:
        """Put a run into the transcript; returns where to go on."""
        end = run.start
        for part in run.parts():
            end = self._record(part)
            if end < part.end or self._large is not None:
                break
            if not self._protocol.is_listening:
                break
        self._tell()
        return end

    def _tell(self) -> None:
        """Tell of the messages that were recorded: together, since so they can be answered."""
        flags, payloads = self._told_flags, self._told
        if payloads and self._protocol.recorder.heard is not None:
            self._told_flags, self._told = bytearray(), []
            self._protocol.recorder.heard(flags, payloads)

    def _record(self, run: Run) -> int:
        """Record what can be recorded together; returns where to go on, mostly the run's end."""
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
                self._large = None  # would come behind it
        if payloads:
            self._keep(flags, payloads, data, wires, wire, error=error)
        done = len(payloads)
        if error is not None:
            # A message that is not UTF-8 was recorded; one that does not inflate could not be.
            done += not isinstance(error, UnicodeDecodeError)
            self._fail(error, run.raw(done - 1)[:HEAD])
        elif self._large is not None:
            done += 1
        return run.end_of(done)

    def _keep(
        self,
        flags: bytes | bytearray,
        payloads: Sequence[Payload],
        data: bytes | bytearray,
        wires: Sequence[int] | None,
        wire: int | None = None,
        *,
        error: Exception | None,
    ) -> None:
        """Record messages, and tell of them; `data` is all of them, one after the other.

        `error` is that of the last one, or of the one behind it.
        """
        recorder = self._protocol.recorder
        recorder.transcript.append_batch(flags, list(map(len, payloads)), data, time(), wires, wire)
        if recorder.heard is None:
            return
        if isinstance(error, UnicodeDecodeError):  # it is no message
            flags, payloads = flags[:-1], payloads[:-1]
        self._told_flags += flags
        self._told += payloads

    def _inflate(self, run: Run) -> tuple[list[bytes | memoryview], list[int], Exception | None]:
        """The payloads as they were before compression, with the wire bytes of their frames.

        As many as are decompressed in one step. One that is too large for that becomes `_large`.
        """
        payloads: list[bytes | memoryview] = []
        wires: list[int] = []
        room = SLICE
        for index, (head, payload) in enumerate(zip(run.heads, run.payloads, strict=True)):
            size = len(payload)
            if head & COMPRESSED_BIT:
                inflation = self._inflation()
                try:
                    piece = inflation.inflate(b"".join((payload, TRAILER)))
                except (ProtocolError, PayloadTooBig) as error:
                    return payloads, wires, error
                if inflation.tail:
                    self._large = DeflatedFrame.begun(run.raw(index), size, inflation, piece)
                    break
                payload = piece
                room -= len(piece)
            payloads.append(payload)
            wires.append(run.wire(size))
            if room <= 0:
                break
        return payloads, wires, None

    def _fail(self, error: Exception, head: bytes, taken: int = 1 << 62) -> None:
        """Let the library fail the connection as if it had met `error` in its own parser.

        `head` is how the frame at fault began; `taken` bytes of it were taken, all by default.
        """
        self._tell()  # what came before the frame at fault is answered
        if self._protocol.frames.aftermath is not None:
            return  # it was failed while this frame came, for another reason
        self._protocol.frames.next_frame()
        self._protocol.frames.head += head
        self._protocol.taken = taken
        self._protocol.parser.throw(error)
        self._feed(b"")  # has what it wrote sent, and sets the closing deadline

    def _inflation(self) -> Inflation:
        """The decompression of the message that comes next."""
        assert self._deflate is not None
        return Inflation(self._deflate, self._protocol.max_message_size)

    @property
    def _limit(self) -> int:
        """Largest payload taken here, in bytes."""
        limit = self._protocol.max_message_size
        return 1 << 62 if limit is None else limit

    @property
    def _deflate(self) -> PerMessageDeflate | None:
        """The agreed permessage-deflate, the only extension there is; None without it."""
        extensions = self._protocol.extensions
        if not extensions:
            return None
        extension = extensions[0]
        assert isinstance(extension, PerMessageDeflate)
        return extension

    def _abandon(self) -> None:
        super()._abandon()
        if self._is_busy():
            self._large = None

    def _unfinished(self) -> bytes:
        large, self._large = self._large, None
        rest = super()._unfinished()
        return rest if large is None else large.raw


def _decode_error(payload: bytes) -> UnicodeDecodeError:
    """The error that decoding `payload`, which is not UTF-8, gives."""
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return error
    raise AssertionError("valid UTF-8")
