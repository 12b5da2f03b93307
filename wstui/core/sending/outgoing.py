"""What a connection still has to send, as facts for the screen; the net ring writes them."""

from __future__ import annotations

from dataclasses import dataclass

from wstui.core.units import count_text, size_text


@dataclass(slots=True)
class Outgoing:
    """What waits to be sent on one connection, and how far a plan came."""

    messages: int = 0
    """Messages and raw frames in the queue, of which nothing went out yet: they can be
    cancelled."""
    queued: int = 0
    """Bytes of payload in the queue, the rest of a begun message included."""
    unsent: int = 0
    """Bytes handed to the transport that the socket has not taken: they cannot be taken back."""
    is_planned: bool = False
    """Whether a plan is being carried out; what follows is about it."""
    job: int = 0
    """Number of the request that it is a part of, the same on all its connections."""
    done: int = 0
    """Messages of the plan that went out whole."""
    times: int | None = 1
    """How many there shall be; None: until it is stopped."""
    fragment: int = 0
    """Fragments of the begun message that went out; 0: none is begun."""
    fragments: int = 0
    """How many the begun message has."""

    @property
    def waiting(self) -> int:
        """Bytes that the socket has not taken."""
        return self.queued + self.unsent

    @property
    def can_cancel(self) -> bool:
        """Whether there is something to stop or to take back."""
        return self.is_planned or self.messages > 0 or self.fragment > 0

    def progress_words(self) -> str:
        """How far the plan came, such as ``sent 120 of 1,000``; empty without one."""
        begun = f"fragment {self.fragment} of {count_text(self.fragments)}" if self.fragment else ""
        if not self.is_planned or self.times == 1:
            return begun
        words = f"sent {count_text(self.done)}"
        if self.times is not None:
            words += f" of {count_text(self.times)}"
        return f"{words}, {begun}" if begun else words

    def waiting_words(self) -> str:
        """What waits, such as ``1.2 MiB waiting``; empty when nothing does."""
        return f"{size_text(self.waiting)} waiting" if self.waiting else ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was cancelled on a connection."""

    messages: int = 0
    """Messages and raw frames taken out of the queue."""
    bytes: int = 0
    """Their payload."""
    done: int | None = None
    """Messages of the plan that had gone out when it was stopped; None: there was no plan."""
    times: int | None = 1
    """How many there should have been; None: until it is stopped."""
    rest: bool = False
    """Whether the rest of a begun message goes out at once, in one fragment."""

    def __bool__(self) -> bool:
        return self.messages > 0 or self.done is not None or self.rest

    def __str__(self) -> str:
        """Such as ``stopped after 120 of 1,000; 3 queued messages (1.2 MiB) not sent``."""
        parts = []
        if self.done is not None:
            of = "" if self.times is None else f" of {count_text(self.times)}"
            parts.append(f"stopped after {count_text(self.done)}{of}")
        if self.messages:
            plural = "" if self.messages == 1 else "s"
            count = count_text(self.messages)
            parts.append(f"{count} queued message{plural} ({size_text(self.bytes)}) not sent")
        if self.rest:
            parts.append("the rest of the begun message goes out now")
        return "; ".join(parts) or "nothing was waiting"
