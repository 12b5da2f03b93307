"""The close form: codes, reasons, and what is refused before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.widgets import OptionList, Static

from tests.ui_support import FakePool, WidgetApp
from wstui.core.close_codes import SENDABLE_CODES, refuse
from wstui.core.connection import State
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.screens.close import ROWS, CloseChoice, CloseScreen, read_choice, row_of
from wstui.widgets.field import Field, LineInput

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])
CODES = st.text() | st.integers().map(str) | st.sampled_from(["none", " Drop ", "", "²", "٣٠٠٠"])


class CloseApp(WidgetApp):
    """Shows one close form and keeps what comes of it."""

    def __init__(self, pool: FakePool, uri: str = "wss://feed.example/ticks") -> None:
        super().__init__()
        self.connection = pool.connect(ConnectOptions(uri))
        self.results: list[CloseChoice | None] = []

    def on_mount(self) -> None:
        self.push_screen(CloseScreen(self.connection), self.results.append)

    def note(self, id: str) -> str:
        """What stands beside a field."""
        return str(self.screen.query_one(f"#{id} .field--note", Static).visual)

    def input(self, id: str) -> LineInput:
        return self.screen.query_one(f"#{id} LineInput", LineInput)

    @property
    def row(self) -> str | None:
        """The label of the list's line that is marked."""
        marked = self.screen.query_one("#codes", OptionList).highlighted
        return None if marked is None else ROWS[marked].label


@given(CODES, st.text())
@example("9" * 5000, "")
@example("4001", "\ud800")
@example("1000", "€" * 42)
def test_no_text_is_too_odd(code: str, reason: str) -> None:
    """Whatever is typed is a choice that may be sent, or is refused beside one of the fields."""
    row_of(code)
    result = read_choice(code, reason)
    if isinstance(result, OptionError):
        assert result.option in ("code", "reason")
    else:
        assert result.drop or refuse(result.code, result.reason) is None


def test_every_code_that_may_be_sent_is_on_a_line_of_its_own() -> None:
    """The list has the registered codes that may be sent, then the own, none, and drop."""
    labels = [row.label for row in ROWS]
    assert labels == [*map(str, SENDABLE_CODES), "3000–4999", "none", "drop", "reset", "half"]
    assert all(isinstance(read_choice(row.typed, ""), CloseChoice) for row in ROWS)


@SIZES
async def test_normal_closure_is_one_key(pool: FakePool, size: tuple[int, int]) -> None:
    """Enter alone closes with 1000."""
    app = CloseApp(pool)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.row == "1000"
        assert "wss://feed.example/ticks" in str(app.screen.query_one("#whom", Static).visual)
        await pilot.press("enter")
    assert app.results == [CloseChoice(1000, "", drop=False)]


async def test_own_code_and_reason_are_typed_quickly(pool: FakePool) -> None:
    """4001, Tab, bye, Enter closes with 4001 and bye, while the list follows."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"4001")
        assert app.row == "3000–4999"
        assert app.note("code").startswith("Private use")
        await pilot.press("tab", *"bye")
        assert app.note("reason") == "3 / 123 bytes of UTF-8"
        await pilot.press("enter")
    assert app.results == [CloseChoice(4001, "bye", drop=False)]


async def test_half_a_code_is_wrong_only_when_it_is_sent(pool: FakePool) -> None:
    """While digits are typed the list goes to what they begin, and nothing is refused yet."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"101")
        assert app.row == "1010"
        assert not app.note("code").startswith("✕")
        await pilot.press("enter")
        assert app.note("code").startswith("✕ 101 is no close code")
        await pilot.press("3")
        assert app.row == "1013"
    assert app.results == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1006", "never on the wire"),
        ("1005", "never on"),
        ("2000", "reserved"),
        ("5000", "no close"),
    ],
)
async def test_unsendable_code_is_refused_with_the_reason(
    pool: FakePool, code: str, words: str
) -> None:
    """What may not be sent is explained beside the field, and nothing goes out."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*code)
        assert words in app.note("code")
        await pilot.press("tab", "enter")
        assert app.focused is app.input("code")
    assert app.results == []


async def test_reason_is_counted_in_bytes(pool: FakePool) -> None:
    """A reason over 123 bytes of UTF-8 is refused, one of exactly 123 is sent."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.input("reason").value = "€" * 41 + "x"
        await pilot.pause()
        assert app.note("reason").startswith("✕ 124 / 123")
        assert app.screen.query_one("#reason", Field).has_class("-failed")
        await pilot.press("enter")
        assert app.focused is app.input("reason")
        assert app.results == []
        await pilot.press("end", "backspace", "enter")
    assert app.results == [CloseChoice(1000, "€" * 41, drop=False)]


async def test_reason_without_code_is_refused(pool: FakePool) -> None:
    """A close frame without a body can have no reason."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"none", "tab", "x", "enter")
        assert "needs a code" in app.note("reason")
        await pilot.press("backspace", "enter")
    assert app.results == [CloseChoice(None, "", drop=False)]


async def test_arrows_and_mouse_choose_a_line(pool: FakePool) -> None:
    """The list is gone through by the arrows and clicked, and fills the code field."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down")
        assert app.input("code").value == "1002"
        await pilot.click("#codes", offset=(3, 3))
        await pilot.pause()
        assert app.input("code").value == "1003"
        assert app.focused is app.input("code")
        await pilot.press(*["down"] * 20)
        assert app.row == "half"
        await pilot.press("up", "up")
        assert app.row == "drop"
        assert app.input("reason").disabled
        await pilot.click("#submit")
    assert app.results == [CloseChoice(None, "", drop=True)]


@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("reset", CloseChoice(None, "", drop=True, reset=True)),
        ("drop", CloseChoice(None, "", drop=True)),
    ],
)
async def test_drops_are_chosen_by_word(pool: FakePool, word: str, choice: CloseChoice) -> None:
    """Half a word is not wrong yet; the whole one drops by FIN or by reset."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for letter in word:
            await pilot.press(letter)
            assert not app.note("code").startswith("✕")
        await pilot.press("enter")
    assert app.results == [choice]


async def test_half_close_is_refused_where_it_cannot_be(pool: FakePool) -> None:
    """TLS cannot end one direction alone, which is said before anything happens."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"half", "enter")
        assert "TLS cannot" in app.note("code")
        await pilot.press("escape")
    app = CloseApp(pool, "ws://plain.example")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"half", "enter")
    assert app.results == [CloseChoice(None, "", drop=False, half=True)]


async def test_after_a_half_close_only_a_drop_is_left(pool: FakePool) -> None:
    """The form begins with drop, and says why a code cannot be sent."""
    app = CloseApp(pool, "ws://plain.example")
    app.connection.half_ended = app.connection.created
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.row == "drop"
        await pilot.press(*"1000")
        assert "what is left is to drop it" in app.note("code")


async def test_escape_closes_nothing(pool: FakePool) -> None:
    """Escape leaves the connection as it is."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
    assert app.results == [None]


async def test_connection_that_ended_meanwhile_is_told_of(pool: FakePool) -> None:
    """A connection that ended while the form was open is not closed again."""
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pool.become(app.connection, State.CLOSED)
        await pilot.press("enter")
        assert "ended already" in app.note("code")
    assert app.results == []


async def test_closing_connection_can_only_be_dropped(pool: FakePool) -> None:
    """When the closing handshake has begun, drop is chosen and every code is refused."""
    pool.connects_as = State.CLOSING
    app = CloseApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.row == "drop"
        await pilot.press(*"1000", "enter")
        assert "has begun" in app.note("code")
        await pilot.press(*["backspace"] * 4, *"drop", "enter")
    assert app.results == [CloseChoice(None, "", drop=True)]


async def test_remote_text_and_typed_text_stay_text(pool: FakePool) -> None:
    """Markup and control characters in the uri and the fields are shown, never obeyed."""
    app = CloseApp(pool, "wss://feed.example/[red][/x]")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.input("code").value = "\x1b[2J[/]"
        app.input("reason").value = "\x1b]0;t\x07\u202e[bold]"
        await pilot.press("enter")
        await pilot.pause()
        screen = "".join(
            segment.text for line in app.screen._compositor.render_strips() for segment in line
        )
    assert "[red][/x]" in screen
    assert "␛]0;t␇‹RLO›[bold]" in screen
    assert not set("\x1b\x07\u202e") & set(screen)
