"""The real program in a real pseudo-terminal, with a hostile server at the other end."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pyte
import pytest

from wstui.net.demo import samples

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from tests.benchmarks.terminal import Terminal, terminal

SIZE = (120, 40)

FORBIDDEN = (
    b"\x1b]0;PWNED",
    b"\x1b]2;PWNED",
    b"\x1b]52;c;UFdORUQ=",
    b"\x1b[31;1mPWNED",
    b"\x1b[999D",
    b"\x1bc",
    b"\x9bPWNED",
    b"\xc2\x9b",  # C1 controls as UTF-8
    b"\xc2\x9d",
    b"\xc2\x90",
    "\u202e".encode(),
    "\u2066".encode(),
    "\u200b".encode(),
    "\u200d".encode(),
    b"\x00",
    b"\x08",
    b"\x7f",
    b"\x0b",
    b"\x0c",
)
"""What a server sent here and must never reach the terminal."""


class Watched:
    """A terminal whose whole output is kept, and shown on an emulated screen."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen
        self.output = b""
        self.display = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self.display)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, by rows."""
        rows, columns = range(self.display.lines), range(self.display.columns)
        return ["".join(self.display.buffer[y][x].data for x in columns) for y in rows]

    def press(self, keys: bytes) -> None:
        """Press keys."""
        self._screen.press(keys)

    def escape(self) -> None:
        """Leave the command bar; what is pressed next is not one key with it."""
        self.shows("esc closes")
        self.press(b"\x1b")
        self.shows("esc closes", there=False)

    def shows(self, text: str, timeout: float = 30, there: bool = True) -> None:
        """Read on until `text` stands on the screen, or stands there no more.

        Raises:
            AssertionError: that does not happen within `timeout` seconds.
        """
        deadline = monotonic() + timeout
        while any(text in line for line in self.lines) != there:
            data = self._screen.read(0.2)
            self.output += data
            self._stream.feed(data)
            screen = "\n".join(self.lines)
            assert monotonic() < deadline, f"waiting for {text!r}, {there}:\n{screen}"
            assert self._screen.process.poll() is None, f"the program ended:\n{screen}"

    def ended(self) -> int:
        """Read on until the program has ended; its exit code."""
        deadline = monotonic() + 30
        while self._screen.process.poll() is None and monotonic() < deadline:
            self.output += self._screen.read(0.2)
        return self._screen.process.wait(1)


@contextmanager
def workbench(*paths: str) -> Iterator[Watched]:
    """`wstui` on endpoints of a demonstration server in a process of its own."""
    with terminal([sys.executable, "-m", "wstui", "demo", "--serve"]) as server:
        told = b""
        while b"/hostile" not in told:
            told += server.read(1)
        base = told.split(b"ws://")[1].split(b"/")[0].decode()
        uris = [f"ws://{base}{path}" for path in paths]
        with terminal([sys.executable, "-m", "wstui", *uris], SIZE) as screen:
            yield Watched(screen)


def check(output: bytes) -> None:
    """Nothing that the server sent reached the terminal as anything but visible text."""
    for sequence in FORBIDDEN:
        assert sequence not in output, sequence
    # Among what begins with ESC there is only what Textual itself draws and asks for.
    titles = [part for part in output.split(b"\x1b]")[1:] if not part.startswith(b"52;c;")]
    assert not any(b"PWNED" in part.split(b"\x07")[0] for part in titles)


def test_hostile_payloads() -> None:
    """Every view of every hostile message is inert, and the exact original can be copied."""
    with workbench("/hostile?rate=50") as app:
        app.shows("␛]0;PWNED␇ and ␛]2;PWNED")
        app.press(b"f\x1b[H")  # home: the oldest entries
        app.shows("clipboard: ␛]52;c;UFdORUQ=␇ PWNED")
        app.shows("C1: ‹9B›2J")
        app.shows("markup: [/x] [red]PWNED[/red]")
        app.press(b"\x1b[B\x1b[B\x1b[B")  # down to “clipboard:”
        for view in (b"v", b"v", b"v", b"v", b"h", b"h"):
            app.press(view)
        for _ in range(16):
            app.press(b"\x1b[B")
        app.shows("Frames")
        app.press(b"/")
        app.shows("dir:in  op:ping,pong")  # what it understands: it has the focus
        app.press(b"markup [/x] [red]")
        app.shows("markup [/x] [red]")
        app.press(b"\r")
        app.shows("of ")
        app.press(b":")
        app.shows("tab Complete")
        app.press(b"send 0 [/x][red]\r")
        app.press(b"show 0\r")
        app.escape()
        app.press(b"q")
        assert app.ended() == 0
        check(app.output)


def test_hostile_close_and_refusal() -> None:
    """A hostile close reason, response header and subprotocol are inert, too."""
    with workbench("/hostile?rate=50", "/reject?status=403") as app:
        app.shows("HTTP 403")
        app.press(b"0")
        app.shows("PWNED")
        app.press(b":")
        app.shows("tab Complete")
        app.press(b"send 0 close\r")
        app.shows("4002 ␛]0;PWNED")
        app.escape()
        app.shows("○ 0")
        app.press(b"1")
        app.shows("HTTP 403 Forbidden: 127.0.0.1")
        app.press(b"\r\x1b[F")  # into the entry and to its end
        app.shows("You asked for it")
        app.press(b"q")
        assert app.ended() == 0
        check(app.output)


def test_copy_is_exact() -> None:
    """Copying hands the terminal the exact bytes of a hostile message, encoded."""
    exact = str(samples.HOSTILE[0]).encode()
    with workbench("/hostile?rate=0.05") as app:
        app.shows("2 ↓ text 33 B")  # what is copied is what the entry view shows
        app.press(b"y")
        app.shows("Copied")
        app.press(b"q")
        app.ended()
        check(app.output)
        copied = app.output.partition(b"\x1b]52;c;")[2].partition(b"\x07")[0]
        assert base64.b64decode(copied) == exact
