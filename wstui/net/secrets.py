"""Secrets in their places: variables of the environment, and what commands print.

Owns getting them, each time that a connection is opened, and the deadline of the commands. How
references are written is the matter of `core.secrets`. The commands were typed by the user, in a
form, a flag or a profile; nothing that came over the network ever gets here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from wstui.core.connection import Step
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import (
    CMD,
    Reference,
    ReferenceProblem,
    find_references,
    mask,
    missing_words,
    put_in,
)
from wstui.net.client_wire import Dialling
from wstui.net.failures import SecretError

COMMAND_TIME: Final = 30.0
"""Seconds that a command may take: somebody may have to touch a key, or to unlock a store."""

MOST_PRINTED: Final = 64 << 10
"""Bytes that a command may print; a secret is a line."""

MOST_TOLD: Final = 200
"""Characters told of what a command says about its failure."""

LAST_WORDS: Final = 0.2
"""Seconds from the end of a command until what it printed has come."""

KILL_TIME: Final = 1.0
"""Seconds that the system is given to end a command that was killed."""


async def resolve(life: Dialling, timeout: float = COMMAND_TIME) -> None:
    """Look up what the options of a connection refer to, for one opening of it.

    Raises:
        SecretError: something is missing, or a command failed within its `timeout` in seconds.
        OptionError: the values cannot stand where they are wanted.
    """
    connection = life.connection
    references = find_references(connection.options)
    values = await look_up(references, timeout, lambda: life.begin(Step.SECRETS))
    resolved = put_in(connection.options, values)
    connection.secrets = resolved.secrets
    # What was typed was valid; what came in its place need not be, and is not used then.
    for problem in resolved.options.problems() if references else []:
        if not isinstance(problem, ReferenceProblem):
            raise OptionError(problem.option, mask(str(problem), resolved.secrets))
    connection.resolved = resolved.options


async def look_up(
    references: Sequence[Reference],
    timeout: float = COMMAND_TIME,
    begin: Callable[[], object] = lambda: None,
) -> Mapping[Reference, str]:
    """What `references` stand for; `begin` is called before commands are run.

    Raises:
        SecretError: something is missing, or a command failed within its `timeout` in seconds.
    """
    missing = missing_words(references, os.environ)
    if missing:
        raise SecretError(missing)
    commands = [one for one in references if one.kind == CMD]
    values = {one: os.environ[one.name] for one in references if one.kind != CMD}
    if commands:
        begin()
        values.update(await run_commands(commands, timeout))
    return values


async def run_commands(commands: Sequence[Reference], timeout: float) -> Mapping[Reference, str]:
    """The first line that each of `commands` prints. They run at the same time.

    Raises:
        SecretError: some of them failed; all are told of.
    """
    try:
        async with asyncio.timeout(timeout):
            lines = await asyncio.gather(
                *(first_line(one.name) for one in commands), return_exceptions=True
            )
    except TimeoutError as error:
        words = f"The command for a secret did not end within {timeout:g} s."
        raise SecretError(words) from error
    failures = [line for line in lines if isinstance(line, BaseException)]
    others = [failure for failure in failures if not isinstance(failure, SecretError)]
    if others:
        raise others[0]
    if failures:
        raise SecretError(" ".join(map(str, failures)))
    return {one: str(line) for one, line in zip(commands, lines, strict=True)}


async def first_line(command: str) -> str:
    """The first line that `command` prints, without blanks around it.

    Raises:
        SecretError: it failed, or printed nothing that could be a secret.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, run = await loop.subprocess_shell(
            Run,
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_apart(),
        )
    except (OSError, ValueError, NotImplementedError) as error:
        raise SecretError(f"The command for a secret cannot be run: {error}.") from error
    try:
        await run.ended
    except BaseException:
        await _kill(transport, run)
        raise
    finally:
        transport.close()
    code = transport.get_returncode()
    if code:
        words = f"The command for a secret ended with exit code {code}"
        line = _line(run.told)
        raise SecretError(f"{words}: {line[:MOST_TOLD].rstrip('.')}." if line else f"{words}.")
    line = _line(run.printed)
    if not line:
        raise SecretError("The command for a secret printed nothing in its first line.")
    return line


class Run(asyncio.SubprocessProtocol):
    """What a command prints, until it ends."""

    def __init__(self) -> None:
        self.printed, self.told = bytearray(), bytearray()
        """What it wrote to its standard output, and to its standard error."""
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[None] = self._loop.create_future()
        """Done once its process has ended."""
        self.ended: asyncio.Future[None] = self._loop.create_future()
        """Done once all is there, too, or with the error that it printed too much."""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        into = self.printed if fd == 1 else self.told
        if len(into) + len(data) <= MOST_PRINTED:
            into += data
        elif not self.ended.done():
            words = f"The command for a secret printed more than {MOST_PRINTED >> 10} KiB."
            self.ended.set_exception(SecretError(words))

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)
        # What it left behind, an agent say, may keep its pipes open for ever.
        self._loop.call_later(LAST_WORDS, self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _apart() -> dict[str, Any]:
    """How a command is kept away from the terminal, which it would tear or wait for."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _line(data: bytearray) -> str:
    first = data.lstrip(b"\r\n").split(b"\n", 1)[0] if data else b""
    return first.decode("utf-8", "replace").strip()


async def _kill(transport: asyncio.SubprocessTransport, run: Run) -> None:
    """End a command and what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            transport.kill()
        elif not run.exited.done():  # else its number may be somebody else's by now
            os.killpg(transport.get_pid(), signal.SIGKILL)
    transport.close()
    await asyncio.wait({run.exited}, timeout=KILL_TIME)
