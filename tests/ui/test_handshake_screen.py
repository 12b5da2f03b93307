"""The handshake screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.handshake_support import opened, opening, refused
from tests.ui_support import START, FakePool, WidgetApp
from tests.workbench_support import make_app, settle, top
from wstui import clipboard
from wstui.core.connection import Connection, Failure, FailureKind, State, Step
from wstui.screens.copy_as import CopyAsScreen
from wstui.screens.handshake import HandshakeScreen
from wstui.widgets.handshake_rows import everything, wire_text
from wstui.widgets.rows_view import RowsView

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])


class HandshakeApp(WidgetApp):
    """Shows the handshake of one connection, a little after the beginning."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.form = HandshakeScreen(connection, lambda: START + 1.2)

    def on_mount(self) -> None:
        self.push_screen(self.form)

    @property
    def picture(self) -> str:
        """What is in sight."""
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in strips)


def words(connection: Connection, *, reveal: bool = False, width: int = 100) -> str:
    """All rows of a handshake."""
    rows = everything(connection, START + 1.2, width, reveal=reveal)
    return "\n".join("".join(run.text for run in row) for row in rows)


@SIZES
async def test_open_connection(pool: FakePool, size: tuple[int, int]) -> None:
    """Status, time steps and the request are in sight at once; secrets are not."""
    app = HandshakeApp(opened(pool))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        picture = app.picture
        assert "101 Switching Protocols in 84 ms" in picture
        assert "━" in picture
        assert "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" in picture
        assert "secret-token" not in picture
        await pilot.press("u")
        await pilot.pause()
        assert "Authorization: Bearer secret-token" in app.picture
        await pilot.press("u")
        await pilot.pause()
        assert "secret-token" not in app.picture


async def test_scrolls_to_the_end(pool: FakePool) -> None:
    """On a small terminal the certificates are at the end of the same rows."""
    app = HandshakeApp(opened(pool))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "ISRG" not in app.picture
        await pilot.press("end")
        await pilot.pause()
        assert "ISRG" in app.picture


def test_everything_is_there(pool: FakePool) -> None:
    """What was agreed, addresses, TLS, and what is worth a remark."""
    found = words(opened(pool))
    for line in (
        "permessage-deflate was offered, and the server did not agree",
        "name look-up",
        "12 ms",
        "84 ms together",
        "chat.v2 (offered: chat.v2, chat.v1)",
        "192.0.2.7:443",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "✓ against the system's trust store",
        "feed.example, *.feed.example",
        "Server: nginx [/x]",
        "Set-Cookie: •••",
    ):
        assert line in found


def test_failed_connection(pool: FakePool) -> None:
    """Why, what to try, and the answer with its body, of which nothing is obeyed."""
    found = words(refused(pool))
    assert "HTTP 404 Not Found" in found
    assert "Nothing is at this path." in found
    assert "HTTP/1.1 404 Not Found" in found
    assert "[red]Nothing is here.[/x]␛[2J" in found


def test_attempt_before_says_nothing_about_this_one(pool: FakePool) -> None:
    """While it is opened again, neither the failure before nor its messages are shown."""
    connection = refused(pool)
    connection.state = State.CONNECTING
    connection.steps = [(Step.TCP, START)]
    found = words(connection)
    assert "Waiting for the TCP connection" in found
    assert "404" not in found


def test_failure_without_any_message(pool: FakePool) -> None:
    """Where nothing was sent, it says so."""
    connection = refused(pool)
    connection.steps = [(Step.NAME, START)]
    connection.failure = Failure(FailureKind.NAME, host="nowhere.example")
    found = words(connection)
    assert "Unknown host" in found
    assert "None was sent." in found
    assert "None came." in found


def test_a_proxy_that_refuses(pool: FakePool) -> None:
    """The proxy's answer is not shown as if nothing had been asked."""
    connection = refused(pool)
    assert connection.failure is not None
    connection.failure = replace(connection.failure, at_proxy=True, raw_request=b"")
    found = words(connection)
    assert "from the proxy" in found
    assert "None was sent to the server" in found


async def test_follows_while_it_is_opened(pool: FakePool) -> None:
    """A new step, and the end of it, are seen without doing anything."""
    connection = opening(pool)
    app = HandshakeApp(connection)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Waiting for the TLS handshake" in app.picture
        assert "None was sent yet." in app.picture
        connection.step = Step.HTTP
        connection.steps.append((Step.HTTP, START + 0.9))
        app.form.look()
        await pilot.pause()
        assert "Waiting for the handshake response" in app.picture
        connection.handshake = opened(pool).handshake
        connection.opened = START + 1
        connection.state = State.OPEN
        app.form.look()
        await pilot.pause()
        assert "101 Switching Protocols in 1.0 s" in app.picture


@given(st.integers(8, 240))
def test_rows_fit_any_width(width: int) -> None:
    """No row is wider than the view, however narrow that is."""
    for make in (opened, refused, opening):
        rows = everything(make(FakePool()), START + 1.2, max(width, 40), reveal=True)
        assert all(sum(len(run.text) for run in row) <= max(width, 40) for row in rows)


def test_long_messages_are_cut(pool: FakePool) -> None:
    """Headers and bodies without end do not hold up the screen, and are told of."""
    connection = refused(pool)
    assert connection.failure is not None
    raw = b"HTTP/1.1 404 Not Found\r\nX: " + b"x" * 60_000 + b"\r\n\r\n" + b"y" * 60_000
    connection.failure = replace(connection.failure, raw_response=raw)
    found = words(connection)
    assert found.count("bytes more: y copies all") == 2
    assert len(found) < 20_000
    assert len(wire_text(connection, reveal=False)) > 120_000


async def test_copy(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages are copied as they are, but for what is masked."""
    copied: list[str] = []

    async def copy(app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "copy", copy)
    app = HandshakeApp(opened(pool))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y", "u", "y")
        await pilot.pause()
    masked, revealed = copied
    assert "Authorization: •••\r\n" in masked
    assert "secret" not in masked
    assert revealed == wire_text(opened(pool), reveal=True)
    assert "Bearer secret-token" in revealed


async def test_keys_of_the_workbench(pool: FakePool) -> None:
    """H opens it, also for a failed connection, and c goes on to the list of tools."""
    app = make_app(pool)
    opened(pool)
    refused(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("1", "H")
        await pilot.pause()
        assert isinstance(top(app), HandshakeScreen)
        assert len(top(app).query(RowsView)) == 2
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(top(app), CopyAsScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert len(app.screen_stack) == 1
