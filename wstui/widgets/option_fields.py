"""The fields of one section of a form, made from its table of options."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from wstui.core.options.draft import Draft, DraftForm
from wstui.core.options.info import OptionInfo, Section, Shape
from wstui.core.options.secrets import PRIVATE_FIELDS
from wstui.widgets.choice import Choice
from wstui.widgets.field import Field, LineInput, LinesInput, SecretInput, Toggle


class OptionFields(VerticalScroll, can_focus=False):
    """One field for each option of a section; its id is the section's name."""

    DEFAULT_CSS = """
    OptionFields {
        height: 1fr;

        & > Field {
            margin-bottom: 1;
        }
        & > Field.-beside {
            margin-bottom: 0;
        }
        & > Field.-behind {
            margin: 1 0;
        }
    }
    """

    def __init__(self, form: DraftForm[Any], section: Section, draft: Draft) -> None:
        super().__init__(id=section.name)
        self._form = form
        self._section = section
        self._draft = draft

    def compose(self) -> ComposeResult:
        dense = False
        for info in self._form.table.rows:
            if info.section is self._section:
                path = info.path
                field = option_field(info, self._draft[path], self._form.usual[path])
                # Short fields stand close together; others have a blank line around them.
                field.set_class(dense and not field.has_class("-beside"), "-behind")
                dense = field.has_class("-beside")
                yield field

    def focus_first(self) -> None:
        """Go to the first field, at once: the next key is meant for it."""
        self.screen.set_focus(self.query(Field).first().control)


def option_field(info: OptionInfo, value: str | bool, usual: str | bool) -> Field:
    """The field in which one option is edited, with what stands in it; `usual` is what does when
    nobody says anything."""
    codec = info.codec
    placeholder = info.placeholder or str(usual)
    control: LineInput | LinesInput | Toggle | Choice
    match codec.shape:
        case Shape.SWITCH:
            control = Toggle(bool(value))
        case Shape.CHOICE:
            control = Choice(str(value), codec.choices)
        case Shape.LINES:
            control = LinesInput(str(value), placeholder=placeholder, usual=str(usual))
        case Shape.LINE if info.path.rpartition(".")[2] in PRIVATE_FIELDS:
            control = SecretInput(str(value), placeholder=placeholder)
        case Shape.LINE:
            control = LineInput(str(value), placeholder=placeholder)
    beside = codec.short or codec.shape in (Shape.SWITCH, Shape.CHOICE)
    return Field(info.label, control, option=info.path, hint=info.hint, beside=beside)
