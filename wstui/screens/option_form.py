"""A form made from a table of options, checked while it is typed; for connections and listeners.

Owns how the fields look and which of them is wrong. Which options there are stands in the table,
what texts mean is the matter of `core/options/draft`; what is done with the options is left to who
asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.suggester import Suggester, SuggestFromList
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, Input, Switch, Tab, Tabs, TextArea

from wstui.core.options.draft import Draft, DraftForm, Reading
from wstui.core.options.info import Section
from wstui.core.options.option_table import AnyOptions
from wstui.core.printable import printable
from wstui.widgets.choice import Choice
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput
from wstui.widgets.option_fields import OptionFields

SHOWN_PROBLEMS: Final = 3
"""Problems shown beside one field; more are counted."""


class OptionForm(DialogScreen[AnyOptions | None], Generic[AnyOptions]):
    """Asks for options of one kind; None when it was given up.

    `draft` always holds what was typed: give it to the next form and nothing is lost.
    """

    CSS_PATH = "option_form.tcss"

    BINDINGS = [
        Binding("ctrl+s,enter", "submit", "Submit"),
        Binding("f2", "section(1)", "Sections"),
        Binding("f3", "save", "Save as"),
        Binding("shift+f2,f14", "section(-1)", "Back", show=False),
        Binding("ctrl+r", "reset", "Reset"),
        Binding("escape", "dismiss_form", "Cancel"),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("up", "recent(1)", "Earlier", show=False),
        Binding("down", "recent(-1)", "Later", show=False),
    ]

    NAME: ClassVar[str]
    """Id of its dialog."""
    TITLE_WORDS: ClassVar[str]
    SUBMIT: ClassVar[str]
    """The word on the button."""
    BEFORE: ClassVar[str]
    """What is called the one before, whose options fill the form."""

    def __init__(
        self,
        form: DraftForm[AnyOptions],
        options: AnyOptions | None,
        recent: Sequence[str],
        *,
        draft: Draft | None,
        keep: Callable[[AnyOptions, str], object] | None,
        profile: str,
    ) -> None:
        """`options` fill the form, or `draft` of a form that was given up does, which wins;
        `recent` are texts of its first field, the latest first. `keep` asks for a name and saves
        options as a profile, None where that cannot be; `profile` is the name of one that is
        edited."""
        super().__init__()
        self._form = form
        self._table = form.table
        self._keep = keep
        self._profile = profile
        self._began = form.usual if options is None else form.fill(options)
        self.draft: Draft = {**form.usual, **(self._began if draft is None else draft)}
        self._recent = tuple(text for text in recent if printable(text) == text)
        self._recalled = -1
        self._submitted = False

    # What is special to one kind of options

    def main_field(self, suggester: Suggester | None) -> Field:
        """The field before all sections."""
        raise NotImplementedError

    def main_hint(self, options: AnyOptions) -> tuple[str, str]:
        """What is said beside it, and how that looks, as `Field.tone`. `options` are as usual where
        something could not be read."""
        raise NotImplementedError

    def cautions(self, options: AnyOptions) -> Mapping[str, str]:
        """What is valid, and yet nothing to do without noticing, by the option's path."""
        return {}

    def below_main(self) -> Iterable[Widget]:
        """What else stands before the sections."""
        return ()

    # Layout

    @property
    def is_draft(self) -> bool:
        """Whether something else stands in it than what it began with."""
        return self.draft != self._began

    def compose(self) -> ComposeResult:
        recent = [("↑↓", "recent")] if self._recent else []
        submit = "Save" if self._profile else self.SUBMIT
        save = [("f3", "save as" if self._profile else "save")] if self._keep is not None else []
        keys = [("ctrl+s", submit.lower()), ("f2", "tabs"), *save, *recent, ("ctrl+r", "reset")]
        suggester = SuggestFromList(self._recent, case_sensitive=False) if self._recent else None
        sections = self._table.sections
        with Dialog(self._heading, [*keys, ("esc", "cancel")], id=self.NAME):
            yield self.main_field(suggester)
            yield from self.below_main()
            yield Tabs(*(Tab(section, id=section.name) for section in sections), id="sections")
            with ContentSwitcher(id="fields", initial=sections[0].name):
                yield OptionFields(self._form, sections[0], self.draft)
            yield DialogButtons(submit, "primary")

    def on_mount(self) -> None:
        self._say_whose()
        self.check()
        self.main.control.focus()

    def _say_whose(self) -> None:
        """Say in the title where that comes from which nobody typed here."""
        if self.draft == self._form.usual or (self._profile and not self.is_draft):
            whose = Content("")
        elif self.is_draft:
            whose = Content.styled(" · draft of the form you left", "$warning")
        else:
            whose = Content.styled(f" · as the {self.BEFORE} before", "$dim")
        self.query_one(Dialog).border_title = Content.assemble(self._heading, whose)

    @property
    def _heading(self) -> str:
        return f"Profile {self._profile}" if self._profile else self.TITLE_WORDS

    def field(self, option: str) -> Field:
        """The field of an option, which is there once its section was shown."""
        return self.query_one(f"#{option.replace('.', '-')}", Field)

    @property
    def main(self) -> Field:
        """The field before all sections."""
        return self.field(self._table.main)

    # Sections

    @on(Tabs.TabActivated, "#sections")
    async def _show_section(self, event: Tabs.TabActivated) -> None:
        event.stop()
        await self.show(Section[str(event.tab.id)])

    async def show(self, section: Section) -> None:
        """Bring a section into sight; its fields are made when they are first wanted."""
        switcher = self.query_one("#fields", ContentSwitcher)
        if not switcher.query(f"#{section.name}"):
            await switcher.add_content(OptionFields(self._form, section, self.draft))
            self.check()
        switcher.current = section.name
        self.query_one("#sections", Tabs).active = section.name

    async def action_section(self, step: int) -> None:
        """Go to the first field of the next section, or of the one before."""
        sections = self._table.sections
        active = self.query_one("#sections", Tabs).active
        here = sections.index(Section[active])
        if self.focused is not None and self.query_one("#fields") in self.focused.ancestors:
            here = (here + step) % len(sections)
        await self.show(sections[here])
        self.query_one(f"#{sections[here].name}", OptionFields).focus_first()

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
        self.check()

    def check(self) -> Reading[AnyOptions]:
        """Read the form, and show what it means, field by field."""
        self.draft = {**self.draft, **{field.option: field.value for field in self.query(Field)}}
        reading = self._form.read(self.draft)
        problems: dict[str, list[str]] = {}
        for problem in reading.problems:
            problems.setdefault(problem.option, []).append(str(problem))
        if not str(self.draft[self._table.main]).strip() and not self._submitted:
            problems.pop(self._table.main, None)  # nobody was wrong yet
        careful = self.cautions(reading.options)
        rows = self._table.by_path
        for field in self.query(Field):
            field.problem = _sentences(problems.get(field.option, []))
            if field.option in rows:
                caution = careful.get(field.option)
                field.hint = f"⚠ {caution}" if caution else rows[field.option].hint
                field.tone = "warning" if caution else ""
        self.main.hint, self.main.tone = self.main_hint(reading.options)
        self._mark_sections(problems, careful)
        wrong = len(problems)
        verdict = f"✕ {wrong} field{'s are' if wrong > 1 else ' is'} not right yet" if wrong else ""
        self.query_one(DialogButtons).verdict = verdict
        return reading

    def _mark_sections(self, problems: Mapping[str, object], careful: Mapping[str, str]) -> None:
        """Say on the tabs what they hide, so that nothing odd is out of sight."""
        for tab in self.query(Tab):
            section = Section[str(tab.id)]
            rows = [info for info in self._table.rows if info.section is section]
            wrong = sum(info.path in problems for info in rows)
            changed = sum(self._form.is_changed(info, self.draft) for info in rows)
            if wrong:
                tab.label = Content.assemble(section, (f" ✕{wrong}", "$error"))
            elif any(info.path in careful for info in rows):
                tab.label = Content.assemble(section, (" ⚠", "$error"))
            elif changed:
                tab.label = Content.assemble(section, (f" •{changed}", "$primary"))
            else:
                tab.label = Content(section)

    def fill(self, draft: Draft) -> None:
        """Have this stand in the form, whatever stood there."""
        self.draft = draft
        for field in self.query(Field):
            field.value = draft[field.option]
        self._submitted = False
        self.check()
        self.query_one(Dialog).border_title = Content(self._heading)

    # Leaving it

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    async def action_submit(self) -> None:
        """Hand the options back, or go to the first field that is wrong."""
        options = await self._valid()
        if options is not None:
            self.dismiss(options)

    async def action_save(self) -> None:
        """Ask for a name and save the form as a profile; the form stays."""
        options = await self._valid() if self._keep is not None else None
        if self._keep is not None and options is not None:
            self._keep(options, self._profile)

    async def _valid(self) -> AnyOptions | None:
        """The options; None after going to the first field that is wrong."""
        self._submitted = True
        options, problems = self.check()
        if not problems:
            return options
        first = problems[0].option
        if first in self._table.by_path:
            await self.show(self._table.by_path[first].section)
        # The field is only laid out, and can be scrolled to, after its section is in sight.
        self.call_after_refresh(self.field(first).control.focus)
        return None

    @on(Button.Pressed, "#cancel")
    def action_dismiss_form(self) -> None:
        """Give up; `draft` keeps what was typed."""
        self.dismiss(None)

    async def action_reset(self) -> None:
        """Start afresh: every field as if nothing had ever been typed."""
        self._recalled = -1
        self.fill(dict(self._form.usual))
        await self.show(self._table.sections[0])
        self.main.control.focus()

    def action_recent(self, step: int) -> None:
        """Fill the first field with a text used before: `step` 1 goes back in time, -1 forth."""
        control: Any = self.main.control
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
