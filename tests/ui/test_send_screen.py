"""The form for sending more, and what the workbench does with it."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.ui_support import FakePool, WidgetApp
from tests.workbench_support import bench, make_app, settle, title, toasts
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.sending.draft import Draft
from wstui.core.sending.plan import FragmentSizes, Rate, SendPlan
from wstui.core.sending.raw_frame import RawFrame
from wstui.screens.send import Group, SendChoice, SendScreen, SendTexts
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.dialog import DialogButtons
from wstui.widgets.field import Field


def last_call(pool: FakePool) -> tuple[object, ...]:
    """What was asked of the pool last."""
    return pool.calls[-1]


SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


class SendApp(WidgetApp):
    """Shows one form and keeps what comes of it."""

    def __init__(self, draft: Draft, *groups: Group, compression: bool = False) -> None:
        super().__init__()
        self.texts = SendTexts()
        self.form = SendScreen(
            draft,
            groups or (Group("the selected, 0", (0,)),),
            texts=self.texts,
            compression=compression,
        )
        self.results: list[SendChoice | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.form, self.results.append)

    def note(self, name: str) -> str:
        """What stands beside a field."""
        return str(self.form.query_one(f"#{name} .field--note", Static).visual)

    def type(self, name: str, text: str) -> None:
        """Put a text into a field."""
        self.form.query_one(f"#{name}", Field).value = text

    def words(self, id: str) -> str:
        """What a line of the form says."""
        return str(self.form.query_one(f"#{id}", Static).visual)


@SIZES
async def test_many_times(size: tuple[int, int]) -> None:
    """A message is sent many times by typing a number; what is filled in is said."""
    app = SendApp(Draft('{"n": {n}}'))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "10 B" in app.words("message")
        assert '{"n": {n}}' in app.words("message")
        await pilot.press("backspace", *"1000", "tab", "tab", *"50/s")
        await pilot.pause()
        assert "are filled in" in app.note("times")
        await pilot.press("enter")
    plan = SendPlan(b'{"n": {n}}', times=1000, rate=Rate(50))
    assert app.results == [SendChoice((0,), plan)]


async def test_fragments_are_shown() -> None:
    """The fragments that sizes make of the message are spelled out beside them."""
    app = SendApp(Draft("x" * 67))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.type("sizes", "10,20,rest")
        app.type("pause", "50 ms")
        await pilot.pause()
        assert app.note("sizes") == "3 fragments: 10 + 20 + 37 B"
        app.type("sizes", "1")
        await pilot.pause()
        assert app.note("sizes") == "67 fragments"
        app.type("sizes", "100,rest")
        await pilot.pause()
        assert app.note("sizes") == "one frame: the message has 67 B"
        app.type("sizes", "10,20,rest")
        await pilot.press("ctrl+s")
    plan = SendPlan(b"x" * 67, sizes=FragmentSizes((10, 20), None), pause=0.05)
    assert app.results == [SendChoice((0,), plan)]


async def test_what_is_wrong_is_told_beside_it() -> None:
    """A text that means nothing keeps the form open, and is gone to."""
    app = SendApp(Draft("x"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.type("rate", "fast")
        await pilot.press("enter")
        await pilot.pause()
        assert app.note("rate").startswith("✕ Write a rate")
        assert app.focused is app.form.query_one("#rate LineInput")
        assert app.results == []
        await pilot.press("escape")
    assert app.results == [None]
    assert app.texts.texts["rate"] == "fast"


@SIZES
async def test_raw_frame(size: tuple[int, int]) -> None:
    """Behind the switch the bytes of a frame are shown, and the rules that they break."""
    app = SendApp(Draft("48 65 6c 6c 6f", Kind.BINARY))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.form.query_one("#opcode").region.height == 0
        app.form.query_one("#break", Field).control.focus()
        await pilot.press("space")
        await pilot.pause()
        assert app.form.query_one("#opcode").region.height == 1
        assert app.form.query_one("#times").region.height == 0
        assert "82 85 37 fa 21 3d 7f 9f 4d 51 58" in app.words("bytes")
        assert "breaks no rule" in app.words("broken")
        assert app.form.query_one(DialogButtons).submit == "Send raw"
        app.type("opcode", "3")
        app.type("mask", "none")
        app.type("length", "200/64")
        app.type("rsv", "100")
        await pilot.pause()
        assert "c3 7f 00 00 00 00 00 00 00 c8 48" in app.words("bytes")
        broken = app.words("broken")
        for words in ("Opcode 3 is reserved", "RSV1", "masks every frame", "says 200"):
            assert words in broken
        assert "taken for its missing bytes" in broken
        await pilot.press("ctrl+s")
    frame = RawFrame(3, b"Hello", rsv=4, masked=False, length=200, bits=64)
    assert app.results == [SendChoice((0,), frame)]


async def test_rsv1_with_compression() -> None:
    """Where compression was agreed on, RSV1 on the first frame of a message breaks nothing."""
    app = SendApp(Draft("x"), compression=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.form.query_one("#break", Field).value = True
        app.type("rsv", "100")
        await pilot.pause()
        assert "breaks no rule" in app.words("broken")


async def test_to_several() -> None:
    """The arrow keys choose among the selected, the marked and all."""
    groups = (Group("the selected, 2", (2,)), Group("all 3 open", (0, 1, 2)))
    app = SendApp(Draft("x"), *groups)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("shift+tab", "right", "ctrl+s")
    assert app.results == [SendChoice((0, 1, 2), SendPlan(b"x"))]


# The workbench


async def test_from_the_composer(pool: FakePool) -> None:
    """A key in the composer opens the form with what is written; sent, it leaves the composer."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("0", "s", *"hi {n}", "ctrl+o")
        await pilot.pause()
        assert isinstance(app.screen, SendScreen)
        await pilot.press("backspace", *"forever", "enter")
        await settle(pilot)
        plan = SendPlan(b"hi {n}", times=None)
        assert last_call(pool) == ("carry_out", (0,), plan)
        composer = bench(app).query_one(Composer)
        assert composer.text == ""
        assert "F8 stops it" in toasts(app)
        pool.connections[0].outgoing.done = 1234
        await settle(pilot)
        assert "sent 1,234 · F8 stops" in title(composer)
        sidebar = bench(app).query_one(ConnectionList)
        assert any("↑1,234…" in sidebar.render_line(y).text for y in range(5))
        await pilot.press("f8")
        await settle(pilot)
        assert last_call(pool) == ("cancel", 0)
        assert "stopped after 1,234" in toasts(app)
        assert "F8" not in title(composer)


async def test_to_the_marked(pool: FakePool) -> None:
    """With marks the form begins with them; stopping stops on all that the plan is for."""
    app = make_app(pool, "ws://a", "ws://b", "ws://c")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        bench(app).marks.toggle(0)
        bench(app).marks.toggle(2)
        await pilot.press("0", "s", *"x", "ctrl+o")
        await pilot.pause()
        await pilot.press("backspace", *"9", "enter")
        await settle(pilot)
        assert last_call(pool) == ("carry_out", (0, 2), SendPlan(b"x", times=9))
        await pilot.press("f8")
        await settle(pilot)
        assert pool.calls[-2:] == [("cancel", 0), ("cancel", 2)]


async def test_raw_frame_is_in_the_transcript(pool: FakePool) -> None:
    """A frame that broke the rules stands out, and its entry says which."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"sendraw . 3 unmasked 41", "enter")
        await settle(pilot)
        assert last_call(pool) == ("send_raw", (0,), RawFrame(3, b"A", masked=False))
        view = bench(app).view
        shown = "\n".join(view.render_line(y).text for y in range(view.size.height))
        assert "raw" in shown
        assert "breaks rules: opcode 3, not masked" in shown
        entry = bench(app).query_one("#entry")
        pane = entry.pane  # type: ignore[attr-defined]
        drawn = "\n".join(pane.render_line(y).text for y in range(pane.size.height))
        assert "made by hand" in drawn
        assert "A client masks every frame (5.1)." in drawn


async def test_what_waits_is_shown(pool: FakePool) -> None:
    """What the other side does not take stands in the composer, the sidebar and the border."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        outgoing = pool.connections[0].outgoing
        outgoing.messages, outgoing.queued, outgoing.unsent = 3, 1 << 20, 1 << 18
        await settle(pilot)
        assert "1.2 MiB waiting · F8 stops" in title(bench(app).query_one(Composer))
        sidebar = bench(app).query_one(ConnectionList)
        assert "▤ 1.2 MiB" in sidebar.render_line(2).text
        assert "1.2 MiB waiting" in str(bench(app).view._border_subtitle)


async def test_wrong_hex_is_not_sent_in_any_way(pool: FakePool) -> None:
    """What is no hex opens no form; the composer says why."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("s", "ctrl+t", *"XY", "ctrl+o")
        await settle(pilot)
        assert not isinstance(app.screen, SendScreen)
        assert "Not sent" in title(bench(app).query_one(Composer))


async def test_nothing_to_stop(pool: FakePool) -> None:
    """The key that stops says that nothing is being sent."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("f8")
        await settle(pilot)
        assert "Nothing is being sent" in toasts(app)


async def test_left_out_connections(pool: FakePool) -> None:
    """A command to several is about those that are open."""
    app = make_app(pool, "ws://a", "ws://b")
    pool.connect(ConnectOptions("ws://c"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"sendfrag all 1 ab", "enter")
        await settle(pilot)
        plan = SendPlan(b"ab", sizes=FragmentSizes((), 1))
        assert last_call(pool) == ("carry_out", (0, 1, 2), plan)


async def test_switches_say_their_state_and_leave_enter_to_the_form() -> None:
    """A switch is turned by blank and by the arrow keys, says so in a word, and Enter sends."""
    app = SendApp(Draft("x"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        toggle = app.form.query_one("#break Toggle")
        toggle.focus()
        assert str(toggle.render()) == "– off"
        await pilot.press("space", "left", "right")
        assert str(toggle.render()) == "✓ on "
        await pilot.press("enter")
    assert isinstance(app.results[0], SendChoice)
    assert isinstance(app.results[0].meant, RawFrame)


async def test_enter_on_the_choice_of_connections_sends() -> None:
    """Enter does what the form's border says, wherever the focus is."""
    app = SendApp(Draft("x"), Group("the selected, 0", (0,)), Group("all 2 open", (0, 1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.form.query_one("#to Choice").focus()
        await pilot.press("right", "enter")
    assert app.results == [SendChoice((0, 1), SendPlan(b"x"))]


async def test_an_empty_message_says_where_it_is_written() -> None:
    """The form shows no field for the message: it says where that is."""
    app = SendApp(Draft(""))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "composer" in app.words("message")
