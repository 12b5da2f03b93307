"""Fields of a form: a label, a control, and beside or below it one remark or what is wrong.

Owns the inputs that hold only what can be shown, too. What is right and wrong is the form's
matter: it tells each field by `hint` and `problem`.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.events import Click, DescendantBlur, DescendantFocus
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static, Switch, TextArea
from textual.widgets.text_area import Edit, EditResult

from wstui.core.printable import printable
from wstui.widgets.choice import Choice


class LineInput(Input):
    """One line of text. What cannot be shown, such as a pasted ESC, becomes the symbol for it, so
    that a terminal never obeys it and what is sent is what was seen."""

    DEFAULT_CSS = """
    LineInput, LineInput:focus, LineInput.-invalid {
        height: 1;
        padding: 0 1;
        border: none;
        border-left: outer $border-blurred;
        background: $panel;
    }
    LineInput:focus {
        border-left: outer $primary;
        background-tint: $foreground 5%;
    }
    Field.-failed LineInput, Field.-failed LineInput:focus {
        border-left: outer $error;
    }
    """

    def validate_value(self, value: str) -> str:
        return printable(value)


class SecretInput(LineInput):
    """One line that shows dots, and keeps exactly what was typed. A reference to where a secret
    is to be had, such as ``${env:NAME}``, is no secret and can be read."""

    def __init__(self, value: str = "", *, placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, password=True)

    def validate_value(self, value: str) -> str:
        self.password = not value.startswith(("${env:", "${cmd:"))
        return value if self.password else super().validate_value(value)


class LinesInput(TextArea):
    """Some lines of text, with the rule of `LineInput`. Tab leaves it."""

    DEFAULT_CSS = """
    LinesInput, LinesInput:focus {
        height: auto;
        min-height: 2;
        max-height: 8;
        padding: 0 1;
        border: none;
        border-left: outer $border-blurred;
        background: $panel;
    }
    LinesInput:focus {
        border-left: outer $primary;
        background-tint: $foreground 5%;
    }
    Field.-failed LinesInput, Field.-failed LinesInput:focus {
        border-left: outer $error;
    }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", usual: str = "") -> None:
        """`usual` is what stands in it when nobody says anything: there, what is typed or pasted
        first replaces it."""
        super().__init__(
            _visible(text), placeholder=Content(placeholder), highlight_cursor_line=False
        )
        self._usual = usual

    def on_focus(self) -> None:
        if self._usual and self.text == self._usual:
            self.select_all()

    def load_text(self, text: str) -> None:
        super().load_text(_visible(text))

    def edit(self, edit: Edit) -> EditResult:
        edit.text = _visible(edit.text)
        return super().edit(edit)


def _visible(text: str) -> str:
    """`text` with line ends as line feeds, tabs as blanks, and nothing else that hides."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return printable(text, newlines=True)


class Toggle(Switch, inherit_bindings=False):
    """A switch of one line that says in words, not by its colour alone, whether it is on.

    Blank, the arrow keys and a click turn it; Enter is left to the form.
    """

    BINDINGS = [Binding("space,left,right", "toggle_switch", "Toggle", show=False)]

    DEFAULT_CSS = """
    Toggle, Toggle:focus {
        width: auto;
        height: 1;
        padding: 0 1;
        border: none;
        border-left: outer $border-blurred;
        background: $panel;
    }
    Toggle:focus {
        border-left: outer $primary;
        background-tint: $foreground 5%;
    }
    """

    def __init__(self, value: bool = False) -> None:
        super().__init__(value, animate=False)

    def render(self) -> Content:
        if self.value:
            return Content.styled("✓ on ", "bold $primary")
        return Content.styled("– off", "$text-muted")

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return 5


class Field(Widget):
    """A labelled control with a remark that makes room for what is wrong."""

    DEFAULT_CSS = """
    Field {
        width: 1fr;
        height: auto;
        layout: horizontal;

        & > .field--label {
            width: 17;
            height: 1;
            color: $text-muted;
        }
        &.-active > .field--label {
            color: $primary;
        }
        & > .field--body {
            width: 1fr;
            height: auto;
        }
        & .field--note {
            width: 1fr;
            height: auto;
            min-height: 1;
            padding: 0 0 0 2;
            color: $text-muted;
        }
        &.-good .field--note {
            color: $success;
        }
        &.-warning .field--note {
            color: $error;
        }
        &.-failed .field--note {
            color: $error;
        }
        &.-beside > .field--body {
            layout: horizontal;
        }
        &.-beside LineInput {
            width: 14;
        }
        &.-beside Toggle {
            margin-right: 6;
        }
    }
    """

    hint: reactive[str] = reactive("")
    """The remark; shown while nothing is wrong. Plain text, printable."""
    tone: reactive[str] = reactive("")
    """How the remark looks: empty, ``good`` or ``warning``."""
    problem: reactive[str] = reactive("")
    """What is wrong, as one or more sentences; empty when nothing is."""

    def __init__(
        self,
        label: str,
        control: LineInput | LinesInput | Toggle | Choice,
        *,
        option: str,
        hint: str = "",
        beside: bool = False,
    ) -> None:
        """`option` is the path of what stands in it, and, with dashes for dots, its id. `beside`
        puts the remark to the right of a short control, not below it."""
        super().__init__(id=option.replace(".", "-"))
        self.option = option
        self.label = label
        self.control = control
        self._note = Static(classes="field--note", markup=False)
        self.set_class(beside, "-beside")
        self.set_reactive(Field.hint, hint)

    @property
    def value(self) -> str | bool:
        """What stands in the control."""
        return self.control.text if isinstance(self.control, LinesInput) else self.control.value

    @value.setter
    def value(self, value: str | bool) -> None:
        if isinstance(self.control, LinesInput):
            self.control.text = str(value)
        elif isinstance(self.control, LineInput | Choice):
            self.control.value = str(value)
        else:
            self.control.value = bool(value)

    def compose(self) -> ComposeResult:
        yield Static(self.label, classes="field--label", markup=False)
        with Container(classes="field--body"):
            yield self.control
            yield self._note

    def on_mount(self) -> None:
        self._show()

    def watch_hint(self) -> None:
        self._show()

    def watch_problem(self) -> None:
        self.set_class(bool(self.problem), "-failed")
        self._show()

    def watch_tone(self) -> None:
        for tone in ("good", "warning"):
            self.set_class(tone == self.tone, f"-{tone}")

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _mark_active(self) -> None:
        self.set_class(self.control.has_focus, "-active")

    @on(Click)
    def focus_control(self) -> None:
        """A click on the label or the remark is meant for the control."""
        self.control.focus()

    def _show(self) -> None:
        text = f"✕ {self.problem}" if self.problem else self.hint
        self._note.display = bool(text)
        self._note.update(Content(printable(text, newlines=True)))
