"""The connect form: everything about one new connection, checked while it is typed.

Owns how the fields look and which of them is wrong. Which options there are stands in the option
table, what texts mean is the matter of `core/options/draft`; opening the connection is left to who
asked for the options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Button, ContentSwitcher, Input, Static, Switch, Tab, Tabs, TextArea

from wstui.core.options.connect import ConnectOptions, complete_uri, masked_uri
from wstui.core.options.draft import (
    USUAL_DRAFT,
    Draft,
    Reading,
    cautions,
    draft_of,
    is_changed,
    read_draft,
)
from wstui.core.options.info import Section
from wstui.core.options.table import BY_PATH, OPTIONS, SECTIONS
from wstui.core.paste import Pasted
from wstui.core.printable import printable
from wstui.widgets.choice import Choice
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput
from wstui.widgets.option_fields import OptionFields
from wstui.widgets.uri_input import UriInput

TITLE: Final = "New connection"
URI_PLACEHOLDER: Final = "ws://localhost:9002/chat, or paste curl …"
URI_HINT: Final = "a bare host gets wss://, this machine ws://"
SHOWN_PROBLEMS: Final = 3
"""Problems shown beside one field; more are counted."""


class ConnectScreen(DialogScreen[ConnectOptions | None]):
    """Asks for the options of a new connection; None when it was given up.

    `draft` always holds what was typed: give it to the next form and nothing is lost.
    """

    CSS_PATH = "connect.tcss"

    BINDINGS = [
        Binding("ctrl+s,enter", "connect", "Connect"),
        Binding("f2", "section(1)", "Sections"),
        Binding("f3", "save", "Save as"),
        Binding("shift+f2,f14", "section(-1)", "Back", show=False),
        Binding("ctrl+r", "reset", "Reset"),
        Binding("escape", "dismiss_form", "Cancel"),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("up", "recent(1)", "Earlier uri", show=False),
        Binding("down", "recent(-1)", "Later uri", show=False),
    ]

    def __init__(
        self,
        options: ConnectOptions | None = None,
        recent: Sequence[str] = (),
        *,
        draft: Draft | None = None,
        keep: Callable[[ConnectOptions, str], object] | None = None,
        profile: str = "",
    ) -> None:
        """`options` of the connection before fill the form, or `draft` of a form that was given up
        does, which wins; `recent` are uris, the latest first. `keep` asks for a name and saves
        options as a profile, None where that cannot be; `profile` is the name of one that is
        edited."""
        super().__init__()
        self._keep = keep
        self._profile = profile
        self._began = USUAL_DRAFT if options is None else draft_of(options)
        self.draft: Draft = {**USUAL_DRAFT, **(self._began if draft is None else draft)}
        self._recent = tuple(uri for uri in recent if printable(uri) == uri)
        self._recalled = -1
        self._submitted = False

    @property
    def is_draft(self) -> bool:
        """Whether something else stands in it than what it began with."""
        return self.draft != self._began

    def compose(self) -> ComposeResult:
        recent = [("↑↓", "recent")] if self._recent else []
        submit = "Save" if self._profile else "Connect"
        save = [("f3", "save as" if self._profile else "save")] if self._keep is not None else []
        keys = [("ctrl+s", submit.lower()), ("f2", "tabs"), *save, *recent, ("ctrl+r", "reset")]
        with Dialog(self._heading, [*keys, ("esc", "cancel")], id="connect"):
            yield self._uri_field()
            yield Static(id="pasted", markup=False)
            yield Tabs(*(Tab(section, id=section.name) for section in SECTIONS), id="sections")
            with ContentSwitcher(id="fields", initial=Section.REQUEST.name):
                yield OptionFields(Section.REQUEST, self.draft)
            yield DialogButtons(submit, "primary")

    def _uri_field(self) -> Field:
        suggester = SuggestFromList(self._recent, case_sensitive=False) if self._recent else None
        control = UriInput(str(self.draft["uri"]), placeholder=URI_PLACEHOLDER, suggester=suggester)
        return Field("URI", control, option="uri")

    def on_mount(self) -> None:
        self._say_whose()
        self._say_pasted(None)
        self._check()
        uri = self.field("uri").control
        uri.focus()

    def _say_whose(self) -> None:
        """Say in the title where that comes from which nobody typed here."""
        if self.draft == USUAL_DRAFT or (self._profile and not self.is_draft):
            whose = Content("")
        elif self.is_draft:
            whose = Content.styled(" · draft of the form you left", "$warning")
        else:
            whose = Content.styled(" · as the connection before", "$dim")
        self.query_one("#connect").border_title = Content.assemble(self._heading, whose)

    @property
    def _heading(self) -> str:
        return f"Profile {self._profile}" if self._profile else TITLE

    def field(self, option: str) -> Field:
        """The field of an option, which is there once its section was shown."""
        return self.query_one(f"#{option.replace('.', '-')}", Field)

    # Sections

    @on(Tabs.TabActivated, "#sections")
    async def _show_section(self, event: Tabs.TabActivated) -> None:
        event.stop()
        await self.show(Section[str(event.tab.id)])

    async def show(self, section: Section) -> None:
        """Bring a section into sight; its fields are made when they are first wanted."""
        switcher = self.query_one("#fields", ContentSwitcher)
        if not switcher.query(f"#{section.name}"):
            await switcher.add_content(OptionFields(section, self.draft))
            self._check()
        switcher.current = section.name
        self.query_one("#sections", Tabs).active = section.name

    async def action_section(self, step: int) -> None:
        """Go to the first field of the next section, or of the one before."""
        active = self.query_one("#sections", Tabs).active
        here = SECTIONS.index(Section[active])
        if self.focused is not None and self.query_one("#fields") in self.focused.ancestors:
            here = (here + step) % len(SECTIONS)
        await self.show(SECTIONS[here])
        self.query_one(f"#{SECTIONS[here].name}", OptionFields).focus_first()

    def action_page(self, pages: int) -> None:
        """Scroll the section in sight, whatever has the focus."""
        section = self.query_one("#fields", ContentSwitcher).visible_content
        if section is not None:
            section.scroll_relative(y=pages * section.size.height, animate=False)

    # Reading it

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Switch.Changed)
    @on(Choice.Changed)
    def _read(
        self, event: Input.Changed | TextArea.Changed | Switch.Changed | Choice.Changed
    ) -> None:
        event.stop()
        self._check()

    def _check(self) -> Reading:
        """Read the form, and show what it means, field by field."""
        self.draft = {**self.draft, **{field.option: field.value for field in self.query(Field)}}
        reading = read_draft(self.draft)
        problems: dict[str, list[str]] = {}
        for problem in reading.problems:
            problems.setdefault(problem.option, []).append(str(problem))
        if not str(self.draft["uri"]).strip() and not self._submitted:
            problems.pop("uri", None)  # nobody was wrong yet
        careful = cautions(reading.options)
        for field in self.query(Field):
            field.problem = _sentences(problems.get(field.option, []))
            if field.option in BY_PATH:
                caution = careful.get(field.option)
                field.hint = f"⚠ {caution}" if caution else BY_PATH[field.option].hint
                field.tone = "warning" if caution else ""
        self._show_uri()
        self._mark_sections(problems, careful)
        wrong = len(problems)
        verdict = f"✕ {wrong} field{'s are' if wrong > 1 else ' is'} not right yet" if wrong else ""
        self.query_one(DialogButtons).verdict = verdict
        return reading

    def _show_uri(self) -> None:
        field = self.field("uri")
        uri = complete_uri(str(self.draft["uri"]))
        field.tone = "good" if uri else ""
        field.hint = f"→ {printable(masked_uri(uri))}" if uri else URI_HINT

    def _mark_sections(self, problems: Mapping[str, object], careful: Mapping[str, str]) -> None:
        """Say on the tabs what they hide, so that nothing odd is out of sight."""
        for tab in self.query(Tab):
            section = Section[str(tab.id)]
            rows = [info for info in OPTIONS if info.section is section]
            wrong = sum(info.path in problems for info in rows)
            changed = sum(is_changed(info, self.draft) for info in rows)
            if wrong:
                tab.label = Content.assemble(section, (f" ✕{wrong}", "$error"))
            elif any(info.path in careful for info in rows):
                tab.label = Content.assemble(section, (" ⚠", "$error"))
            elif changed:
                tab.label = Content.assemble(section, (f" •{changed}", "$primary"))
            else:
                tab.label = Content(section)

    @on(UriInput.Filled)
    def _fill(self, event: UriInput.Filled) -> None:
        """Take what was pasted: a whole command line replaces all that stands in the form."""
        event.stop()
        pasted = event.pasted
        self.draft = {**(USUAL_DRAFT if pasted.source else self.draft), **pasted.draft}
        for field in self.query(Field):
            field.value = self.draft[field.option]
        uri = self.field("uri").control
        if isinstance(uri, LineInput):
            uri.cursor_position = len(uri.value)
        self._submitted = False
        self._check()
        self.query_one("#connect").border_title = Content(self._heading)
        self._say_pasted(pasted)

    def _say_pasted(self, pasted: Pasted | None) -> None:
        """Say where the form comes from, and what could not be used of that."""
        words = "" if pasted is None else printable(pasted.words)
        said = self.query_one("#pasted", Static)
        said.display = bool(words)
        said.set_class(pasted is not None and bool(pasted.remarks), "-unused")
        said.update(Content(words))

    # Leaving it

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    async def action_connect(self) -> None:
        """Hand the options back, or go to the first field that is wrong."""
        options = await self._valid()
        if options is not None:
            self.dismiss(options)

    async def action_save(self) -> None:
        """Ask for a name and save the form as a profile; the form stays."""
        options = await self._valid() if self._keep is not None else None
        if self._keep is not None and options is not None:
            self._keep(options, self._profile)

    async def _valid(self) -> ConnectOptions | None:
        """The options; None after going to the first field that is wrong."""
        self._submitted = True
        options, problems = self._check()
        if not problems:
            return options
        first = problems[0].option
        if first in BY_PATH:
            await self.show(BY_PATH[first].section)
        # The field is only laid out, and can be scrolled to, after its section is in sight.
        self.call_after_refresh(self.field(first).control.focus)
        return None

    @on(Button.Pressed, "#cancel")
    def action_dismiss_form(self) -> None:
        """Give up; `draft` keeps what was typed."""
        self.dismiss(None)

    async def action_reset(self) -> None:
        """Start afresh: every field as if nothing had ever been typed."""
        self._submitted = False
        self._recalled = -1
        self.draft = dict(USUAL_DRAFT)
        for field in self.query(Field):
            field.value = USUAL_DRAFT[field.option]
        self._check()
        self._say_whose()
        self._say_pasted(None)
        await self.show(Section.REQUEST)
        self.field("uri").control.focus()

    def action_recent(self, step: int) -> None:
        """Fill the uri with one used before: `step` 1 goes back in time, -1 forth."""
        control = self.field("uri").control
        if not isinstance(control, LineInput) or not control.has_focus or not self._recent:
            return
        self._recalled = min(max(self._recalled + step, 0), len(self._recent) - 1)
        control.value = self._recent[self._recalled]
        control.cursor_position = len(control.value)


def _sentences(problems: list[str]) -> str:
    shown = problems[:SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    return "\n  ".join(shown)
