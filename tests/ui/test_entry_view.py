"""The entry view: which view opens, what it shows, and how it is used."""

from __future__ import annotations

import json

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from tests.ui_support import START, FakePool, WidgetApp
from wstui.core.connection import Connection
from wstui.core.entry import EventName, Fragment, Kind, LocalEvent
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.widgets.entry_view import EntryView, Tab
from wstui.widgets.hex_view import HexView
from wstui.widgets.pane import Pane
from wstui.widgets.rows_view import RowsView

HOSTILE = "\x1b]0;owned\x07[red]x[/x] \u202eabc\x9b31m"


class EntryApp(WidgetApp):
    """Nothing but an entry view."""

    dismissed = 0

    def compose(self) -> ComposeResult:
        yield EntryView()

    def on_entry_view_dismissed(self) -> None:
        self.dismissed += 1

    @property
    def entry(self) -> EntryView:
        return self.query_one(EntryView)

    @property
    def shown(self) -> list[str]:
        """The lines of the open view."""
        pane = self.entry.pane
        return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]

    @property
    def heading(self) -> str:
        label = self.entry._border_title
        return label.plain if label else ""

    @property
    def footing(self) -> str:
        label = self.entry._border_subtitle
        return label.plain if label else ""


@pytest.fixture
def connection(pool: FakePool) -> Connection:
    return pool.connect(ConnectOptions(uri="ws://localhost:9000/"))


async def open_entry(
    pilot: Pilot[None], connection: Connection | None, number: int | None
) -> EntryApp:
    app = pilot.app
    assert isinstance(app, EntryApp)
    app.entry.show(connection, number)
    await pilot.pause()
    return app


async def laid_out(pilot: Pilot[None], view: RowsView) -> None:
    """Wait until all rows of `view` were counted."""
    while view.rows is None or not view.rows.complete:
        await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize(
    ("kind", "payload", "tab"),
    [
        (Kind.TEXT, b'{"a": 1}', "json"),
        (Kind.TEXT, b"hello", "text"),
        (Kind.TEXT, b'{"a": oops}', "text"),
        (Kind.TEXT, b"", "text"),
        (Kind.BINARY, b"\x00\x01\x02", "hex"),
        (Kind.BINARY, b'{"a": 1}', "json"),
        (Kind.BINARY, b"plain words", "hex"),
        (Kind.PING, b"\x00\x00\x00\x1f", "hex"),
        (Kind.PONG, b"{}", "hex"),
        (Kind.CLOSE, b"\x03\xe8bye", "frames"),
        (Kind.EVENT, LocalEvent(EventName.OPEN, "It is open.").encode(), "text"),
    ],
)
async def test_it_opens_on_the_view_that_suits(
    connection: Connection, kind: Kind, payload: bytes, tab: str
) -> None:
    """Each kind of entry opens in the view that tells most about it."""
    number = connection.transcript.append(kind, payload, START)
    async with EntryApp().run_test(size=(100, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.entry.tab == tab
        assert [pane.display for pane in app.query(Pane)].count(True) == 1


async def test_json_is_shown_as_sent(connection: Connection) -> None:
    """JSON is indented, with its numbers and repeated keys as they were sent."""
    number = connection.transcript.append(Kind.TEXT, b'{"a":1.50,"a":1E2}', START)
    async with EntryApp().run_test(size=(60, 10)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.shown[:4] == ["{", '  "a": 1.50,', '  "a": 1E2', "}"]
        assert app.footing == "JSON · 1 frame · 20 B on the wire"


async def test_what_is_wrong_with_json_is_told(connection: Connection) -> None:
    """JSON that is broken off is located below the view, and shown all the same."""
    number = connection.transcript.append(Kind.TEXT, b'{"a": 1, oops', START)
    async with EntryApp().run_test(size=(60, 10)) as pilot:
        app = await open_entry(pilot, connection, number)
        app.entry.tab = "json"
        await pilot.pause()
        assert app.shown[1:4] == [
            '  "a": 1,',
            "✕ line 1, column 10: a key in quotes is due",
            "oops",
        ]
        assert "no JSON at line 1, column 10" in app.footing


@pytest.mark.parametrize(("width", "inspector"), [(130, True), (100, False), (80, False)])
async def test_hex_has_numbers_beside_it_when_there_is_room(
    connection: Connection, width: int, inspector: bool
) -> None:
    """Sixteen bytes a row at 80 cells already, and the numbers at the cursor in a wide view."""
    number = connection.transcript.append(Kind.BINARY, bytes(range(128, 192)), START)
    async with EntryApp().run_test(size=(width, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.shown[0].startswith("00000000  80 81 82 83 84 85 86 87  88 89")
        assert app.shown[1].startswith("00000010  90")
        assert ("at 0x0" in app.shown[0]) is inspector
        assert ("u16  32897" in app.shown[2]) is inspector


async def test_hex_has_eight_bytes_a_row_when_narrow(connection: Connection) -> None:
    """A narrow view shows half as many bytes a row."""
    number = connection.transcript.append(Kind.BINARY, bytes(64), START)
    async with EntryApp().run_test(size=(50, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.shown[1].startswith("00000008")


async def test_the_hex_cursor_moves_by_key_and_mouse(connection: Connection) -> None:
    """Arrows, pages, ends and clicks select a byte, which scrolls into sight."""
    number = connection.transcript.append(Kind.BINARY, bytes(range(256)) * 16, START)
    async with EntryApp().run_test(size=(100, 12)) as pilot:
        app = await open_entry(pilot, connection, number)
        view = app.query_one(HexView)
        app.entry.focus()
        await pilot.press("right", "right", "down")
        assert view.cursor == 18
        await pilot.press("up", "up", "left")
        assert view.cursor == 1
        await pilot.press("end")
        assert view.cursor == 4095
        assert any(line.startswith("00000ff0") for line in app.shown)
        await pilot.press("right", "down")
        assert view.cursor == 4095
        await pilot.press("home", "left", "pagedown")
        assert view.cursor == 9 * 16
        await pilot.press("pageup")
        assert view.cursor == 0
        await pilot.click(HexView, offset=(1 + 10 + 3 * 3, 1))
        assert view.cursor == 19
        await pilot.click(HexView, offset=(1 + 61 + 5, 2))
        assert view.cursor == 37
        await pilot.click(HexView, offset=(2, 0))
        assert view.cursor == 37


async def test_frames_of_a_message_are_listed(connection: Connection) -> None:
    """Each fragment has its opcode, FIN, RSV1, bytes, ratio and time, and all a sum."""
    frames = [
        Fragment(START + part * 0.013, int(not part), part == 2, not part, False, 4096, 1024)
        for part in range(3)
    ]
    number = connection.transcript.append(
        Kind.TEXT, b"x" * 4096 * 3, START, compressed=True, fragments=frames
    )
    async with EntryApp().run_test(size=(120, 12)) as pilot:
        app = await open_entry(pilot, connection, number)
        app.entry.tab = "frames"
        await pilot.pause()
        assert app.shown[0].split() == [
            *("#", "opcode", "FIN", "RSV", "mask", "payload", "wire", "ratio", "time", "Δ")
        ]
        assert app.shown[1].split()[:8] == ["0", "text", "0x1", "·", "RSV1", "·", "4,096", "1,024"]
        assert app.shown[3].split()[1:3] == ["continuation", "FIN"]
        assert app.shown[3].split()[-1] == "+13ms"
        assert "3 frames · 12,288 B payload · 3,072 B on the wire" in app.shown[5]
        assert "permessage-deflate 4.00×" in app.shown[6]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x0f\xa1bye", ["4001", "Private use", "bye", "3 of 123 bytes"]),
        (b"\x03\xe8", ["1000", "Normal closure", "none given"]),
        (b"", ["none; shown as 1005", "No status received"]),
        (b"\x03", ["half of one: 03"]),
        (b"\xff\xff", ["65535", "Invalid"]),
    ],
)
async def test_a_close_is_explained(connection: Connection, body: bytes, words: list[str]) -> None:
    """A close frame shows its code with name and meaning, and its reason."""
    number = connection.transcript.append(Kind.CLOSE, body, START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        shown = "\n".join(app.shown)
        assert all(word in shown for word in words)


async def test_an_event_is_shown_in_words(connection: Connection) -> None:
    """A local event shows its name, its sentence, and each of its facts, but no frames."""
    detail = {"status": 404, "headers": [["Server", "nginx"]], "body": "a\nb", "retry": None}
    event = LocalEvent(EventName.FAILED, "The server answered 404.", detail)
    number = connection.transcript.append_event(event, START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert [line.split() for line in app.shown[:6]] == [
            ["failed", "The", "server", "answered", "404."],
            ["status", "404"],
            ["Server", "nginx"],
            ["body", "a"],
            ["b"],
            ["retry", "–"],
        ]
        app.entry.tab = "frames"
        await pilot.pause()
        assert any("nothing of it was on the wire" in line for line in app.shown)


async def test_a_picked_view_is_kept_for_its_kind(connection: Connection) -> None:
    """A tab picked for a text entry opens for other texts too, as far as it fits them."""
    transcript = connection.transcript
    first = transcript.append(Kind.TEXT, b'{"a": 1}', START)
    other = transcript.append(Kind.TEXT, b"words", START)
    binary = transcript.append(Kind.BINARY, b"\xff\x00", START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, first)
        app.entry.tab = "hex"
        for number, tab in ((other, "hex"), (binary, "hex"), (first, "hex")):
            assert (await open_entry(pilot, connection, number)).entry.tab == tab
        app.entry.tab = "json"
        for number, tab in ((other, "text"), (first, "json")):
            assert (await open_entry(pilot, connection, number)).entry.tab == tab


async def test_tabs_are_gone_through_and_clicked(connection: Connection) -> None:
    """The next tab follows in the order of the title, and a click on a name opens that tab."""
    number = connection.transcript.append(Kind.TEXT, b"words", START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        seen = []
        for _ in range(4):
            app.entry.next_tab()
            seen.append(app.entry.tab)
        assert seen == ["json", "hex", "frames", "text"]
        await pilot.pause()
        column = app.heading.index("Frames") + 4
        await pilot.click(EntryView, offset=(column, 0))
        assert app.entry.tab == "frames"
        assert app.entry.pane.has_focus


async def test_escape_asks_to_leave(connection: Connection) -> None:
    """Escape in any view says that somebody wants to leave the entry."""
    number = connection.transcript.append(Kind.TEXT, b"words", START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        app.entry.focus()
        await pilot.press("escape")
        assert app.dismissed == 1


async def test_the_title_fits_a_narrow_view(connection: Connection) -> None:
    """All four tabs can be read in 50 cells."""
    number = connection.transcript.append(Kind.BINARY, bytes(5000), START)
    async with EntryApp().run_test(size=(50, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert len(app.heading) <= 46
        assert app.heading.endswith("Frames ")
    async with EntryApp().run_test(size=(90, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.heading.startswith("0 ↓ binary 4.9 KiB")


async def test_without_an_entry_it_says_what_to_do(connection: Connection) -> None:
    """With nothing selected there is a hint, at first and after an entry."""
    number = connection.transcript.append(Kind.BINARY, b"\x00", START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        for shown in (None, number, None):
            app = await open_entry(pilot, connection, shown)
        assert any("No entry selected" in line for line in app.shown)
        await open_entry(pilot, None, None)
        assert any("select one" in line for line in app.shown)


async def test_a_dropped_entry_is_said_to_be_gone(pool: FakePool) -> None:
    """An entry that left memory, before or while it is shown, is told to be gone."""
    connection = pool.connect(ConnectOptions(uri="ws://localhost:9000/"))
    connection.transcript = transcript = Transcript(MemoryBudget())
    for kind in (Kind.TEXT, Kind.TEXT, Kind.BINARY):
        transcript.append(kind, b"x\n" * (1 << 20), START)
    transcript.append(Kind.TEXT, b"newest", START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, 2)
        for _ in range(3):
            transcript.drop_oldest()
        app.entry.focus()
        await pilot.press("end")
        await pilot.pause()
        assert any("no longer in memory" in line for line in app.shown)
        await open_entry(pilot, connection, 0)
        assert any("no longer in memory" in line for line in app.shown)
        await open_entry(pilot, connection, 2)
        assert "dropped" in "\n".join(app.shown)
        await open_entry(pilot, connection, 3)
        assert app.shown[0] == "newest"


async def test_a_huge_message_opens_on_its_first_rows(connection: Connection) -> None:
    """The first rows are there at once, the number of all is found out while others work."""
    sent = json.dumps([{"number": number, "text": "x" * 50} for number in range(12_000)])
    number = connection.transcript.append(Kind.TEXT, sent.encode(), START)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.shown[:3] == ["[", "  {", '    "number": 0,']
        view = app.entry.pane
        assert isinstance(view, RowsView)
        assert view.rows is not None
        assert not view.rows.complete
        assert "% laid out" in app.footing
        app.entry.focus()
        await pilot.press("end")
        await laid_out(pilot, view)
        assert app.shown[-1] == "]"
        assert "laid out" not in app.footing
        await pilot.press("home")
        assert app.shown[0] == "["


@pytest.mark.parametrize(("tab", "what"), [("json", "JSON"), ("text", "text")])
async def test_on_the_way_to_the_end_it_is_said(
    connection: Connection, tab: Tab, what: str
) -> None:
    """After End the footing says that the end is not there yet, until it is or one turns back."""
    entries = [{"number": number, "text": "ü" * 50} for number in range(8_000)]
    sent = json.dumps(entries, ensure_ascii=False)
    number = connection.transcript.append(Kind.TEXT, sent.encode(), START)
    async with EntryApp().run_test(size=(100, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        app.entry.tab = tab
        await pilot.pause()
        view = app.entry.pane
        assert isinstance(view, RowsView)
        assert f"% laid out as {what}" in app.footing
        assert "to the end" not in app.footing
        view.focus()
        view.action_last()
        await pilot.pause()
        assert "to the end: " in app.footing
        view.action_first()
        assert not view.to_end
        view.action_last()
        await laid_out(pilot, view)
        assert app.shown[-1].endswith("]")
        assert "laid out" not in app.footing


async def test_text_is_wrapped_again_when_the_width_changes(connection: Connection) -> None:
    """Rows are as wide as the view, also after it was resized."""
    number = connection.transcript.append(Kind.TEXT, b"0123456789" * 30, START)
    async with EntryApp().run_test(size=(54, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert len(app.shown[0]) == 50
        await pilot.resize_terminal(84, 14)
        await pilot.pause()
        assert len(app.shown[0]) == 80


async def test_broken_utf8_is_told(connection: Connection) -> None:
    """Bytes that are no UTF-8 show as replacement characters, with the offset of the first."""
    number = connection.transcript.append(Kind.TEXT, b"abc\xff\xfe", START, incomplete=True)
    async with EntryApp().run_test(size=(80, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        assert app.shown[0] == "abc\ufffd\ufffd"
        assert "no UTF-8 at byte 3" in app.footing
        assert "unfinished" in app.footing


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.BINARY, Kind.CLOSE, Kind.PING, Kind.EVENT])
async def test_hostile_text_is_inert(connection: Connection, kind: Kind) -> None:
    """In every view, no control reaches the screen and no markup is interpreted."""
    text = HOSTILE.encode()
    payload = {
        Kind.CLOSE: b"\x0f\xa1" + text,
        Kind.EVENT: LocalEvent(EventName.ERROR, HOSTILE, {HOSTILE: [[HOSTILE, HOSTILE]]}).encode(),
        Kind.TEXT: json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False).encode(),
    }.get(kind, text)
    number = connection.transcript.append(kind, payload, START)
    async with EntryApp().run_test(size=(120, 14)) as pilot:
        app = await open_entry(pilot, connection, number)
        for _ in range(4):
            app.entry.next_tab()
            await pilot.pause()
            assert all(line.isprintable() for line in app.shown)
            assert (app.heading + app.footing).isprintable()
            if app.entry.tab == "text":
                assert "[red]x[/x]" in "\n".join(app.shown)
