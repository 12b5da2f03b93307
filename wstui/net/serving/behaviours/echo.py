"""Echo: each message goes back as it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wstui.core.ports import Refused
from wstui.core.serving.behaviour import Mount
from wstui.net.batch import send_batch
from wstui.net.serving.behaviour import Behaviour

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload


class Echo(Behaviour):
    """Sends each message back as it came. Who does not read the answers is not read from."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        """Nothing is to be said about it."""

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
