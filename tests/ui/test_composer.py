"""The composer on its own."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from tests.ui_support import WidgetApp
from wstui.core.entry import Kind
from wstui.widgets.composer import Composer


class ComposerApp(WidgetApp):
    """A composer whose messages are kept; `refusal` is answered to each when there is one."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__()
        self.refusal = refusal
        self.sent: list[tuple[bytes, Kind, bool]] = []
        self.composer = Composer()

    def compose(self) -> ComposeResult:
        yield self.composer

    @on(Composer.Submitted)
    def keep(self, event: Composer.Submitted) -> None:
        if self.refusal:
            self.composer.refuse(self.refusal)
            return
        self.sent.append((event.draft.payload(), event.draft.kind, event.to_all))
        self.composer.accept(event.draft)


def title(composer: Composer) -> str:
    """The words in the upper border."""
    return str(composer._border_title)


def subtitle(composer: Composer) -> str:
    """The words in the lower border."""
    return str(composer._border_subtitle)


async def test_sends_text_and_begins_anew() -> None:
    """What is written is submitted as UTF-8, and the composer is empty afterwards."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press(*"hey", "enter", "ü", "ctrl+s")
        await pilot.pause()
        assert app.sent == [("hey\nü".encode(), Kind.TEXT, False)]
        assert app.composer.text == ""


async def test_sends_hex_as_binary() -> None:
    """In hex the bytes are submitted, and the title counts them while they are typed."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+t", *"DE AD be ef")
        await pilot.pause()
        assert "4 B" in title(app.composer)
        await pilot.press("f5")
        await pilot.pause()
        assert app.sent == [(b"\xde\xad\xbe\xef", Kind.BINARY, False)]


async def test_wrong_hex_stays() -> None:
    """Text that is no hex is not submitted, stays, and the title says why."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+t", *"DE XY", "ctrl+s")
        await pilot.pause()
        assert app.sent == []
        assert app.composer.text == "DE XY"
        assert "Not sent" in title(app.composer)
        assert app.composer.has_class("-refused")


async def test_refusal_keeps_the_text() -> None:
    """A refused message stays, with the reason in the title until something is typed."""
    app = ComposerApp(refusal="Connection 0 is closed [/x].")
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press(*"abc", "ctrl+s")
        await pilot.pause()
        assert app.composer.text == "abc"
        assert "Connection 0 is closed [/x]." in title(app.composer)
        await pilot.press("d")
        await pilot.pause()
        assert "closed" not in title(app.composer)


async def test_an_empty_message_has_to_be_meant() -> None:
    """An empty text is sent only when asked for twice; the first time the title says so."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent == []
        assert "empty" in title(app.composer)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent == [(b"", Kind.TEXT, False)]


async def test_history_by_up_and_down() -> None:
    """Up at the first line brings back what was sent, with its kind; Down comes back."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press(*"one", "ctrl+s", "ctrl+t", *"02", "ctrl+s", "ctrl+t", *"now")
        await pilot.press("up")
        await pilot.pause()
        assert (app.composer.text, app.composer.kind) == ("02", Kind.BINARY)
        await pilot.press("up")
        await pilot.pause()
        assert (app.composer.text, app.composer.kind) == ("one", Kind.TEXT)
        await pilot.press("up", "down", "down")
        await pilot.pause()
        assert (app.composer.text, app.composer.kind) == ("now", Kind.TEXT)


async def test_up_within_the_text_moves_the_cursor() -> None:
    """Up in the second line goes to the first one, not into the history."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press(*"old", "ctrl+s", *"a", "enter", *"b", "up")
        await pilot.pause()
        assert app.composer.text == "a\nb"
        assert app.composer.cursor_location[0] == 0


async def test_json_is_noted() -> None:
    """JSON gets a mark; what is not quite JSON gets a remark and can be sent all the same."""
    app = ComposerApp()
    async with app.run_test(size=(100, 10)) as pilot:
        app.composer.load_text('{"a": [1, true]}')
        await pilot.pause()
        assert "json ✓ 16 B" in title(app.composer)
        app.composer.load_text('{"a": [1, true}')
        await pilot.pause()
        assert "no JSON" in title(app.composer)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent[0][0] == b'{"a": [1, true}'


async def test_to_all() -> None:
    """A key switches between one connection and all open ones; the title says which."""
    app = ComposerApp()
    async with app.run_test(size=(100, 10)) as pilot:
        app.composer.selected = 7
        app.composer.open_count = 3
        await pilot.pause()
        assert "Send to 7" in title(app.composer)
        await pilot.press(*"x", "ctrl+g")
        await pilot.pause()
        assert "Send to all 3 open" in title(app.composer)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent == [(b"x", Kind.TEXT, True)]


async def test_to_all_is_for_one_message() -> None:
    """After a message to all was sent the next one goes to the selected connection; a refused
    one still goes to all."""
    app = ComposerApp(refusal="no connection is open.")
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press(*"x", "ctrl+g", "ctrl+s")
        await pilot.pause()
        assert "to one" in subtitle(app.composer)
        app.refusal = ""
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "to all" in subtitle(app.composer)
        await pilot.press(*"y", "ctrl+s")
        await pilot.pause()
        assert app.sent == [(b"x", Kind.TEXT, True), (b"y", Kind.TEXT, False)]


async def test_keys_are_shown_only_where_they_work() -> None:
    """The lower border names the composer's keys with the focus, and the way in without it."""
    app = ComposerApp()
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        assert subtitle(app.composer).startswith("ctrl+s send · ctrl+t hex · ctrl+g to all")
        app.set_focus(None)
        await pilot.pause()
        assert subtitle(app.composer) == "s to write"
        app.composer.focus()
        await pilot.pause()
        assert "ctrl+s send" in subtitle(app.composer)


async def test_half_a_byte_is_no_error_until_it_is_sent() -> None:
    """While a byte has one digit the count of the others stays; sending it is refused."""
    app = ComposerApp()
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press("ctrl+t", *"DE A")
        await pilot.pause()
        assert "hex · 1 B · half a byte" in title(app.composer)
        assert app.composer._fault is None
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent == []
        assert "Not sent: A byte has two digits." in title(app.composer)


async def test_control_characters_are_shown_as_symbols_and_sent_as_they_are() -> None:
    """A pasted escape sequence is drawn as a symbol; its bytes are sent unchanged."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.load_text("\x1b]0;x\x07 \u202eabc")
        await pilot.pause()
        assert app.composer.get_line(0).plain == "␛]0;x␇ �abc"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.sent[0][0] == "\x1b]0;x\x07 \u202eabc".encode()


async def test_a_megabyte_can_be_pasted() -> None:
    """A very long text is taken and sent whole."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.load_text("x" * 1_000_000)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert len(app.sent[0][0]) == 1_000_000
