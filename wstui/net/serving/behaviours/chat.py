"""Chat: a room for all clients of the mount. What is told to whom is the room's matter."""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING, Final

from wstui.core.entry import KIND_MASK, Kind
from wstui.core.serving.behaviour import Mount
from wstui.core.serving.chat import Post, Room, read_wishes
from wstui.net.serving.behaviour import Behaviour
from wstui.net.serving.behaviours.turns import Delivery, Turns, Work

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload

_TEXT: Final = bytes((Kind.TEXT,))


class Chat(Behaviour):
    """Lets clients talk. All of them are told everything in the same order."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self._room = Room()
        self._clients: dict[int, Accepted] = {}
        self._turns = Turns(listening.governor.pump)
        self._deliver = Delivery("the chat")

    def connected(self, client: Accepted) -> None:
        self._turns.add(client, self._join(client))

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        self._turns.add(client, self._hear(client, flags, payloads))

    def ended(self, client: Accepted) -> None:
        self._turns.add(client, self._leave(client))

    def stop(self) -> None:
        self._turns.stop()

    def _join(self, client: Accepted) -> Work:
        id = client.connection.id
        handshake = client.connection.handshake
        wishes = read_wishes(client.request.target, handshake.subprotocol)
        posts = self._room.join(id, wishes, time())
        self._clients[id] = client
        yield from self._tell(posts)

    def _hear(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> Work:
        id = client.connection.id
        for flag, payload in zip(flags, payloads, strict=True):
            is_text = flag & KIND_MASK == Kind.TEXT
            posts = self._room.heard(id, bytes(payload) if is_text else None, time())
            yield from self._tell(posts)
        if client.wire is not None:
            client.wire.wait_for_reader()

    def _leave(self, client: Accepted) -> Work:
        id = client.connection.id
        self._clients.pop(id, None)
        self._deliver.forget(client)
        yield from self._tell(self._room.leave(id, time()))

    def _tell(self, posts: list[Post]) -> Work:
        for post in posts:
            texts = post.text.encode(), post.json.encode()
            ids = list(self._clients) if post.to is None else [post.to]
            for id in ids:
                client = self._clients.get(id)
                if client is not None:
                    self._deliver(client, _TEXT, (texts[self._room.speaks_json(id)],))
                yield
