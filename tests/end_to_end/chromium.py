"""A real Chromium without a window, driven over its DevTools protocol."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.net_support import until

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

PATIENCE: Final = 30.0
"""Seconds for the browser to start, or to do what it is told."""


def find_chromium() -> str | None:
    """The program; None when there is none. One in a snap sees none of our temporary files."""
    found = (path for path in map(shutil.which, NAMES) if path is not None)
    return next((path for path in found if not path.startswith("/snap/")), None)


class Page:
    """A page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)
        self.happened: list[dict[str, Any]] = []
        """All events of the browser, in their order."""

    async def do(self, method: str, **params: object) -> Any:
        """Give an order; its result."""
        id = next(self._ids)
        async with asyncio.timeout(PATIENCE):
            await self._socket.send_json({"id": id, "method": method, "params": params})
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == id:
                    assert "error" not in message, message
                    return message["result"]
                self.happened.append(message)

    async def go(self, uri: str) -> None:
        """Load a page."""
        await self.do("Page.navigate", url=uri)
        await self.until("document.readyState === 'complete'")

    async def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.do(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until an expression holds in the page."""
        async with asyncio.timeout(PATIENCE):
            while not await self.run(f"Boolean({condition})"):
                pass

    async def click(self, id: str) -> None:
        """Press a button with the mouse."""
        box = await self.run(
            f"(() => {{ const at = document.getElementById({id!r}); at.scrollIntoView();"
            "const box = at.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.do(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    async def write(self, id: str, text: str) -> None:
        """Type into a field, instead of what is there."""
        await self.run(f"document.getElementById({id!r}).select()")
        await self.run(f"document.getElementById({id!r}).focus()")
        await self.do("Input.insertText", text=text)

    async def choose(self, selector: str, path: Path) -> None:
        """Choose a file."""
        root = (await self.do("DOM.getDocument"))["root"]["nodeId"]
        node = await self.do("DOM.querySelector", nodeId=root, selector=selector)
        await self.do("DOM.setFileInputFiles", files=[str(path)], nodeId=node["nodeId"])

    def told(self, method: str) -> list[dict[str, Any]]:
        """What came with all events of this name."""
        return [event["params"] for event in self.happened if event["method"] == method]


@asynccontextmanager
async def chromium_page(program: str, folder: Path) -> AsyncIterator[Page]:
    """A page of a browser of its own, which keeps everything in `folder`."""
    arguments = [
        "--headless",
        "--no-sandbox",  # which root has not, nor many a container; the page is our own
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
    ]
    browser = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        # It writes where it listens for orders into a file, once it does.
        place = folder / "DevToolsActivePort"
        await until(lambda: "\n" in _text(place), PATIENCE)
        port = _text(place).splitlines()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            uri = pages[0]["webSocketDebuggerUrl"]
            async with session.ws_connect(uri, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
                    await page.do(f"{domain}.enable")
                yield page
    finally:
        if browser.returncode is None:
            browser.terminate()
        await browser.wait()


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
