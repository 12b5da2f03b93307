"""The question whether a client is accepted."""

from __future__ import annotations

import pytest
from textual.widgets import Button, Static

from tests.ui_support import FakePool, WidgetApp
from wstui import clipboard
from wstui.core.connection import Connection, Failure, FailureKind, State
from wstui.core.options.listen import ListenOptions
from wstui.core.serving.request import Accept, Reject
from wstui.screens.ask import AskScreen
from wstui.widgets.asking_rows import asking_rows
from wstui.widgets.field import Field

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])

HEADERS = (
    ("Host", "localhost:9002"),
    ("Origin", "https://app.example"),
    ("User-Agent", "Mozilla/5.0 \x1b[2J\u202e"),
    ("Cookie", "session=secret-one; theme=secret-two"),
    ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
)


class AskApp(WidgetApp):
    """Shows one question and keeps what comes of it."""

    def __init__(
        self,
        pool: FakePool,
        headers: tuple[tuple[str, str], ...] = HEADERS,
        supported: tuple[str, ...] = ("chat.v1",),
    ) -> None:
        super().__init__()
        listener = pool.listen(ListenOptions("9002", subprotocols=supported))
        self.connection = pool.accept(listener, "/chat", state=State.CONNECTING, headers=headers)
        self.form = AskScreen(self.connection, lambda: pool.now, supported, lambda: 1)
        self.results: list[Accept | Reject | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.form, self.results.append)

    @property
    def picture(self) -> str:
        """What is in sight."""
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in strips)

    def note(self, name: str) -> str:
        """What stands beside a field."""
        return str(self.form.query_one(f"#{name} .field--note", Static).visual)

    def field(self, name: str) -> Field:
        return self.form.query_one(f"#{name}", Field)


@SIZES
async def test_the_request_and_the_time_are_in_sight(pool: FakePool, size: tuple[int, int]) -> None:
    """Who asks for what, from where, and how long it waits; secrets only when asked for."""
    app = AskApp(pool)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        picture = app.picture
        for words in (
            "127.0.0.1:53412 asks to be accepted · 1 m 00 s left",
            "1 more waits",
            "GET /chat",
            "https://app.example",
            "session=•••; theme=•••",
            "chat.v2, chat.v1",
            "permessage-deflate; client_max_window_bits",
        ):
            assert words in picture
        assert not {"\x1b", "\u202e"} & set(picture)
        pool.now += 55
        app.form.look()
        assert "5 s left" in str(app.form.query_one("#ask").border_title)
        await pilot.press("u")
        await pilot.pause()
        assert "session=secret-one; theme=secret-two" in app.picture
        await pilot.press("end")
        await pilot.pause()
        assert "Sec-WebSocket-Extensions: permessage-deflate" in app.picture
        assert app.screen.region.contains_region(app.form.query_one("#submit").region)


@pytest.mark.parametrize("key", ["a", "enter", "ctrl+s"])
async def test_one_key_accepts_as_the_listener_would(pool: FakePool, key: str) -> None:
    """Without further words the listener chooses the subprotocol, and no header is added."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.field("subprotocol").value == "chat.v1"
        await pilot.press(key)
        await pilot.pause()
    assert app.results == [Accept()]


async def test_accepting_with_a_subprotocol_and_headers(pool: FakePool) -> None:
    """What was offered can be chosen, or none of it; headers go into the response."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.field("subprotocol").control.focus()
        await pilot.press("left", "tab", *"X-Room: 7", "enter", *"Set-Cookie: a=b")
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.results == [Accept("chat.v2", (("X-Room", "7"), ("Set-Cookie", "a=b")))]


async def test_agreeing_on_no_subprotocol(pool: FakePool) -> None:
    """That is a choice of its own where the listener would choose one."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.field("subprotocol").value = "(none)"
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.results == [Accept("")]


@SIZES
async def test_a_rejection_begins_with_its_status(pool: FakePool, size: tuple[int, int]) -> None:
    """r goes to the status, and the form says what the keys do now."""
    app = AskApp(pool)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        assert app.note("status") == "403 Forbidden"
        assert "ctrl+s reject" in app.picture
        assert "a accept" not in app.picture  # it would be written
        assert str(app.form.query_one("#submit", Button).label) == "Reject"
        assert app.screen.region.contains_region(app.form.query_one("#submit").region)


async def test_rejecting_with_a_status_and_a_body(pool: FakePool) -> None:
    """What is sent is what the form says."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        await pilot.press(*"429", "tab", *"Slow down", "tab", *"Retry-After: 5", "ctrl+s")
        await pilot.pause()
    assert app.results == [Reject(429, (("Retry-After", "5"),), "Slow down")]


async def test_what_may_not_be_answered_is_said(pool: FakePool) -> None:
    """A status that is none, a redirect without a target, and framing headers are refused."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("r", *"200", "enter")
        await pilot.pause()
        assert "from 400 to 599" in app.note("status")
        app.field("status").value = "302"
        await pilot.pause()
        assert "Location" in app.note("status")
        app.field("headers").value = "Location: https://elsewhere.example/\nContent-Length: 5"
        await pilot.pause()
        assert "Line 2: wstui itself writes Content-Length." in app.note("headers")
        app.field("headers").value = "Location: https://elsewhere.example/"
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.results == [Reject(302, (("Location", "https://elsewhere.example/"),))]


async def test_the_mouse_rejects(pool: FakePool) -> None:
    """The choice and the button can be clicked."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click("#answer Choice", offset=(12, 0))
        await pilot.pause()
        await pilot.click("#submit")
        await pilot.pause()
    assert app.results == [Reject(403)]


async def test_later_leaves_it_waiting(pool: FakePool) -> None:
    """Escape decides nothing."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
    assert app.results == [None]
    assert app.connection.decide_by is not None


async def test_who_left_is_asked_about_no_longer(pool: FakePool) -> None:
    """The question goes away when its client does."""
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        leave(pool, app.connection)
        app.form.look()
        await pilot.pause()
    assert app.results == [None]


@SIZES
async def test_many_long_subprotocols_are_typed(pool: FakePool, size: tuple[int, int]) -> None:
    """Where they have no room side by side, one of those offered is typed."""
    names = ", ".join(f"a-rather-long-subprotocol.v{number}" for number in range(9))
    app = AskApp(pool, (("Sec-WebSocket-Protocol", names),))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.field("subprotocol").value = "another"
        await pilot.press("a")
        await pilot.pause()
        assert not app.results
        assert "did not offer" in app.note("subprotocol")
        app.field("subprotocol").value = "a-rather-long-subprotocol.v3"
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.results == [Accept("a-rather-long-subprotocol.v3")]


async def test_the_request_can_be_copied(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """y copies it as it came, but for what is masked."""
    copied: list[str] = []

    async def copy(app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "copy", copy)
    app = AskApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
    (text,) = copied
    assert text.startswith("GET /chat HTTP/1.1\r\nHost: localhost:9002\r\n")
    assert "secret" not in text


def leave(pool: FakePool, connection: Connection) -> None:
    """Its client goes away before anybody decided."""
    connection.decide_by = None
    connection.failure = Failure(FailureKind.REJECTED, "it left before that was decided")
    pool.become(connection, State.FAILED)


def test_a_huge_request_is_laid_out_at_once(pool: FakePool) -> None:
    """Facts are cut, and the request says how much more there is."""
    large = tuple((f"X-{number}", "y" * 8000) for number in range(7))
    cookies = ("Cookie", "; ".join(f"c{number}=v" for number in range(900)))
    app = AskApp(pool, (("Sec-WebSocket-Extensions", "x-foo; a=b, " * 600), cookies, *large))
    rows = asking_rows(app.connection, 76, reveal=True)
    assert len(rows) < 250
    text = "".join(run.text for row in rows for run in row)
    assert "and 888 more" in text
    assert "bytes more: y copies all" in text
