"""Sink: what comes is taken, and nothing is said until a client is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wstui.core.entry import EventName
from wstui.core.serving.behaviour import Mount
from wstui.core.serving.sink import took_sentence
from wstui.net.serving.behaviour import Behaviour

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening


class Sink(Behaviour):
    """Says in the listener's transcript how much came from a client, once that has ended."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self._listening = listening

    def ended(self, client: Accepted) -> None:
        words = took_sentence(client.connection)
        self._listening.say(EventName.NOTE, words, connection=client.connection.id)
