"""Lines that somebody types, or that a pipe gives, while others are shown.

With a terminal on both sides, the line being typed stays whole below what is shown, and can be
edited; this is `prompt_toolkit`'s work, which is loaded for that alone. Else lines are read and
written as they are.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from wstui.core.printable import printable
from wstui.headless.input import Input
from wstui.headless.output import encoded
from wstui.headless.stage import Stage
from wstui.headless.terminal import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output as Terminal

Piece = tuple[str, str]
"""A style, as `prompt_toolkit` writes it (``bold``, ``ansigreen``, empty for none), and a text."""

Line = str | Sequence[Piece]
"""A line that is shown, without its end. What of it a terminal would obey becomes visible."""


class Prompt(Protocol):
    """Asks for lines, and shows others."""

    @property
    def is_terminal(self) -> bool:
        """Whether somebody sits at a terminal and reads there what is shown."""

    async def ask(self, words: str = "") -> str | None:
        """The next line, without its end; None once there is none. Bytes that are not UTF-8 are
        lone surrogates in it (PEP 383). `words` stand before a line that is typed."""

    async def show(self, *lines: Line) -> None:
        """Show lines, above the one that is being typed; returns when there is room for more."""


@contextmanager
def prompt(
    stage: Stage,
    *,
    erase: bool = False,
    history: History | None = None,
    completer: Completer | None = None,
) -> Iterator[Prompt]:
    """Ask on standard input, show on standard output. Within the context, notices of others on
    standard error do not break the line being typed either.

    `erase`: a typed line disappears once it is entered. `history` and `completer` are for a
    terminal; None: the lines of this run, and no completion.
    """
    if not has_terminal():
        yield Piped(stage)
        return
    from prompt_toolkit.patch_stdout import StdoutProxy

    typed = Typed(stage, erase=erase, history=history, completer=completer)
    if not is_terminal(sys.stderr):
        yield typed
        return
    with StdoutProxy() as above, redirect_stderr(cast(TextIO, above)):
        yield typed


def has_terminal() -> bool:
    """Whether somebody types and reads at a terminal, and it can move its cursor."""
    is_dumb = os.environ.get("TERM") == "dumb"  # such as a shell within Emacs
    return is_terminal(sys.stdin) and is_terminal(sys.stdout) and not is_dumb


class Piped:
    """Lines of a pipe or a file, on one side or both."""

    is_terminal = False

    def __init__(self, stage: Stage, input: Input | None = None) -> None:
        """`input` None: standard input, from the first question on."""
        self._output = stage.output
        self._input = input
        self._batches: AsyncIterator[list[bytes]] | None = None
        self._ahead: deque[bytes] = deque()
        self._is_read = is_terminal(sys.stdout)

    async def ask(self, words: str = "") -> str | None:
        if self._batches is None:
            self._batches = (self._input or Input()).lines()
        while not self._ahead:
            try:
                batch = await anext(self._batches, None)
            except OSError:  # nothing more can be asked
                batch = None
            if batch is None:
                return None
            self._ahead.extend(batch)
        return self._ahead.popleft().removesuffix(b"\r").decode("utf-8", "surrogateescape")

    async def show(self, *lines: Line) -> None:
        plain = (
            line if isinstance(line, str) else "".join(text for _, text in line) for line in lines
        )
        texts = [printable(text) if self._is_read else text for text in plain]
        data = "".join(f"{text}\n" for text in texts)
        await self._output.write(encoded(data))


class Typed:
    """Lines that are typed at a terminal."""

    is_terminal = True

    def __init__(
        self,
        stage: Stage,
        *,
        erase: bool,
        history: History | None,
        completer: Completer | None,
    ) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.application import get_app_session

        self._stage = stage
        self._terminal = get_app_session().output
        # A terminal is asked for nothing: one that does not answer would slow down all.
        if hasattr(self._terminal, "enable_cpr"):
            self._terminal.enable_cpr = False
        self._session: PromptSession[str] = PromptSession(
            erase_when_done=erase,
            history=history,
            completer=completer,
            complete_while_typing=False,
            key_bindings=_bindings(),
            output=self._terminal,
        )

    async def ask(self, words: str = "") -> str | None:
        try:
            return await self._session.prompt_async(words, handle_sigint=False)
        except EOFError:
            return None
        except KeyboardInterrupt:  # a key, which the terminal gave us instead of a signal
            if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                signal.raise_signal(signal.SIGINT)
                await self._stage.ending.wait()
            return None

    async def show(self, *lines: Line) -> None:
        if lines:
            # Not by its `in_terminal`, which lets go of the keys for as long as it takes: where
            # much is shown nobody could type.
            app = self._session.app
            if app.is_running:
                app.renderer.erase()
            _print(self._terminal, lines)
            app.invalidate()
        await asyncio.sleep(0)  # who types has his turn


def _print(terminal: Terminal, lines: Sequence[Line]) -> None:
    # Not the function of that name which would itself wait for its turn beside a prompt.
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.renderer import print_formatted_text
    from prompt_toolkit.styles import default_ui_style

    pieces: list[Piece] = []
    for line in lines:
        for style, text in [("", line)] if isinstance(line, str) else line:
            pieces.append((style, printable(text)))
        pieces.append(("", "\n"))
    print_formatted_text(terminal, FormattedText(pieces), default_ui_style())


def _bindings() -> KeyBindings:
    """Ctrl+C forgets what was typed, as in a shell; where nothing was, it interrupts."""
    from prompt_toolkit.key_binding import KeyBindings

    bindings = KeyBindings()

    @bindings.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt)

    return bindings
