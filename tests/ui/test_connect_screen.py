"""The connect form, as it is typed into."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Static, Tab, Tabs

from tests.ui_support import WidgetApp
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.draft import USUAL_DRAFT, Draft, read_draft
from wstui.core.options.info import Section
from wstui.core.options.table import BY_PATH, SECTIONS
from wstui.core.options.tls import TlsOptions
from wstui.screens.connect import ConnectScreen
from wstui.widgets.field import Field, LineInput, LinesInput

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])
NASTY = "\x1b]0;t\x07[/x][red]\x9b1m\u202e\x00\ud800\u0301\U000e0001"


class FormApp(WidgetApp):
    """Shows one connect form and keeps what comes of it."""

    def __init__(
        self,
        options: ConnectOptions | None = None,
        recent: Sequence[str] = (),
        draft: Draft | None = None,
    ) -> None:
        super().__init__()
        self.form = ConnectScreen(options, recent, draft=draft)
        self.results: list[ConnectOptions | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.form, self.results.append)


async def fill(pilot: Pilot[None], option: str, text: str) -> None:
    """Put a text into a field at once, going to its section."""
    app = pilot.app
    assert isinstance(app, FormApp)
    if option in BY_PATH:
        await app.form.show(BY_PATH[option].section)
    control = app.form.field(option).control
    if isinstance(control, LinesInput):
        control.text = text
    else:
        assert isinstance(control, LineInput)
        control.value = text
    await pilot.pause()


def tab(app: FormApp, section: Section) -> str:
    """What stands on the tab of a section."""
    return str(app.form.query_one(f"Tab#{section.name}", Tab).label)


def note(field: Field) -> str:
    """What stands beside a field."""
    return str(field.query_one(".field--note", Static).visual)


async def test_typed_uri_is_completed_and_connected_to() -> None:
    """The form shows which uri is meant, and Enter connects to that one."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"localhost:9002/a")
        assert note(app.form.field("uri")) == "→ ws://localhost:9002/a"
        await pilot.press("enter")
    assert app.results == [ConnectOptions("ws://localhost:9002/a")]


async def test_empty_form_is_not_scolded_before_it_is_sent() -> None:
    """An empty uri is wrong only once somebody tries to connect to it."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.form.field("uri").problem == ""
        await pilot.press("enter")
        assert note(app.form.field("uri")).startswith("✕ Type a uri")
        assert app.results == []


@SIZES
async def test_first_wrong_field_is_focused(size: tuple[int, int]) -> None:
    """What is wrong is told beside each field, and connecting goes to the first, showing it."""
    app = FormApp(ConnectOptions("ws://localhost"))
    async with app.run_test(size=size) as pilot:
        await fill(pilot, "ping_timeout", "soon")
        await fill(pilot, "max_size", "much")
        assert tab(app, Section.STAYING) == "Staying ✕1"
        assert tab(app, Section.LIMITS) == "Limits ✕1"
        await pilot.press("ctrl+s")
        await pilot.pause()
        focused = app.form.focused
        assert focused is app.form.field("ping_timeout").control
        assert app.form.field("ping_timeout").has_class("-failed")
        assert app.form.region.contains_region(focused.region)
        await fill(pilot, "headers", "X-A: b\nworse")
        assert "Line 2: " in note(app.form.field("headers"))
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.form.focused is app.form.field("headers").control
    assert app.results == []


async def test_all_fields_are_handed_back() -> None:
    """What stands in the fields is what the connection gets."""
    options = ConnectOptions(
        "wss://feed.example/t",
        headers=(("X-A", "1"), ("X-A", "2")),
        subprotocols=("chat.v2", "chat.v1"),
        origin="https://feed.example",
        user_agent="me",
        deflate=UNCOMPRESSED,
        max_size=None,
        open_timeout=0.5,
        ping_interval=None,
        tls=TlsOptions(trust="NONE"),
        fast=False,
    )
    app = FormApp(options)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+s")
    assert app.results == [options]


async def test_cancelled_form_is_not_lost() -> None:
    """What was typed before Escape fills the next form."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"feed", "tab", "tab", *"a(b", "escape")
        await pilot.pause()
    assert app.results == [None]
    assert app.form.draft == {**USUAL_DRAFT, "uri": "feed", "subprotocols": "a(b"}
    again = FormApp(draft=app.form.draft)
    async with again.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert again.form.field("uri").value == "feed"
        assert again.form.field("subprotocols").problem != ""


def heading(app: FormApp) -> str:
    """The words in the upper border of the form."""
    return str(app.form.query_one("#connect")._border_title)


def is_draft(app: FormApp) -> bool:
    """Whether the form would come back as a draft."""
    return app.form.is_draft


@SIZES
async def test_a_draft_says_that_it_is_one(size: tuple[int, int]) -> None:
    """A form that was left is announced, marks the sections with changes, and can be reset."""
    draft = {"uri": "feed", "headers": "A: 1", "origin": "http://x", "max_size": "1 KiB"}
    app = FormApp(ConnectOptions("ws://before"), draft=draft)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "draft of the form you left" in heading(app)
        assert tab(app, Section.REQUEST) == "Request •2"
        assert tab(app, Section.LIMITS) == "Limits •1"
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert heading(app) == "New connection"
        assert app.form.draft == USUAL_DRAFT
        assert tab(app, Section.REQUEST) == "Request"
        assert app.form.focused is app.form.field("uri").control


async def test_options_of_the_connection_before_are_named() -> None:
    """A form filled with options says whose they are, and an empty one says nothing."""
    app = FormApp(ConnectOptions("ws://before"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "as the connection before" in heading(app)
        assert not is_draft(app)
        await fill(pilot, "max_size", "")
        assert is_draft(app)
        assert tab(app, Section.LIMITS) == "Limits"
        control = app.form.field("max_size").control
        assert isinstance(control, LineInput)
        assert control.placeholder == "64 MiB"
    empty = FormApp()
    async with empty.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert heading(empty) == "New connection"


async def test_unverified_tls_is_said_on_its_tab() -> None:
    """Verification that is off is warned of beside it and on the tab, where TLS is used."""
    app = FormApp(ConnectOptions("wss://feed.example", tls=TlsOptions(trust="NONE")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert tab(app, Section.TLS) == "TLS ⚠"
        await app.form.show(Section.TLS)
        assert note(app.form.field("tls.trust")).startswith("⚠ nobody is checked")
        await fill(pilot, "uri", "ws://feed.example")
        assert tab(app, Section.TLS) == "TLS •1"


async def test_tab_order_is_the_order_on_the_screen() -> None:
    """Tab goes through uri, sections, the fields in sight and the buttons, as they are read."""
    app = FormApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        chain = app.form.focus_chain
        assert chain[0] is app.form.field("uri").control
        assert chain[1] is app.form.query_one(Tabs)
        assert chain[2] is app.form.field("subprotocols").control
        await pilot.press("f2", "f2")
        await pilot.pause()
        assert app.form.query_one(Tabs).active == Section.TLS.name
        chain = app.form.focus_chain
        fields = app.form.query_one(f"#{Section.TLS.name}").query(Field)
        assert chain[2] is app.form.focused
        assert chain[2:-2] == [field.control for field in fields]
        assert [widget.id for widget in chain[-2:]] == ["cancel", "submit"]


async def test_f2_goes_through_the_sections() -> None:
    """F2 goes to the fields in sight, then to those of each section in turn, round the end."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        for _ in range(len(SECTIONS) + 1):
            await pilot.press("f2")
            await pilot.pause()
            seen.append(app.form.query_one(Tabs).active)
            focused = app.form.focused
            assert focused is not None
            assert app.form.region.contains_region(focused.region)
        assert seen == [*(section.name for section in SECTIONS), Section.REQUEST.name]


async def test_mouse_is_enough() -> None:
    """Labels, tabs and the buttons can be clicked."""
    app = FormApp(ConnectOptions("ws://localhost"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.click("#subprotocols .field--label")
        assert app.form.focused is app.form.field("subprotocols").control
        await pilot.click(f"Tab#{Section.LIMITS.name}")
        await pilot.pause()
        await pilot.click("#fast Toggle")
        await pilot.pause()
        assert app.form.draft["fast"] is False
        await pilot.click("#submit")
    assert app.results == [ConnectOptions("ws://localhost", fast=False)]


async def test_recent_uris_are_recalled() -> None:
    """Up and Down in the uri go through those connected to before, unless they cannot be shown."""
    app = FormApp(recent=["ws://a", "ws://\x1b", "ws://b"])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("up")
        assert app.form.field("uri").value == "ws://a"
        await pilot.press("up", "up")
        assert app.form.field("uri").value == "ws://b"
        await pilot.press("down")
        assert app.form.field("uri").value == "ws://a"


@pytest.mark.parametrize("option", ["uri", "subprotocols", "headers", "origin", "user_agent"])
async def test_nasty_text_is_shown_and_not_obeyed(option: str) -> None:
    """No field falls over what is put into it, and no control character gets to the terminal."""
    app = FormApp()
    async with app.run_test(size=(80, 60)) as pilot:
        await fill(pilot, option, NASTY)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert read_draft(app.form.draft).problems
        screen = "".join(
            segment.text for line in app.form._compositor.render_strips() for segment in line
        )
    assert "␛" in screen
    assert "[red]" in screen
    assert not set("\x1b\x07\x9b\u202e\x00\ud800\U000e0001") & set(screen)
    assert app.results == []


async def test_pasted_lines_are_plain() -> None:
    """A paste into the headers keeps its lines, and its tabs and controls become visible."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        control = app.form.field("headers").control
        assert isinstance(control, LinesInput)
        control.insert("A: 1\r\nB:\t2\x1b")
        await pilot.pause()
        assert app.form.draft["headers"] == "A: 1\nB: 2␛"
        assert app.form.query_one("#submit", Button).region.bottom <= 24


async def test_a_section_scrolls_by_pages() -> None:
    """Page down shows what does not fit, while the uri has the focus; Page up goes back."""
    app = FormApp(ConnectOptions("ws://localhost"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        section = app.form.query_one(f"#{Section.REQUEST.name}")
        assert app.form.focused is app.form.field("uri").control
        await pilot.press("pagedown")
        assert section.scroll_y > 0
        await pilot.press("pageup")
        assert section.scroll_y == 0
    assert app.results == []


async def test_enter_connects_from_a_switch() -> None:
    """Enter is the form's, blank the switch's."""
    app = FormApp(ConnectOptions("ws://localhost"))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.form.show(Section.LIMITS)
        app.form.field("fast").control.focus()
        await pilot.press("space", "enter")
    assert app.results == [ConnectOptions("ws://localhost", fast=False)]


@pytest.mark.parametrize("keys", ["N", "NONE"])
async def test_what_is_typed_replaces_the_usual_trust(keys: str) -> None:
    """SYSTEM stands there when nobody says anything; nobody has to delete it first."""
    app = FormApp(ConnectOptions("wss://h"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f2", "f2")
        await pilot.pause()
        assert app.form.focused is app.form.field("tls.trust").control
        await pilot.press(*keys)
        assert app.form.field("tls.trust").value == keys
        await pilot.press("tab", "shift+tab", "end", "X")
        assert app.form.field("tls.trust").value == f"{keys}X"


async def test_keys_typed_ahead_go_through_the_sections() -> None:
    """F2 pressed again before anything is drawn goes one section further each time."""
    app = FormApp(ConnectOptions("wss://h"))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(3):
            await app.form.action_section(1)
        await pilot.pause()
        section = app.form.query_one(f"#{Section.NETWORK.name}")
        assert app.form.focused is not None
        assert section in app.form.focused.ancestors
