"""What answers the clients of a path by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wstui.core.ports import Refused
from wstui.core.serving.behaviour import BehaviourKind, Mount
from wstui.net.batch import send_batch

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.tap import Payload


class Behaviour(Protocol):
    """Answers the clients of one mount of a listener.

    All calls come from within the loop, `received` in the midst of a read: none may take long.
    """

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


class Echo:
    """Sends each message back as it came. Who does not read the answers is not read from."""

    def connected(self, client: Accepted) -> None:
        """Nothing to say."""

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        wire = client.wire
        if wire is None:
            return
        try:
            send_batch(wire, flags, payloads)
        except Refused as refused:
            client.note(f"not echoed: {refused}")
        wire.wait_for_reader()

    def ended(self, client: Accepted) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""


def make_behaviour(mount: Mount) -> Behaviour | None:
    """What answers the clients of `mount`; None where only the user does."""
    return Echo() if mount.kind is BehaviourKind.ECHO else None
