"""The library's stream reader, which remembers how the current frame began."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from websockets.streams import StreamReader

from wstui.net.aftermath import Aftermath

HEAD: Final = 32
"""Bytes kept of a frame's beginning, to show what broke the rules."""


class FrameReader(StreamReader):
    """The library's stream reader, which remembers how the current frame began and its size."""

    def __init__(self) -> None:
        super().__init__()
        self.head = bytearray()
        """The first bytes of the current frame, at most `HEAD`."""
        self.wire = 0
        """Bytes of the current frame that were taken out of the buffer."""
        self.aftermath: Aftermath | None = None
        """Looks at what is discarded, once the connection was failed."""

    def read_exact(self, n: int) -> Generator[None, None, bytearray]:
        data = yield from super().read_exact(n)
        self.wire += n
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        return data

    def discard(self) -> None:
        if self.aftermath is not None:
            self.aftermath.feed(self.buffer)
        super().discard()

    def next_frame(self) -> None:
        """Forget the current frame: the next byte begins another."""
        self.head.clear()
        self.wire = 0
