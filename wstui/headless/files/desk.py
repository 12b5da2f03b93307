"""What all files that are received have in common, whichever connection they come by."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Final

from wstui.command_line.receive import Receive
from wstui.core.file_transfer.messages import Done, Offer, Reason, Refuse
from wstui.core.ndjson import line
from wstui.core.printable import printable
from wstui.core.units import exact_size_text
from wstui.headless.files.show import Show, Shown
from wstui.headless.stage import Stage
from wstui.headless.terminal import is_terminal

KEPT: Final = 1024
"""Transfers whose end is remembered, for those who offer them again."""

MOST_WORDS: Final = 100
"""Refusals and failures that are told; a flood of them is not."""


class Desk:
    """Counts, limits and tells what comes."""

    def __init__(self, stage: Stage, asked: Receive) -> None:
        self.stage = stage
        self.asked = asked
        self.folder = Path(asked.folder)
        self.id = token_hex(8)
        """What this receiver calls itself."""
        self.show = Show(quiet=asked.manner.quiet)
        self.over = asyncio.Event()
        """Set when as many files have come as were wanted."""
        self.bad = 0
        """Files that did not come whole."""
        self.answers: OrderedDict[str, Done | Refuse] = OrderedDict()
        """What became of transfers that ended, as it is told to those who offer them again."""
        self._count = 0
        self._taken = 0
        self._words = 0

    def too_large(self, size: int, more: int) -> str | None:
        """Why a file of `size` bytes, of which `more` are still to come, is not taken; None when it
        is."""
        most, total = self.asked.max_file, self.asked.max_total
        if most is not None and size > most:
            return f"it has more than {exact_size_text(most)}"
        if total is not None and self._taken + more > total:
            return f"with it there would be more than {exact_size_text(total)} in all"
        return None

    def took(self, size: int) -> None:
        """So many bytes were written."""
        self._taken += size

    async def saved(self, shown: Shown, done: Done, from_peer: int) -> None:
        """A file is there, under the name that `done` has."""
        size, name = shown.at, done.name
        at_terminal = is_terminal(sys.stdout)
        self.show.end(shown, done=self.asked.manner.json or not at_terminal)
        output = self.stage.output
        if self.asked.manner.json:
            event = line(
                "file",
                time(),
                id=from_peer,
                dir="in",
                name=shown.name,
                path=str(self.folder / name),
                size=size,
                ok=True,
                sha256=done.sha256,
                resumed=shown.from_before or None,
            )
            await output.write(event)
        elif not at_terminal:
            await output.write(f"{done.sha256}  {size}  {name}\n".encode())
        else:
            more = "" if name == shown.name else f"  kept as {printable(name)}\n"
            words = f"{shown.summary}\n{more}  sha256 {done.sha256}\n"
            await output.write(words.encode())

    async def failed(self, offer: Offer, size: int, text: str, from_peer: int) -> None:
        """A file did not come whole, and may when it is sent again."""
        self.bad += 1
        await self._complain(offer, size, text, from_peer)

    async def refused(self, offer: Offer, answer: Refuse, size: int, from_peer: int) -> None:
        """A file is not taken. Where that is for now only, whoever sends it asks again."""
        if answer.reason is not Reason.BUSY:
            self.bad += 1
            await self._complain(offer, size, f"not taken: {answer.text}", from_peer)

    async def cancelled(self, offer: Offer, size: int, text: str, from_peer: int) -> None:
        """Its sender gave it up."""
        words = f"its sender gave it up: {text}" if text else "its sender gave it up"
        await self.failed(offer, size, words, from_peer)
        self.end(Refuse(offer.transfer, self.id, Reason.OTHER, "its sender gave it up"))

    async def _complain(self, offer: Offer, size: int, text: str, from_peer: int) -> None:
        self._words += 1
        if self._words <= MOST_WORDS:
            self.show.error(f"{offer.name[:200]}: {text}.")
        if self._words == MOST_WORDS:
            self.show.error("No more of that will be told.")
        if self.asked.manner.json:
            event = line(
                "file",
                time(),
                id=from_peer,
                dir="in",
                name=offer.name[:1000],
                size=size,
                ok=False,
                text=text,
            )
            await self.stage.output.write(event)

    def end(self, answer: Done | Refuse) -> None:
        """A file is done, or will not be; those who offer it again get this answer."""
        if isinstance(answer, Refuse) and answer.reason is Reason.BUSY:
            return
        self.answers[answer.transfer] = answer
        while len(self.answers) > KEPT:
            self.answers.popitem(last=False)
        self._count += 1
        if self.asked.count is not None and self._count >= self.asked.count:
            self.over.set()
