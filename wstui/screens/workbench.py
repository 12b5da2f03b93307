"""The workbench: sidebar, transcript, entry and composer, for the selected connection or listener.

Owns the layout, what is selected, and the actions on it. Each pane does its own work
and speaks upwards in messages; what is asked of the network is asked of the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, TextArea

from wstui.actions import GROUPED, Action, Place, bindings
from wstui.core.commands.complete import Completion, complete
from wstui.core.commands.language import parse_command
from wstui.core.commands.words import CommandError
from wstui.core.connection import Connection, State
from wstui.core.listener import Listener
from wstui.core.ports import Pool, Profiles, Refused
from wstui.core.profiles import Options
from wstui.screens.deciding import Deciding
from wstui.screens.execute import execute
from wstui.screens.listeners import Listeners
from wstui.screens.profiling import Profiling
from wstui.screens.unlocking import Unlocking
from wstui.theme import DAY, NIGHT
from wstui.widgets import facts
from wstui.widgets.ask_bar import AskBar
from wstui.widgets.command_bar import CommandBar
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.entry_view import EntryView
from wstui.widgets.filter_bar import FilterBar
from wstui.widgets.key_line import KeyLine
from wstui.widgets.listener_facts import listener_facts, listener_title
from wstui.widgets.notice import Notice
from wstui.widgets.pulse import PERIOD, Pulse
from wstui.widgets.sidebar import Sidebar
from wstui.widgets.transcript_view import TranscriptView

NORMAL: Final = 100
"""Columns from which the sidebar has room."""

MANY: Final = 200
"""Connections from which changes of their states are gathered."""

STOCK_PERIOD: Final = 0.1
"""Seconds for which they are."""

REST: Final = 0.001
"""Seconds left to others between two slices of sampling."""

WIDE: Final = 190
"""Columns from which the entry view stands beside the transcript."""


_ABOUT_FILTER: Final = {"next_match", "previous_match", "clear_filter"}


class Workbench(Deciding, Listeners, Profiling):
    """Everything about the connections and listeners of `pool`, of which one is selected."""

    CSS_PATH = "workbench.tcss"
    BINDINGS = [
        *bindings(Place.WORKBENCH),
        *(Binding(str(digit), f"jump({digit})", show=False) for digit in range(10)),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NORMAL, "-normal"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-short"), (30, "-medium"), (48, "-tall")]
    AUTO_FOCUS = "#transcript"

    class PoolChanged(Message):
        """Connections or listeners changed their state, came or went."""

    def __init__(
        self,
        pool: Pool,
        *,
        profiles: Profiles,
        on_start: Sequence[Options],
        clock: Callable[[], float],
        note: str = "",
    ) -> None:
        """`on_start` is connected to, or listened on, at once, `note` being kept with the first
        of them; `clock` tells seconds since the epoch."""
        super().__init__(pool, profiles)
        self._on_start = on_start
        self._note = note
        self.set_class(not on_start and not self.roster.ids, "-empty")  # styled once that way
        self._clock = clock
        self._pulse = Pulse(pool.connections, clock, pool.listeners)
        self._unsubscribe: list[Callable[[], None]] = []
        self._change_posted = False
        self._stock_taken = 0.0  # `monotonic()` of it
        self._unlocking = Unlocking(self, pool)

    def compose(self) -> ComposeResult:
        roster, pulse, marks = self.roster, self._pulse, self.marks
        yield AskBar(id="ask-bar")
        yield ConnectionStrip(roster, pulse, marks=marks, id="strip")
        with Horizontal(id="columns"):
            yield Sidebar(roster, pulse, marks, id="sidebar")
            with Vertical(id="main"):
                yield FilterBar(id="filter")
                with Container(id="panes"):
                    with Vertical(id="conversation"):
                        yield Notice(id="notice")
                        yield TranscriptView(id="transcript")
                    yield EntryView(id="entry")
                yield Composer(id="composer")
        yield CommandBar(self._complete, id="command")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        changed = self._pool_changed
        self._unsubscribe = [self.pool.subscribe(changed), self.pool.watch(changed)]
        self.set_interval(PERIOD, self.beat, name="pulse")
        self.query_one(Composer).watch_kind()
        for options in self._on_start:
            self.begin(options)
            self.remark(self._note)
            self._note = ""
        self._take_stock()
        self.look_at_profiles()

    def on_unmount(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    # What the pool says

    def _pool_changed(self, changed: Connection | Listener) -> None:
        """Called by the pool at any time: many changes at once become one message."""
        if not self._change_posted:
            self._change_posted = True
            self.post_message(self.PoolChanged())

    @on(PoolChanged)
    def _take_stock_soon(self) -> None:
        """Look at the changes; where there is much to look at, not at each of them."""
        wait = STOCK_PERIOD - (monotonic() - self._stock_taken)
        if len(self.pool.connections) > MANY and wait > 0:
            self.set_timer(wait, self._take_stock)
        else:
            self._take_stock()

    def _take_stock(self) -> None:
        """Bring everything that depends on states up to date."""
        self._change_posted = False
        self._stock_taken = monotonic()
        if self.selected not in self.roster:
            self.selected = self.roster.neighbour(self.selected)
        self.query_one(Composer).open_count = self.query_one(Sidebar).take_stock()
        self.set_class(not self.pool.connections and not self.pool.listeners, "-empty")
        self._explain()
        self.look_who_waits()
        self.beat()
        self.refresh_bindings()
        self._unlocking.look()

    def marks_changed(self) -> None:
        self._take_stock()

    def _explain(self) -> None:
        """Say why what is selected failed or how it was closed, if it did."""
        source, notice = self.source, self.query_one(Notice)
        if isinstance(source, Listener):
            notice.show_listener(source, self.pool.listeners.values())
        else:
            notice.show(source)
        failed = isinstance(source, Connection) and source.state is State.FAILED
        self.query_one("#panes").set_class(failed, "-failed")

    def beat(self) -> None:
        """Sample all connections and say what came of it; four times a second."""
        if self._pulse.sample():
            self.set_timer(REST, self._sample_on)
        connection = self.connection
        if connection is not None and self.is_current:
            self._pulse.read(connection)
        self._show_facts()
        self.query_one(Notice).count_down(connection, self._pulse.now)
        self.query_one(AskBar).now = self._pulse.now
        self.show_sending(connection)
        self.show_group()
        self.query_one(Sidebar).sync()
        self.query_one(ConnectionStrip).refresh()
        self.show_entry()

    def _sample_on(self) -> None:
        if self._pulse.go_on():
            self.set_timer(REST, self._sample_on)

    def _show_facts(self) -> None:
        """Say in the border of the transcript how what is selected is doing."""
        source, view, now = self.source, self.view, self._pulse.now
        width = view.size.width - 4  # what the border leaves for words
        if isinstance(source, Listener):
            of_all = self._pulse.of_listener(source)
            view.border_title = listener_title(source)
            view.border_subtitle = listener_facts(source, of_all, now, width)
        elif source is not None:
            vitals = self._pulse.of(source)
            view.border_subtitle = facts.facts(source, vitals, now, width)

    # Selecting

    def watch_selected(self) -> None:
        connection = self.connection
        if connection is not None:
            self.roster.reveal(connection.id)
        view = self.view
        view.source = self.source
        view.border_title = None if connection is None else facts.title(connection)
        view.border_subtitle = None
        view.set_class(connection is not None and connection.insecure, "-insecure")
        self.query_one(Sidebar).select(self.selected)
        self.query_one(ConnectionStrip).selected = self.selected
        self.query_one(Composer).selected = self.selected
        self._explain()
        self.beat()
        self.refresh_bindings()

    @on(ConnectionList.Selected)
    def _selected(self, event: ConnectionList.Selected) -> None:
        event.stop()
        self.selected = event.id

    @on(ConnectionList.Activated)
    def _look_inside(self, event: ConnectionList.Activated) -> None:
        event.stop()
        self.remove_class("-sidebar")
        self.set_focus(self.view)

    @on(TranscriptView.Changed)
    def _counts_changed(self, event: TranscriptView.Changed) -> None:
        self.query_one(FilterBar).update_counts(event.counts)
        self.show_entry(soon=True)

    # Filter

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self.view.set_filter(event.filter)
        self.refresh_bindings()

    @on(FilterBar.CountsClicked)
    def _counts_clicked(self) -> None:
        self.view.action_newest()

    @on(FilterBar.Dismissed)
    @on(Composer.Left)
    def _back_to_transcript(self) -> None:
        self.set_focus(self.view)

    # Commands

    @on(CommandBar.Submitted)
    def _command(self, event: CommandBar.Submitted) -> None:
        event.stop()
        self._run_command(event.text)

    @work(group="command")
    async def _run_command(self, text: str) -> None:
        bar = self.query_one(CommandBar)
        try:
            answer = await execute(
                parse_command(text, await self.book_for(text)),
                self.pool,
                self.selected,
                self.marks,
                self.profiles,
            )
        except CommandError as error:
            bar.refuse(text, str(error), error.position)
            return
        except Refused as refusal:
            bar.refuse(text, str(refusal))
            return
        bar.answer(text, answer.text)
        await self.book_for(text)  # the command may have changed it
        if answer.selects is not None:
            self.selected = answer.selects
        if answer.filter is not None:
            self.query_one(FilterBar).value = answer.filter
        if answer.quits:
            await self.app.run_action("quit")

    def _complete(self, line: str) -> list[Completion]:
        pool = self.pool
        return complete(line, pool.connections.values(), self.book, pool.listeners.values())

    @on(CommandBar.Dismissed)
    def _command_dismissed(self) -> None:
        self.set_focus(self.view)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        match action:
            case "next_match" | "previous_match":
                # In the list of connections n is for a new one, as it is without a filter.
                listed = isinstance(self.focused, ConnectionList)
                return self.view.filter is not None and not listed
            case "hide_notice":
                return self.query_one(Notice).is_shown
            case "clear_filter":
                typing = isinstance(self.focused, Input | TextArea)
                return bool(self.query_one(FilterBar).value) and not typing
            case "filter" if isinstance(self.focused, Input | TextArea):
                return False  # the slash is typed there, which Textual does not know of
            case "filter":
                return None if self.source is None else True
        return super().check_action(action, parameters)

    @property
    def offered(self) -> list[Action]:
        """What the palette offers: all but what is about a filter or a notice without one."""
        pointless = set() if self.query_one(FilterBar).value else set(_ABOUT_FILTER)
        if not self.query_one(Notice).is_shown:
            pointless.add("hide_notice")
        if not self.query_one(AskBar).waiting:
            pointless.add("answer")
        return [action for _, group in GROUPED for action in group if action.id not in pointless]

    def action_next_match(self) -> None:
        """Go to the next entry that matches."""
        self.view.jump_match(1)

    def action_previous_match(self) -> None:
        """Go to the match before."""
        self.view.jump_match(-1)

    def action_hide_notice(self) -> None:
        """Take the words about the end of the connection away."""
        notice = self.query_one(Notice)
        if notice.has_focus:
            self.set_focus(self.view)
        notice.hide()
        self.refresh_bindings()

    def action_compose(self) -> None:
        """Go to the composer."""
        self.set_focus(self.query_one(Composer))

    def action_filter(self) -> None:
        """Go to the filter."""
        self.set_focus(self.query_one(FilterBar).query_one(Input))

    def action_clear_filter(self) -> None:
        """Show everything again."""
        self.query_one(FilterBar).clear()

    def action_command(self) -> None:
        """Open the command bar."""
        self.query_one(CommandBar).open()

    def action_sidebar(self) -> None:
        """Show or hide the lists of connections and listeners."""
        sidebar = self.query_one("#sidebar")
        self.toggle_class("-sidebar" if self.has_class("-narrow") else "-no-sidebar")
        if sidebar.display and self.has_class("-narrow"):
            self.focus_selected()
        elif not sidebar.display:
            self.set_focus(self.view)

    def action_statistics(self) -> None:
        """Rates, sizes and gaps of the connection, live."""
        from wstui.screens.statistics import StatisticsScreen

        if self.connection is not None:
            self.app.push_screen(StatisticsScreen(self.connection, self._clock))

    def action_theme(self) -> None:
        """Switch between the dark and the light theme."""
        self.app.theme = DAY.name if self.app.theme == NIGHT.name else NIGHT.name
