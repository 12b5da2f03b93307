"""What goes out of an outbox: messages, begun ones, and plans that make messages one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from uuid import uuid4

from wstui.core.entry import Kind
from wstui.core.sending.plan import Pace, SendPlan, Template


@dataclass(slots=True)
class Parcel:
    """A message, and into how many bytes each it is cut; no sizes: it goes in one frame."""

    kind: Kind
    payload: bytes
    sizes: list[int] = field(default_factory=list)
    pause: float = 0.0
    """Seconds between two fragments."""


@dataclass(slots=True)
class Begun:
    """A message of which fragments went out."""

    parcel: Parcel
    is_planned: bool
    at: int = 0
    """Bytes that went out."""
    index: int = 0
    """Fragments that went out."""
    due: float = 0.0
    """When the next one may go, by the loop's clock."""


class Repeat:
    """A plan that is being carried out on one connection."""

    def __init__(self, plan: SendPlan, now: float) -> None:
        self.plan = plan
        self.template = Template(plan.payload, plan.kind)
        self.pace = Pace(plan.every, plan.rate, now)
        self.begun = now
        self.made = 0
        """Messages made, of which the last may not have gone out whole."""

    @property
    def is_done(self) -> bool:
        return self.plan.times is not None and self.made >= self.plan.times

    def make(self, number: int) -> bytes:
        """The message of this number, from 1 on."""
        return self.filled(number) if self.plan.repeats else self.plan.payload

    def filled(self, number: int) -> bytes:
        """The message with its places filled in."""
        return self.template.fill(number, time(), lambda: str(uuid4()))

    def finished(self) -> None:
        """All messages were handed to the transport."""

    def next(self, now: float) -> Parcel:
        """The next message; `now` by the loop's clock."""
        plan = self.plan
        self.made += 1
        payload = self.make(self.made)
        self.pace.sent(now, len(payload))
        sizes = plan.sizes.cut(len(payload)) if plan.sizes is not None else []
        return Parcel(plan.kind, payload, sizes if len(sizes) > 1 else [], plan.pause)
