"""The listen form, as it is typed into."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Static, Tab

from tests.ui_support import WidgetApp
from wstui.core.options.draft import LISTEN_FORM, Draft
from wstui.core.options.info import Section
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.screens.listen import ListenScreen
from wstui.widgets.field import Field, LineInput, LinesInput

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])
NASTY = "\x1b]0;t\x07[/x][red]\x9b1m\u202e\x00\ud800\u0301"


class FormApp(WidgetApp):
    """Shows one listen form and keeps what comes of it."""

    def __init__(
        self,
        options: ListenOptions | None = None,
        recent: Sequence[str] = (),
        draft: Draft | None = None,
    ) -> None:
        super().__init__()
        self.kept: list[tuple[ListenOptions, str]] = []
        self.form = ListenScreen(options, recent, draft=draft, keep=self._keep)
        self.results: list[ListenOptions | None] = []

    def _keep(self, options: ListenOptions, name: str) -> None:
        self.kept.append((options, name))

    def on_mount(self) -> None:
        self.push_screen(self.form, self.results.append)

    def note(self, option: str) -> str:
        """What stands beside a field."""
        return str(self.form.field(option).query_one(".field--note", Static).visual)

    def tab(self, section: Section) -> str:
        """What stands on the tab of a section."""
        return str(self.form.query_one(f"Tab#{section.name}", Tab).label)


async def fill(pilot: Pilot[None], option: str, text: str) -> None:
    """Put a text into a field at once, going to its section."""
    app = pilot.app
    assert isinstance(app, FormApp)
    if option in LISTENING.by_path:
        await app.form.show(LISTENING.by_path[option].section)
    app.form.field(option).value = text
    await pilot.pause()


async def test_port_and_behaviour_by_keyboard() -> None:
    """A port, then tabs: what is typed comes back as options."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"9002", "f2", *"/chat echo", "ctrl+s")
        await pilot.pause()
    assert app.results == [ListenOptions("127.0.0.1:9002", behaviours=("/chat echo",))]


@pytest.mark.parametrize(
    ("typed", "said", "tone"),
    [
        ("9002", "→ 127.0.0.1:9002, this machine only", "good"),
        ("0", "→ 127.0.0.1, a free port, this machine only", "good"),
        ("[::1]:80", "→ [::1]:80, this machine only", "good"),
        ("unix:/run/a.sock", "→ the Unix socket /run/a.sock, this machine only", "good"),
        ("*:9002", "⚠ others can reach it without TLS · all addresses", "warning"),
        ("192.0.2.7:0", "⚠ others can reach it without TLS · a free port", "warning"),
        ("", "a port, HOST:PORT or unix:PATH; 0 picks a free port", ""),
    ],
)
async def test_who_can_reach_it_is_said(typed: str, said: str, tone: str) -> None:
    """Beside the address stands whether others than this machine can come."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await fill(pilot, "address", typed)
        assert app.note("address") == said
        assert app.form.main.tone == tone


async def test_tls_takes_the_warning_back_in_part() -> None:
    """With TLS others can still reach it, and that is all that is said."""
    app = FormApp(ListenOptions("0.0.0.0:9002"))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.form.show(Section.TLS)
        app.form.field("tls.self_signed").value = True
        await pilot.pause()
        assert app.note("address") == "⚠ others can reach it · all of IPv4"
        assert app.tab(Section.TLS) == "TLS •1"


async def test_problems_stand_beside_their_fields() -> None:
    """What is wrong is told at its field and on its tab, and submitting goes there."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await fill(pilot, "address", "localhost")
        await fill(pilot, "behaviours", "/x frobnicate")
        await fill(pilot, "max_size", "many")
        assert "Write a port" in app.note("address")
        assert app.note("behaviours").startswith("✕ Line 1: ")
        assert "✕1" in app.tab(Section.ANSWERS)
        assert "✕1" in app.tab(Section.LIMITS)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not app.results
        focused = app.form.focused
        assert isinstance(focused, LineInput)
        assert focused.value == "localhost"
        await fill(pilot, "address", "1")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.form.focused, LinesInput)
        await pilot.press("escape")
    assert app.results == [None]


@SIZES
async def test_every_section_can_be_reached(size: tuple[int, int]) -> None:
    """F2 goes through all tabs; each has the fields of its rows, all inside the screen."""
    app = FormApp()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for section in LISTENING.sections:
            await pilot.press("f2")
            await pilot.pause()
            shown = {
                field.option for field in app.form.query(f"#{section.name} Field").results(Field)
            }
            assert shown == {row.path for row in LISTENING.rows if row.section is section}
            focused = app.form.focused
            assert focused is not None
            assert app.form.region.contains_region(focused.region)


async def test_recent_addresses_and_the_draft() -> None:
    """Up goes back in time; what was typed and given up comes back."""
    app = FormApp(recent=["9003", "9002"])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("up")
        assert app.form.main.value == "9003"
        await pilot.press("up")
        assert app.form.main.value == "9002"
        await pilot.press("escape")
    assert app.form.is_draft
    again = FormApp(draft=app.form.draft)
    async with again.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "draft of the form you left" in str(again.form.query_one("#listen").border_title)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert again.form.draft == LISTEN_FORM.usual


async def test_it_is_kept_as_a_profile() -> None:
    """F3 hands valid options to who keeps them, and the form stays."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"9002", "f3")
        await pilot.pause()
        assert app.kept == [(ListenOptions("127.0.0.1:9002"), "")]
        assert not app.results


@SIZES
async def test_hostile_text_is_inert(size: tuple[int, int]) -> None:
    """What cannot be shown is shown by symbols, in fields and in what is said about them."""
    app = FormApp()
    async with app.run_test(size=size) as pilot:
        await fill(pilot, "address", f"unix:{NASTY}")
        await fill(pilot, "behaviours", NASTY)
        picture = "\n".join(
            "".join(segment.text for segment in line)
            for line in app.screen._compositor.render_strips()
        )
        assert not set(picture) & set("\x1b\x07\x9b\u202e\x00")


async def test_the_button_listens() -> None:
    """The form works by mouse."""
    app = FormApp(ListenOptions("127.0.0.1:9002"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert str(app.form.query_one("#submit", Button).label) == "Listen"
        await pilot.click("#submit")
        await pilot.pause()
    assert app.results == [ListenOptions("127.0.0.1:9002")]
