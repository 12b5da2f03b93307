"""One call of a hook: watched while it computes, cancelled when it must end, or made to end."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final

from wstui.net.serving.handling.printing import PRINTER, Printer, route
from wstui.net.serving.handling.watch import HeldUp, Watch

STUBBORN: Final = 1.0
"""Seconds that a cancelled hook has to clean up."""

Held = Callable[[float, int | None], None]
"""Is told that a step took so many seconds, in this line."""

_left_behind: Final[list[object]] = []
"""Coroutines that refuse to end. To let go of one would let it complain on standard error."""


class Call:
    """Runs `work` within the task that awaits `run`."""

    def __init__(
        self, work: Coroutine[Any, Any, object], watch: Watch, printer: Printer, held: Held
    ) -> None:
        self._work = work
        self._watch = watch
        self._printer = printer
        self._held = held
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.is_cancelled = False
        """Whether `cancel` was called."""
        self._is_forced = False

    async def run(self) -> object:
        """What it returns. Whatever it raises is raised, `CancelledError` too."""
        self._task = asyncio.current_task()
        route()
        token = PRINTER.set(self._printer)
        try:
            if self.is_cancelled:
                self._work.close()
                raise asyncio.CancelledError
            return await _Steps(self)
        finally:
            PRINTER.reset(token)
            self._printer.flush()
            if self._timer is not None:
                self._timer.cancel()
            if self.is_cancelled and self._task is not None:
                while self._task.uncancel():
                    pass
            self._task = None

    def cancel(self) -> None:
        """Have it end: by `CancelledError`, and when it goes on all the same, without asking."""
        if self.is_cancelled:
            return
        self.is_cancelled = True
        if self._task is not None:
            self._task.cancel()
            self._timer = asyncio.get_running_loop().call_later(STUBBORN, self._force)

    def _force(self) -> None:
        self._is_forced = True
        if self._task is not None:
            self._task.cancel()

    def steps(self) -> Generator[Any, Any, object]:
        """Drive the work step by step, as ``yield from`` does."""
        value: Any = None
        error: BaseException | None = None
        while True:
            if error is not None and self._is_forced:
                self._abandon()
                raise asyncio.CancelledError
            try:
                waits_for = self._step(value, error)
            except StopIteration as done:
                return done.value
            value = error = None
            try:
                value = yield waits_for
            except GeneratorExit:
                self._abandon()
                raise
            except BaseException as thrown:
                error = thrown

    def _step(self, value: Any, error: BaseException | None) -> Any:
        watch = self._watch
        watch.enter()
        try:
            return self._work.send(value) if error is None else self._work.throw(error)
        finally:
            try:
                long = watch.leave()
            except HeldUp:  # it came just after the end of the step
                long = watch.leave()
            if long is not None:
                self._held(*long)

    def _abandon(self) -> None:
        chain: list[object] = []
        below: object = self._work
        while below is not None:  # what awaits what, down to what refuses
            chain.append(below)
            below = getattr(below, "cr_await", None)
        try:
            self._work.close()
        except BaseException:
            _left_behind.extend(chain)


class _Steps:
    """To await a generator."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __await__(self) -> Generator[Any, Any, object]:
        return self._call.steps()


async def invoke(hook: Callable[..., object], *arguments: object) -> object:
    """Call a hook, with ``async def`` or without."""
    result = hook(*arguments)
    if inspect.isawaitable(result):
        return await result
    return result
