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

MOST_POSTS: Final = 64
"""Posts that are sent together when much is said at once: one write for each client."""


class Chat(Behaviour):
    """Lets clients talk. All of them are told everything in the same order."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self._room = Room()
        self._clients: dict[int, tuple[Accepted, int]] = {}
        """By id, with the number of the first post that each may be told."""
        self._posts: list[tuple[int | None, tuple[bytes, bytes]]] = []  # to whom; text and JSON
        self._told = 0  # posts before these
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
        self._clients[id] = (client, self._told + len(self._posts))
        yield from self._post(self._room.join(id, wishes, time()))
        yield from self._tell_before_a_pause()

    def _hear(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> Work:
        id = client.connection.id
        for flag, payload in zip(flags, payloads, strict=True):
            is_text = flag & KIND_MASK == Kind.TEXT
            message = bytes(payload) if is_text else None
            yield from self._post(self._room.heard(id, message, time()))
        yield from self._tell_before_a_pause()
        if client.wire is not None:
            client.wire.wait_for_reader()

    def _leave(self, client: Accepted) -> Work:
        id = client.connection.id
        self._clients.pop(id, None)
        self._deliver.forget(client)
        yield from self._post(self._room.leave(id, time()))
        yield from self._tell_before_a_pause()

    def _post(self, posts: list[Post]) -> Work:
        for post in posts:
            self._posts.append((post.to, (post.text.encode(), post.json.encode())))
        if len(self._posts) >= MOST_POSTS:
            yield from self._tell()
        yield

    def _tell_before_a_pause(self) -> Work:
        """Tell what is to be told, unless more of it comes right behind."""
        if not self._turns.has_more:
            yield from self._tell()

    def _tell(self) -> Work:
        """Tell each client all posts that are for it and came since it did."""
        posts, first = self._posts, self._told
        self._posts, self._told = [], first + len(posts)
        for id in list(self._clients):
            if id not in self._clients:  # it left meanwhile
                continue
            client, since = self._clients[id]
            form = int(self._room.speaks_json(id))
            came = posts[max(since - first, 0) :]
            payloads = [forms[form] for to, forms in came if to is None or to == id]
            if payloads:
                self._deliver(client, bytes((Kind.TEXT,)) * len(payloads), payloads)
                yield
