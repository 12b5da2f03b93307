"""The fields of one section of the connect form, made from the option table."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from wstui.core.options.draft import USUAL_DRAFT, Draft
from wstui.core.options.info import OptionInfo, Section, Shape
from wstui.core.options.secrets import PRIVATE_FIELDS
from wstui.core.options.table import OPTIONS
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

    def __init__(self, section: Section, draft: Draft) -> None:
        super().__init__(id=section.name)
        self._section = section
        self._draft = draft

    def compose(self) -> ComposeResult:
        dense = False
        for info in OPTIONS:
            if info.section is self._section:
                field = option_field(info, self._draft[info.path])
                # Short fields stand close together; others have a blank line around them.
                field.set_class(dense and not field.has_class("-beside"), "-behind")
                dense = field.has_class("-beside")
                yield field

    def focus_first(self) -> None:
        """Go to the first field, at once: the next key is meant for it."""
        self.screen.set_focus(self.query(Field).first().control)


def option_field(info: OptionInfo, value: str | bool) -> Field:
    """The field in which one option is edited, with what stands in it."""
    codec = info.codec
    usual = USUAL_DRAFT[info.path]
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
