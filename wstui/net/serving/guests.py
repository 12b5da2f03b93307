"""Those who come to a listener and become no client, told in its transcript.

A flood of them is counted and told in one line a second, so that it fills no transcript.
"""

from __future__ import annotations

import asyncio
from time import time
from typing import Final

from wstui.core.entry import EventName, LocalEvent
from wstui.core.handshake.http_head import masked_head
from wstui.core.listener import Listener
from wstui.core.options.secrets import mask_all
from wstui.core.serving.request import Request
from wstui.core.units import count_text, size_text
from wstui.net.serving.answers import Answer

MOST: Final = 100
"""Events of a kind, within a second, that are told one by one."""

KEPT: Final = 4096
"""Characters of a request's head that are kept with its event."""

PREVIEW: Final = 64
"""Bytes that are kept of what was no request."""


class Guests:
    """Tells of them."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.secrets: frozenset[str] = frozenset()
        """What is masked in all that is told."""
        self._told = {EventName.NOTE: 0, EventName.ERROR: 0}  # within this second
        self._left_out = 0
        self._timer: asyncio.TimerHandle | None = None

    def requested(self, address: str, method: str, request: Request, answer: Answer) -> None:
        """An ordinary request is answered."""
        self._listener.tally.requests += 1
        size = 0 if method == "HEAD" else answer.size
        words = f"{method} {request.target}: {answer.status} {answer.phrase}".rstrip()
        if answer.why:
            words += f", {answer.why}"
        if size:
            words += f", {size_text(size)}"
        self._tell(
            EventName.NOTE,
            f"{words}, for {address}",
            guest="request",
            address=address,
            method=method,
            target=request.target,
            status=answer.status,
            bytes=size,
            request=masked_head(request.raw, KEPT),
        )

    def rejected(self, address: str, request: Request, status: int, why: str) -> None:
        """A handshake is rejected; `why` is without secrets."""
        self._listener.tally.rejected += 1
        words = f"rejected with {status}: {request.target} from {address}"  # narrow: status first
        self._tell(
            EventName.ERROR,
            f"{words}, {why}" if why else words,
            guest="rejected",
            address=address,
            target=request.target,
            status=status,
            request=masked_head(request.raw, KEPT),
        )

    def dropped(self, address: str, why: str, **detail: object) -> None:
        """Somebody is dropped for what came, or did not come."""
        self._listener.tally.dropped += 1
        facts = {"guest": "dropped", "address": address, **detail}
        self._tell(EventName.ERROR, f"dropped {address}: {why}", **facts)

    def troubled(self, address: str, why: str, kind: str, data: bytes, status: int | None) -> None:
        """Somebody is dropped for `data`, which is no request that could be answered as asked."""
        first = data[:PREVIEW]
        detail: dict[str, object] = {"kind": kind, "bytes": len(data), "first": first.hex(" ")}
        if status is not None:
            detail["status"] = status
            why = f"{why} ({status})"
        if first:
            why = f"{why}: {first[:16].hex(' ')}{' …' if len(data) > 16 else ''}"
        self.dropped(address, why, **detail)

    def left(self, address: str) -> None:
        """Somebody went without a word."""
        words = f"{address} left without a word"
        self._tell(EventName.NOTE, words, guest="left", address=address, kind="silence")

    def stop(self) -> None:
        """Tell what is left to tell."""
        if self._timer is not None:
            self._timer.cancel()
            self._sum_up()

    def _tell(self, name: EventName, words: str, **detail: object) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1.0, self._sum_up)
        self._told[name] += 1
        if self._told[name] > MOST:
            self._left_out += 1
        else:
            words, facts = mask_all((words, tuple(detail.items())), self.secrets)
            event = LocalEvent(name, words, dict(facts))
            self._listener.transcript.append_event(event, time())

    def _sum_up(self) -> None:
        self._timer = None
        left_out, self._left_out = self._left_out, 0
        self._told = dict.fromkeys(self._told, 0)
        if left_out:
            words = f"{count_text(left_out)} more within this second, not told one by one"
            event = LocalEvent(EventName.NOTE, words, {"count": left_out})
            self._listener.transcript.append_event(event, time())
