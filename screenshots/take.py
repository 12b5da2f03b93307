"""Makes the pictures of the README from the real app, over fixed conversations.

    python -m screenshots.take [NAME ...]

Each scene is the app itself, driven by its own keys; only the network is played. Run it again
after every change of the screen, and look at what comes out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from screenshots.scenes import FEED, SAVED, busy, furnished, lose
from screenshots.serving import knock, listening
from tests.ui_support import FakePool, FakeProfiles
from wstui.app import WstuiApp
from wstui.screens.statistics import StatisticsScreen
from wstui.screens.workbench import Workbench

FOLDER = Path(__file__).parent

Scene = Callable[[Pilot[None], FakePool], Awaitable[None]]


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, one after the other, each dealt with before the next."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def workbench(pilot: Pilot[None]) -> Workbench:
    """The screen beneath everything."""
    bench = pilot.app.screen
    assert isinstance(bench, Workbench)
    return bench


async def live(pilot: Pilot[None], pool: FakePool) -> None:
    """A live feed, followed, with the newest message as JSON."""
    await press(pilot, str(FEED))


async def up_to(pilot: Pilot[None], rows: int) -> None:
    """Select the entry so many rows above the newest."""
    await press(pilot, str(FEED), *["up"] * rows)


async def hexadecimal(pilot: Pilot[None], pool: FakePool) -> None:
    """A binary message as hex, with the numbers at the cursor."""
    await up_to(pilot, 5)


async def json(pilot: Pilot[None], pool: FakePool) -> None:
    """A JSON message, indented, and a filter with its matches."""
    await press(pilot, str(FEED), "slash", *"dir:in snapshot")
    await press(pilot, "enter", "up")


async def connect(pilot: Pilot[None], pool: FakePool) -> None:
    """The connect form with a header and subprotocols."""
    await press(pilot, str(FEED), "o", "ctrl+u", *"feed.example/ticks", "tab")
    await press(pilot, "f2", *"chat.v2, chat.v1", "tab", *"X-Trace: on")


async def close(pilot: Pilot[None], pool: FakePool) -> None:
    """The close form with a code of one's own and a reason."""
    await press(pilot, str(FEED), "x", *"4001", "tab", *"bye")


async def failed(pilot: Pilot[None], pool: FakePool) -> None:
    """A connection that could not be opened, explained."""
    await press(pilot, "4")


async def handshake(pilot: Pilot[None], pool: FakePool) -> None:
    """The opening handshake, step by step and byte by byte."""
    await press(pilot, str(FEED), "H")


async def statistics(pilot: Pilot[None], pool: FakePool) -> None:
    """Rates, sizes, gaps and round trips."""
    await press(pilot, str(busy(pool).id), "S")
    screen = pilot.app.screen
    assert isinstance(screen, StatisticsScreen)
    screen.show()
    await pilot.pause()


async def reconnect(pilot: Pilot[None], pool: FakePool) -> None:
    """A connection that is waited for, after a gap that it came back from."""
    await press(pilot, str(FEED))
    lose(pool)
    await pilot.pause()


async def more(pilot: Pilot[None], pool: FakePool) -> None:
    """Sending more: a message repeated with a counter and a rate."""
    await press(pilot, str(FEED), "s", *'{"seq":{n}}', "ctrl+o")
    await press(pilot, *"1000", "tab", *"50 ms")


async def listen(pilot: Pilot[None], pool: FakePool) -> None:
    """A listener with its clients, and what happened to it."""
    for connection in list(pool.connections):
        if connection != FEED:  # of our own only the feed stays
            pool.remove(connection)
    bench = workbench(pilot)
    listener = listening(pool, bench.beat)
    bench.selected = listener.id
    await pilot.pause()


async def ask(pilot: Pilot[None], pool: FakePool) -> None:
    """A client that waits to be let in, with all that it asks for."""
    knock(pool, listening(pool, workbench(pilot).beat))
    await pilot.pause()
    await press(pilot, "a")


async def listen_form(pilot: Pilot[None], pool: FakePool) -> None:
    """The listen form."""
    await press(pilot, str(FEED), "L", "ctrl+u", *"*:9002")


async def help(pilot: Pilot[None], pool: FakePool) -> None:
    """All keys and commands."""
    await press(pilot, "question_mark")


SCENES: dict[str, tuple[tuple[int, int], Scene]] = {
    "workbench": ((132, 42), live),
    "hex": ((132, 42), hexadecimal),
    "json": ((132, 42), json),
    "close": ((120, 40), close),
    "connect": ((120, 40), connect),
    "failed": ((120, 40), failed),
    "handshake": ((132, 42), handshake),
    "reconnect": ((132, 42), reconnect),
    "statistics": ((120, 40), statistics),
    "send": ((120, 40), more),
    "listen": ((132, 42), listen),
    "ask": ((120, 40), ask),
    "listening": ((120, 40), listen_form),
    "help": ((120, 40), help),
    "80x24": ((80, 24), live),
    "200x60": ((200, 60), hexadecimal),
}


async def take(name: str) -> Path:
    """Take one picture; returns where it is."""
    size, scene = SCENES[name]
    pool = FakePool()
    app = WstuiApp(pool, clock=lambda: pool.now, profiles=FakeProfiles(SAVED))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        bench = workbench(pilot)
        furnished(pool, bench.beat)
        await pilot.pause()
        await scene(pilot, pool)
        bench.beat()
        await pilot.pause()
        svg = app.export_screenshot(title="wstui")
    # The fonts that Textual names stand on a web server; a picture must not ask for them. Its
    # ids are random and would change with every run.
    svg = re.sub(r"@font-face\s*{.*?}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+", f"terminal-{name}", svg)
    path = FOLDER / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    return path


def main() -> None:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all of them")
    names = parser.parse_args().names or list(SCENES)
    os.environ["TZ"] = "UTC"
    if hasattr(time, "tzset"):
        time.tzset()
    for name in names:
        print(asyncio.run(take(name)).name)


if __name__ == "__main__":
    main()
