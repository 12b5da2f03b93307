"""What answers the clients of a path by itself.

`Behaviour` is what all have in common; each has a module in `behaviours`, and is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from wstui.core.serving.behaviour import BehaviourKind, Mount
from wstui.core.serving.request import Accept, Reject, Request

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload


class Unprepared(Exception):
    """What a behaviour needs cannot be had; `str()` is a sentence why."""


class Behaviour:
    """Answers the clients of one mount of a listener; nothing, unless it is said otherwise.

    All calls come from within the loop, `received` in the midst of a read: none may take long.
    What one raises is told in the client's transcript and harms nobody else.
    """

    async def prepare(self) -> None:
        """Read what it needs, once, before anybody comes.

        Raises:
            Unprepared: that cannot be had; nobody is to come.
        """

    @property
    def validates(self) -> bool:
        """Whether it has a say in which handshakes are accepted."""
        return False

    async def validate(self, request: Request) -> Accept | Reject:
        """What it says; the handshake waits meanwhile."""
        return Accept()

    def connected(self, client: Accepted) -> None:
        """The handshake of a client is done."""

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        """Messages came from a client; the low four bits of each flag are its kind."""

    def ended(self, client: Accepted) -> None:
        """TCP with a client has ended."""

    def stop(self) -> None:
        """The listener has ended: nothing is to go on."""


Make = Callable[[Mount, "Listening"], Behaviour]

_MAKERS: Final[dict[BehaviourKind, tuple[str, str]]] = {
    BehaviourKind.ECHO: ("echo", "Echo"),
    BehaviourKind.BROADCAST: ("broadcast", "Broadcast"),
    BehaviourKind.CHAT: ("chat", "Chat"),
    BehaviourKind.PUSH: ("push", "Push"),
    BehaviourKind.REPLIES: ("replies", "Replies"),
    BehaviourKind.SINK: ("sink", "Sink"),
    BehaviourKind.HANDLER: ("handler", "Handler"),
}
"""Module and class of each kind that does anything; they are imported when they are wanted."""


def make_behaviour(mount: Mount, listening: Listening) -> Behaviour | None:
    """What answers the clients of `mount`; None where only the user does."""
    if mount.kind not in _MAKERS:
        return None
    module, name = _MAKERS[mount.kind]
    make: Make = getattr(import_module(f"wstui.net.serving.behaviours.{module}"), name)
    return make(mount, listening)
