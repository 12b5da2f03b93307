"""Broadcast: each message goes to all other clients of the mount."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wstui.core.serving.behaviour import BACK, Mount
from wstui.net.serving.behaviour import Behaviour
from wstui.net.serving.behaviours.turns import Delivery, Turns, Work, parts

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload


class Broadcast(Behaviour):
    """Sends each message on as it came. All clients get all messages in the same order."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self._goes_back = mount.words == BACK
        self._clients: dict[Accepted, None] = {}
        self._turns = Turns(listening.governor.pump)
        self._deliver = Delivery("a broadcast")

    def connected(self, client: Accepted) -> None:
        self._clients[client] = None

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        self._turns.add(client, self._fan_out(client, flags, payloads))

    def ended(self, client: Accepted) -> None:
        self._clients.pop(client, None)
        self._deliver.forget(client)

    def stop(self) -> None:
        self._turns.stop()

    def _fan_out(
        self, sender: Accepted, kinds: bytes | bytearray, payloads: Sequence[Payload]
    ) -> Work:
        for part in parts(kinds, payloads):
            for client in list(self._clients):
                if client is not sender or self._goes_back:
                    self._deliver(client, *part)
                    yield
        if self._goes_back and sender.wire is not None:
            sender.wire.wait_for_reader()
