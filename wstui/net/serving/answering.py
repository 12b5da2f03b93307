"""What answers the clients of one listener by itself: its behaviours, by path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wstui.core.serving.behaviour import find_mount, parse_mount
from wstui.net.serving.behaviour import Behaviour, make_behaviour

if TYPE_CHECKING:
    from wstui.net.serving.listening import Listening


class Answering:
    """The behaviours of `listening`, one for all clients of a mount."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._mounts = [parse_mount(line) for line in listening.listener.options.behaviours]
        self._behaviours: list[Behaviour | None] | None = None

    async def prepare(self) -> None:
        """Make them, if that was not done, and have them read what they need."""
        if self._behaviours is not None:
            return
        made = [make_behaviour(mount, self._listening) for mount in self._mounts]
        self._behaviours = made
        try:
            for behaviour in made:
                if behaviour is not None:
                    await behaviour.prepare()
        except BaseException:
            self.stop()
            self._behaviours = None  # so that they are prepared when it is tried again
            raise

    def find(self, path: str) -> Behaviour | None:
        """What answers those who asked for `path`; None where only the user does."""
        mount = find_mount(self._mounts, path)
        if self._behaviours is None or mount not in self._mounts:
            return None
        return self._behaviours[self._mounts.index(mount)]

    def stop(self) -> None:
        """Let nothing go on."""
        for behaviour in self._behaviours or ():
            if behaviour is not None:
                behaviour.stop()
