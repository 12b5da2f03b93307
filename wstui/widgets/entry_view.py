"""One entry, in the view that suits it: text, JSON, hex, or its frames.

Owns which view is open, what was chosen for which kind of entry, and the words around it. How an
entry looks in a view is that view's matter.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.style import Style

from wstui.core.connection import Connection, Failure, Handshake
from wstui.core.decoders import sniff
from wstui.core.entry import Entry, EventName, Kind, LocalEvent
from wstui.core.printable import printable
from wstui.core.roster import Source
from wstui.core.transcript import Transcript
from wstui.core.units import count_text, size_text
from wstui.widgets.fact_rows import Fact
from wstui.widgets.frames_view import FramesView
from wstui.widgets.handshake_facts import failure_facts, handshake_facts
from wstui.widgets.hex_view import HexView
from wstui.widgets.json_view import JsonView
from wstui.widgets.pane import GONE, Pane
from wstui.widgets.rows_view import RowsView
from wstui.widgets.slate import Slate
from wstui.widgets.text_view import TextView

Tab = Literal["text", "json", "hex", "frames"]

TABS: Final[dict[Tab, str]] = {"text": "Text", "json": "JSON", "hex": "Hex", "frames": "Frames"}

KIND_STYLES: Final = {
    Kind.EVENT: "$warning",
    Kind.TEXT: "$foreground",
    Kind.BINARY: "$binary",
    Kind.CLOSE: "$closing",
    Kind.PING: "$control",
    Kind.PONG: "$control",
    Kind.RAW: "$error",
}

NOTHING: Final = Slate("○", "No entry selected", (("↑ ↓", "select one"), ("v", "changes the view")))


class Shown(NamedTuple):
    """An entry and what was found out about it when it was opened."""

    transcript: Transcript
    entry: Entry
    format: str
    """What the payload seems to be, as `sniff.describe` says it; empty when unknown."""

    @property
    def best(self) -> Tab:
        """The view that suits it."""
        kind = self.entry.kind
        if kind in (Kind.CLOSE, Kind.RAW):
            return "frames"
        if self.format == "JSON" and kind in (Kind.TEXT, Kind.BINARY):
            return "json"
        return "text" if kind in (Kind.TEXT, Kind.EVENT) else "hex"

    def read(self, start: int, stop: int) -> bytes:
        """Bytes of the payload; raises IndexError once they have left memory."""
        number = self.entry.number
        if number < self.transcript.first and not self.entry.is_event:
            # By this number the gap that stands for dropped entries could be had instead.
            raise IndexError(number)
        return self.transcript.payload(number, start, stop)

    def fits(self, tab: Tab) -> bool:
        """Whether `tab` has something to say about it."""
        if tab == "json":
            return self.format == "JSON"
        if tab == "text":
            is_bytes = self.entry.kind in (Kind.BINARY, Kind.RAW)
            return not is_bytes or self.format in ("JSON", "UTF-8 text")
        return tab == "hex" or not self.entry.is_event


class EntryView(Container):
    """The entry that was given to `show`. A tab that is picked is kept for entries of its kind."""

    DEFAULT_CSS = """
    EntryView {
        height: 1fr;
        border: round $border-blurred;
        border-title-color: $foreground 70%;
        border-subtitle-color: $foreground 70%;
        background: $background;
        &:focus-within { border: round $border; }
    }
    """
    BINDINGS = [Binding("escape", "leave", "Back to the transcript", show=False)]

    tab: var[Tab] = var[Tab]("text", init=False)
    """The open view; setting it picks it for entries of this kind."""

    class Dismissed(Message):
        """Somebody wants to leave the entry: Escape."""

        def __init__(self, view: EntryView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> EntryView:
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: Shown | None = None
        self._asked: tuple[Source | None, int | None] = (None, None)
        self._picked: dict[Kind, Tab] = {}
        self._panes: dict[Tab, Pane] = {
            "text": TextView(id="entry-text"),
            "json": JsonView(id="entry-json"),
            "hex": HexView(id="entry-hex"),
            "frames": FramesView(id="entry-frames"),
        }

    def compose(self) -> ComposeResult:
        for tab, pane in self._panes.items():
            pane.display = tab == self.tab
            yield pane

    def on_mount(self) -> None:
        self._fill()

    @property
    def number(self) -> int | None:
        """The entry that is shown, or was to be shown but is gone."""
        return self._asked[1]

    @property
    def pane(self) -> Pane:
        """The open view."""
        return self._panes[self.tab]

    # Showing

    def show(self, source: Source | None, number: int | None) -> None:
        """Show entry `number` of `source`; None for either says that nothing is selected."""
        if (source, number) == self._asked:
            return
        self._asked = (source, number)
        self._shown = None
        if source is not None and number is not None:
            transcript = source.transcript
            try:
                entry = transcript.entry(number)
                head = transcript.payload(number, 0, sniff.HEAD)
            except IndexError:
                pass  # dropped to stay within the memory limit; said by `_fill`
            else:
                self._shown = Shown(transcript, entry, _format(entry, head))
        self._open()

    def _open(self) -> None:
        """Open the view that was picked for this kind of entry, or else the one that suits it."""
        shown = self._shown
        if shown is not None:
            picked = self._picked.get(shown.entry.kind)
            tab = picked if picked is not None and shown.fits(picked) else shown.best
            if tab != self.tab:
                before = self.tab
                self.set_reactive(EntryView.tab, tab)
                self._switch(before, tab)
                return
        self._fill()

    def _switch(self, before: Tab, after: Tab) -> None:
        focused = self._panes[before].has_focus
        # Not by a class: that would compute the styles of all panes anew, at each entry.
        self._panes[before].display = False
        self._panes[after].display = True
        if focused:
            self._panes[after].focus()
        self._fill()

    def _fill(self) -> None:
        """Bring the open view and the words around it up to date."""
        if not self.is_mounted:
            return
        shown, pane = self._shown, self.pane
        if shown is None:
            self._say(NOTHING if None in self._asked else GONE)
        else:
            try:
                self._fill_pane(shown, pane)
            except IndexError:
                self._say(GONE)
        self._describe()

    def _fill_pane(self, shown: Shown, pane: Pane) -> None:
        transcript, entry = shown.transcript, shown.entry
        number, size = entry.number, entry.size
        read = shown.read
        if isinstance(pane, FramesView):
            if entry.is_event:
                pane.show_none()
            else:
                speaks = entry.kind in (Kind.CLOSE, Kind.RAW)
                body = transcript.payload(number) if speaks else b""
                frames = transcript.fragments(number)
                pane.show_frames(entry, frames, body, client=transcript.client)
        elif isinstance(pane, HexView):
            pane.show_bytes(read, size)
        elif isinstance(pane, JsonView):
            pane.show_json(read, size)
        elif isinstance(pane, TextView):
            if entry.is_event:
                try:
                    event = transcript.event(number)
                    pane.show_event(event, self._about(event, entry))
                    return
                except ValueError:
                    pass  # its text is shown as it is stored
            pane.show_text(read, size)

    def _about(self, event: LocalEvent, entry: Entry) -> list[Fact]:
        """What the connection knows of an event, beside what was recorded with it."""
        connection = self._asked[0]
        told = (EventName.OPEN, EventName.FAILED)
        if not isinstance(connection, Connection) or event.name not in told:
            return []
        what = connection.attempts.get(entry.number)
        if isinstance(what, Handshake):
            return handshake_facts(what, entry.time)
        if isinstance(what, Failure):
            return failure_facts(what, entry.time)
        return [Fact("details", "are kept of the last attempts only", "label")]

    def _say(self, said: Slate) -> None:
        pane = self.pane
        if isinstance(pane, HexView):
            pane.show(said)
        elif isinstance(pane, RowsView):
            pane.show(None, said)

    # Words around

    def _describe(self) -> None:
        shown = self._shown
        self.border_title = self._title(shown) if shown else Content("Entry")
        self.border_subtitle = self._subtitle(shown) if shown else None

    def _title(self, shown: Shown) -> Content:
        """Number, direction, kind and size, and the tabs, with less of it if room is short."""
        room = self.size.width - 4
        title = self._long_title(shown, size=True, pad=" ")
        if title.cell_length > room:
            title = self._long_title(shown, size=False, pad=" ")
        return title if title.cell_length <= room else self._long_title(shown, size=False, pad="")

    def _long_title(self, shown: Shown, *, size: bool, pad: str) -> Content:
        entry = shown.entry
        parts: list[Content | tuple[str, str]] = [(str(entry.number), "bold")]
        if not entry.is_event:
            arrow = (" ↑ ", "$out") if entry.outgoing else (" ↓ ", "$in")
            parts.append(arrow)
        else:
            parts.append((" · ", "$dim"))
        parts.append((entry.kind.word, KIND_STYLES[entry.kind]))
        parts.append((f" {size_text(entry.size)} " if size else "", "$foreground 70%"))
        parts.append((" ", "$foreground"))
        for tab, name in TABS.items():
            style = "bold $background on $primary" if tab == self.tab else "$foreground 70%"
            label = Content.styled(f"{pad}{name}{pad}", style)
            parts.append(label.stylize(Style.from_meta({"tab": tab})))
            parts.append(("" if pad else " ", "$foreground"))
        return Content.assemble(*parts)

    def _subtitle(self, shown: Shown) -> Content:
        """What the payload seems to be, what is wrong with it, its frames and wire bytes."""
        entry = shown.entry
        parts: list[Content] = []
        if shown.format:
            parts.append(Content(printable(shown.format)))
        parts += self._remarks()
        if entry.is_event:
            parts.append(Content("local event"))
        else:
            frames = len(shown.transcript.fragments(entry.number)) if entry.fragmented else 1
            parts.append(Content(f"{count_text(frames)} frame{'' if frames == 1 else 's'}"))
            parts.append(Content(f"{count_text(entry.wire)} B on the wire"))
        if entry.incomplete:
            parts.append(Content.styled("unfinished", "$error"))
        return Content(" · ").join(parts)

    def _remarks(self) -> list[Content]:
        """What was found while rows were counted, and how far that is."""
        pane = self.pane
        rows = pane.rows if isinstance(pane, RowsView) else None
        if rows is None:
            return []
        remarks = []
        if rows.broken is not None:
            words = f"no UTF-8 at byte {count_text(rows.broken)}"
            remarks.append(Content.styled(words, "$error"))
        problem = getattr(rows, "problem", None)
        if problem is not None:
            where = f"line {count_text(problem.line)}, column {count_text(problem.column)}"
            remarks.append(Content.styled(f"no JSON at {where}", "$error"))
        if not rows.complete and rows.size:
            what = TABS[self.tab] if self.tab == "json" else "text"
            words = f"{100 * rows.scanned // rows.size} % laid out as {what}"
            if isinstance(pane, RowsView) and pane.to_end:
                remarks.append(Content.styled(f"to the end: {words}", "$warning"))
            else:
                remarks.append(Content.styled(words, "$dim"))
        return remarks

    # Watchers, handlers and actions

    def watch_tab(self, before: Tab, after: Tab) -> None:
        shown = self._shown
        if shown is not None:
            if after == shown.best:
                self._picked.pop(shown.entry.kind, None)
            else:
                self._picked[shown.entry.kind] = after
        self._switch(before, after)

    def validate_tab(self, tab: str) -> Tab:
        """Refuse a view that does not exist."""
        if tab not in TABS:
            raise ValueError(f"there is no view {tab!r}")
        return tab

    @on(RowsView.Counted)
    def _counted(self, event: RowsView.Counted) -> None:
        event.stop()
        if event.view is self.pane and self._shown is not None:
            self.border_subtitle = self._subtitle(self._shown)

    def on_resize(self) -> None:
        self._describe()

    def on_click(self, event: Click) -> None:
        tab = event.style.meta.get("tab")
        if tab in TABS:
            self.tab = tab
            self.focus()

    def focus(self, scroll_visible: bool = True) -> EntryView:
        """Focus the open view."""
        self.pane.focus(scroll_visible)
        return self

    def next_tab(self) -> None:
        """Open the view after the open one, as they stand in the title."""
        tabs = list(TABS)
        self.tab = tabs[(tabs.index(self.tab) + 1) % len(tabs)]

    def action_leave(self) -> None:
        """Ask to go back to the transcript."""
        self.post_message(self.Dismissed(self))


def _format(entry: Entry, head: bytes) -> str:
    """What the payload seems to be, as far as that is worth saying for its kind."""
    if entry.kind is Kind.TEXT:
        # That a text message is text is no news.
        found = sniff.text_format(head, whole=len(head) >= entry.size)
        return "JSON" if found == "JSON" else ""
    return sniff.describe(head, entry.size) if entry.kind is Kind.BINARY else ""
