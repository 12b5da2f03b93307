"""What a peer still says after the connection was failed.

The library reads nothing more then (RFC 6455 section 7.1.7). But whether the peer answered our
close frame belongs to the truth about the wire, so that frame is still looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wstui.core.entry import Kind
from wstui.net.frame_header import payload_of, read_header

MOST_FRAMES: Final = 4096
"""Frames that are looked at; a peer that goes on flooding answers nothing."""


class Aftermath:
    """Looks for a close frame in the bytes from the failing frame on, and hands it to `found`.

    `found` gets the frame's payload, without its mask, and its bytes on the wire.
    """

    def __init__(
        self,
        failed: bytes,
        consumed: int,
        found: Callable[[bytes, int], None],
        *,
        masked: bool = False,
    ) -> None:
        """`failed` is how the failing frame began; `consumed` bytes of it were read already.
        `masked`: whether what this peer sends has to be masked."""
        self._found = found
        self._masked = masked
        self._frames = MOST_FRAMES
        self._rest = bytearray()
        self._skip = 0
        self._is_failed = False
        header = read_header(failed)
        if header is not None:
            self._skip = max(header.size + header.length - consumed, 0)
        elif failed:  # its length is still to come
            self._rest += failed
            self._is_failed = True

    def feed(self, data: bytes | bytearray) -> None:
        """Look at the next bytes."""
        if not self._frames:
            return
        self._rest += data
        while self._frames:
            gone = min(self._skip, len(self._rest))
            del self._rest[:gone]
            self._skip -= gone
            header = None if self._skip else read_header(self._rest)
            if header is None:
                return
            whole = header.size + header.length
            is_right = header.masked is self._masked and not self._is_failed
            if header.opcode == Kind.CLOSE and is_right:
                if len(self._rest) < whole and header.length < 126:
                    return
                self._frames = 0
                self._found(payload_of(self._rest, header), whole)
                return
            self._skip = whole
            self._is_failed = False
            self._frames -= 1
