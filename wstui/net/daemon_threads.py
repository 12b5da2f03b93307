"""Threads for what blocks, which hold up nobody's end.

A name look-up or a clipboard program may hang for minutes, and cannot be interrupted. asyncio waits
for its threads before the loop ends, and Python again before the process does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own; `shutdown` waits for none of them.

    It is a `ThreadPoolExecutor` because a loop takes nothing else for its default executor.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # belongs to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, name="wstui: a call that blocks", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nothing."""
