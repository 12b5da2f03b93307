"""The test page of a listener in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.chromium import Page, chromium_page, find_chromium
from tests.net_support import until
from tests.serving_support import listening
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.listener import Listener
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

CHROMIUM = find_chromium()

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install the package chromium"),
    pytest.mark.timeout(120),
]

HOSTILE = "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>"

ROWS = "Array.from(document.querySelectorAll('#log li'), (row) => row.innerText)"


def payloads(connection: Connection, *, outgoing: bool) -> list[bytes]:
    """All data messages of one direction."""
    transcript = connection.transcript
    found = map(transcript.entry, range(len(transcript)))
    return [
        transcript.payload(one.number)
        for one in found
        if one.kind in (Kind.TEXT, Kind.BINARY) and one.outgoing is outgoing
    ]


async def client_of(pool: ConnectionPool, listener: Listener, index: int = 0) -> Connection:
    """The connection of the page."""
    await until(lambda: len(listener.clients) > index)
    return pool.connections[list(listener.clients)[index]]


async def test_the_page_in_chromium(tmp_path: Path) -> None:
    """Connect, send text and a file, close with code and reason: it all gets to the listener, the
    answers are in the log, hostile text is inert, and nobody else is asked for anything."""
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)))
    assert CHROMIUM is not None
    async with ConnectionPool() as pool, chromium_page(CHROMIUM, tmp_path / "browser") as page:
        options = ListenOptions("0", behaviours=("/chat echo",), subprotocols=("v2",))
        listener = await listening(pool, options)
        uri = listener.uris[0]
        await page.go(f"{uri.replace('ws', 'http', 1)}/chat?room=1")
        assert await page.run("document.getElementById('uri').value") == f"{uri}/chat?room=1"

        await page.write("subprotocols", "v1, v2")
        await page.click("connect")
        await page.until("document.getElementById('state').className === 'open'")
        client = await client_of(pool, listener)
        assert client.handshake is not None
        assert client.handshake.path == "/chat?room=1"
        assert client.handshake.subprotocol == "v2"

        await say(page, HOSTILE)
        await until(lambda: payloads(client, outgoing=False) == [HOSTILE.encode()])
        await page.choose("#file", file)
        await page.click("send-file")
        await page.until("document.getElementById('received').textContent === '2'")
        assert payloads(client, outgoing=True) == [HOSTILE.encode(), file.read_bytes()]
        rows = await page.run(ROWS)
        assert sum(HOSTILE in row for row in rows) == 2
        assert sum("00 01 02 03" in row and "256 B" in row for row in rows) == 2
        assert await page.run("document.querySelectorAll('#log img, #log script').length") == 0
        assert await page.run("document.title") != "caught"

        await page.write("code", "4001")
        await page.write("reason", "bye")
        await page.click("close")
        await until(lambda: client.state is State.CLOSED)
        assert client.close is not None
        assert client.close.clean
        assert client.close.received is not None
        assert (client.close.received.code, client.close.received.reason) == (4001, "bye")
        await page.until("document.getElementById('state').textContent === 'closed 4001 bye'")
        await page.click("clear")
        assert await page.run(ROWS) == []

        asked = [one["request"]["url"] for one in page.told("Network.requestWillBeSent")]
        assert all(one.startswith((uri.replace("ws", "http", 1), "data:")) for one in asked)
        assert not page.told("Log.entryAdded")
        assert not page.told("Runtime.exceptionThrown")
        assert listener.tally.requests == 1


async def test_what_the_listener_does_is_in_the_log(tmp_path: Path) -> None:
    """Messages that are sent by hand, a hostile reason to close, and an error are shown."""
    assert CHROMIUM is not None
    async with ConnectionPool() as pool, chromium_page(CHROMIUM, tmp_path / "browser") as page:
        listener = await listening(pool, ListenOptions("0"))
        await page.go(listener.uris[0].replace("ws", "http", 1))
        await page.click("connect")
        client = await client_of(pool, listener)
        await page.until("document.getElementById('state').className === 'open'")
        pool.send(client.id, "by hand \u202e".encode())
        await page.until("document.getElementById('received').textContent === '1'")
        await page.write("code", "999")
        await page.click("close")
        await page.until(f"{ROWS}.some((row) => row.includes('error'))")
        assert client.is_open
        pool.close(client.id, 1000, "<b>that is it</b>")
        await page.until("!document.getElementById('connect').disabled")
        rows = "\n".join(await page.run(ROWS))
        assert "by hand \\u202e" in rows
        assert "1000 <b>that is it</b>" in rows
        await page.write("uri", f"{listener.uris[0]}/other")
        await page.click("connect")
        other = await client_of(pool, listener, 1)
        await until(lambda: other.is_open)
        assert other.path == "/other"


async def say(page: Page, text: str) -> None:
    """Send a text."""
    await page.write("text", text)
    await page.click("send")
