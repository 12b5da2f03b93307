"""What a connection still has to send: messages in order, fragments, raw frames and plans.

Frames handed to the transport cannot be taken back, so they wait here until it wants more: what
waits can be counted and cancelled. Control frames do not wait; they may go between messages and
between fragments (RFC 6455 section 5.4).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import InvalidState, ProtocolError
from websockets.protocol import Side
from websockets.protocol import State as WireState

from wstui.core.entry import EventName, Kind
from wstui.core.ports import Refused
from wstui.core.sending.outgoing import Cancelled, Outgoing
from wstui.core.sending.plan import SendPlan
from wstui.core.sending.raw_frame import RawFrame
from wstui.core.units import count_text, rtt_text, size_text
from wstui.net.pump import Pump
from wstui.net.repeat import Begun, Parcel, Repeat

if TYPE_CHECKING:
    from wstui.net.wire import Wire

MAX_QUEUED: Final = 64 << 20
"""Bytes that may wait for a peer that does not read; over it sending is refused."""

LITTLE: Final = 1 << 20
"""Bytes that say nothing of a peer when they wait."""

STEP_FRAMES: Final = 16
"""Frames handed to the transport in one step, with one write."""

STEP_BYTES: Final = 64 << 10
"""Bytes after which a step ends."""

LOOK: Final = 0.1
"""Seconds between two looks at how much the socket has not taken."""


class Outbox:
    """Hands the frames of one connection to its transport, no faster than it takes them."""

    def __init__(self, wire: Wire, outgoing: Outgoing, pump: Pump) -> None:
        self._wire = wire
        self._facts = outgoing
        self._pump = pump
        self._queue: deque[Parcel | RawFrame] = deque()
        self._begun: Begun | None = None
        self._repeat: Repeat | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._is_used = False
        self.most = MAX_QUEUED
        """Bytes that may wait for a peer that does not read; over it sending is refused."""
        self.alone = 0
        """Bytes that were let go at once, while next to nothing waited. Where there is an
        `overrun`, they may be more than all that may wait, and do not count."""
        self._waiters: list[asyncio.Future[None]] = []
        self.overrun: Callable[[int], object] | None = None
        """Called with the bytes that wait when a message is refused for them; None: nothing is."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits in it, so that what goes past it overtakes nothing."""
        return not (self._queue or self._begun or self._repeat or self._is_over)

    # What is asked of it

    def put(self, kind: Kind, payload: bytes) -> None:
        """Send a message after those that wait; at once if none do.

        Raises:
            Refused: too much waits, or the connection is ending.
        """
        self._take_in(Parcel(kind, payload), len(payload))

    async def room(self) -> None:
        """Wait until little waits in it; not at all where nothing more may be sent."""
        if self._facts.queued > LITTLE and not self._is_over:
            waiter = self._wire.loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def put_raw(self, frame: RawFrame) -> None:
        """Send a frame as it is, in its turn; one of a control frame's opcode does not wait.

        Raises:
            Refused: as for `put`.
        """
        if frame.is_control:
            self._now(frame)
        else:
            self._take_in(frame, len(frame.payload))

    def carry_out(self, plan: SendPlan, job: int) -> None:
        """Begin to send as `plan` says, behind what waits; `job` numbers the request.

        Raises:
            Refused: another plan is being carried out.
        """
        self.begin(Repeat(plan, self._wire.loop.time()), job)

    def begin(self, repeat: Repeat, job: int) -> None:
        """Begin to send what `repeat` makes; as `carry_out`.

        Raises:
            Refused: as for `carry_out`.
        """
        facts, plan = self._facts, repeat.plan
        if self._repeat is not None:
            raise Refused("It is still sending something else: stop that first.")
        self._check_room(0 if plan.repeats else len(plan.payload))
        self._is_used = True
        self._repeat = repeat
        facts.is_planned, facts.job, facts.done, facts.times = True, job, 0, plan.times
        self._pump.wake(self)

    def cancel(self) -> Cancelled:
        """Stop the plan and forget what waits. The rest of a begun message goes out at once, in
        one fragment: nothing else may be sent before it is whole (RFC 6455 section 5.4)."""
        begun = self._begun
        cancelled = self._clear()
        if begun is not None:  # it counts as sent
            parcel = begun.parcel
            parcel.sizes[begun.index :] = [len(parcel.payload) - begun.at]
            parcel.pause = begun.due = 0.0
            self._set_begun(begun)
            self._facts.queued = parcel.sizes[-1]
            self._pump.wake(self)
            cancelled = replace(cancelled, rest=True)
        if cancelled:
            self._note(str(cancelled))
        return cancelled

    def end(self) -> None:
        """Nothing more may be sent: the closing handshake has begun, or TCP ended."""
        self._make_room()
        if self._is_used:  # else the facts may already be those of another attempt
            self.look()
        if self._is_over or not self._is_used:
            self._is_over = True
            return
        self._is_over = True
        if self._begun is not None and self._begun.is_planned and self._repeat is not None:
            self._repeat.made -= 1  # the rest of it will not go out
        if self._timer is not None:
            self._timer.cancel()
        cancelled = self._clear()
        if cancelled:
            self._note(f"{cancelled}: the connection is closing")

    def part(self) -> None:
        """TCP has ended, and nothing is asked of it any more: let go of the wire."""
        self._is_over = True
        self._make_room()
        for timer in (self._timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        del self._wire

    def resume(self) -> None:
        """The transport wants more."""
        self.look()
        self._pump.wake(self)

    # How it goes out

    def step(self) -> bool:
        if self._is_over:
            return False
        wire = self._wire
        if wire.paused or not self._is_writable():
            return False
        left, more = STEP_BYTES, True
        try:
            for _ in range(STEP_FRAMES):
                size = self._next(wire.loop.time())
                if size is None:
                    more = False
                    break
                left -= size
                if left <= 0:
                    break
        except (InvalidState, ProtocolError):
            more = False  # it is ending, and `end` will be called
        self._flush()
        return more and not wire.paused

    def _next(self, now: float) -> int | None:
        """Give the library the next frame; its size, or None: nothing may go now."""
        if self._begun is not None:
            wait = self._begun.due - now
            if wait > 0:
                self._wake_in(wait)
                return None
            return self._fragment(self._begun, now)
        if self._queue:
            item = self._queue.popleft()
            size = len(item.payload)
            self._facts.messages -= 1
            self._facts.queued -= size
            if self._waiters and self._facts.queued <= LITTLE:
                self._make_room()
            return self._hand(item, now, is_planned=False)
        repeat = self._repeat
        if repeat is None:
            return None
        if repeat.is_done:
            self._finish(repeat, now)
            return None
        wait = repeat.pace.wait(now)
        if wait > 0:
            self._wake_in(wait)
            return None
        return self._hand(repeat.next(now), now, is_planned=True)

    def _hand(self, item: Parcel | RawFrame, now: float, *, is_planned: bool) -> int:
        """Give the library a message or a raw frame; bytes of payload that went."""
        protocol = self._wire.protocol
        if isinstance(item, RawFrame):
            client = protocol.side is Side.CLIENT
            protocol.send_raw(item, item.encode(token_bytes(4), client=client))
        elif item.sizes:
            begun = Begun(item, is_planned)
            self._facts.queued += len(item.payload)
            self._set_begun(begun)
            return self._fragment(begun, now)
        elif item.kind is Kind.TEXT:
            protocol.send_text(item.payload)
        else:
            protocol.send_binary(item.payload)
        if is_planned:
            self._facts.done += 1
        return len(item.payload)

    def _fragment(self, begun: Begun, now: float) -> int:
        """Give the library the next fragment; its bytes."""
        parcel, protocol = begun.parcel, self._wire.protocol
        size = parcel.sizes[begun.index]
        piece = parcel.payload[begun.at : begun.at + size]
        fin = begun.index == len(parcel.sizes) - 1
        if begun.index:
            protocol.send_continuation(piece, fin)
        elif parcel.kind is Kind.TEXT:
            protocol.send_text(piece, fin)
        else:
            protocol.send_binary(piece, fin)
        begun.index += 1
        begun.at += size
        begun.due = now + parcel.pause
        self._facts.queued -= size
        self._set_begun(None if fin else begun)
        if fin and begun.is_planned:
            self._facts.done += 1
        return size

    def _set_begun(self, begun: Begun | None) -> None:
        self._begun = begun
        self._facts.fragment = begun.index if begun is not None else 0
        self._facts.fragments = len(begun.parcel.sizes) if begun is not None else 0

    def _finish(self, repeat: Repeat, now: float) -> None:
        """The plan is carried out."""
        self._stop()
        if repeat.plan.repeats:
            took = rtt_text(now - repeat.begun)
            self._note(f"sent {count_text(repeat.made)} messages in {took}")
        repeat.finished()

    def _stop(self) -> None:
        self._repeat = None
        self._facts.is_planned = False

    def _flush(self) -> None:
        """Write what the library made of it, all at once: each write costs a system call."""
        writes = self._wire.protocol.data_to_send()
        if writes:
            self._wire.transport.write(b"".join(writes))
            self.look()

    # What waits

    def _take_in(self, item: Parcel | RawFrame, size: int) -> None:
        try:
            self._check_room(size)
        except Refused:
            if self.overrun is not None:
                self.overrun(self._waiting())
            raise
        if self._begun is None and not self._queue and not self._wire.paused:
            self._now(item)
            return
        if not self._is_writable():
            raise Refused("The connection is ending.")
        self._is_used = True
        self._queue.append(item)
        self._facts.messages += 1
        self._facts.queued += size
        self._pump.wake(self)

    def _now(self, item: Parcel | RawFrame) -> None:
        self._is_used = True
        if self._is_over or not self._is_writable():
            raise Refused("The connection is ending.")
        try:
            self._hand(item, 0.0, is_planned=False)
        except (InvalidState, ProtocolError) as error:
            # TCP ended a moment ago, and the news is still on its way.
            raise Refused(f"{error}.") from error
        self._flush()

    def _check_room(self, size: int) -> None:
        waiting = self._waiting()
        if waiting < LITTLE:
            self.alone = size
        elif waiting + size > self.most + (0 if self.overrun is None else self.alone):
            words = f"{size_text(waiting)} are waiting for a peer that does not read them."
            raise Refused(f"{words} Cancel them, or wait.")

    def _waiting(self) -> int:
        return self._facts.queued + unsent(self._wire.transport)

    def _is_writable(self) -> bool:
        wire = self._wire
        return wire.protocol.state is WireState.OPEN and not wire.transport.is_closing()

    def _clear(self) -> Cancelled:
        """Forget everything; what it was."""
        facts, repeat = self._facts, self._repeat
        size = sum(len(item.payload) for item in self._queue)
        done = None
        if repeat is not None and not repeat.is_done:
            done = repeat.made
        cancelled = Cancelled(len(self._queue), size, done, facts.times)
        self._queue.clear()
        self._stop()
        self._set_begun(None)
        facts.messages = facts.queued = 0
        self._make_room()
        return cancelled

    def _make_room(self) -> None:
        """Tell those who wait for it."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def _wake_in(self, seconds: float) -> None:
        """Take the next step after so many seconds, or earlier."""
        loop = self._wire.loop
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        self._pump.wake(self)

    def look(self) -> None:
        """Note what the socket has not taken, and look again as long as there is something."""
        transport = self._wire.transport
        self._facts.unsent = 0 if transport.is_closing() else unsent(transport)
        if self._facts.unsent and self._look_timer is None:
            self._look_timer = self._wire.loop.call_later(LOOK, self._look_again)

    def _look_again(self) -> None:
        self._look_timer = None
        self.look()

    def _note(self, words: str) -> None:
        self._wire.protocol.recorder.event(EventName.NOTE, words)


def unsent(transport: asyncio.Transport | None) -> int:
    """Bytes handed to a transport that the socket has not taken.

    TLS keeps its own; what it made of them waits in the transport below, which asyncio does not
    tell of.
    """
    found, below = 0, transport
    while below is not None:
        found += below.get_write_buffer_size()
        protocol: Any = getattr(below, "_ssl_protocol", None)
        below = getattr(protocol, "_transport", None)
    return found
