"""The form for sending more: to several, many times, in fragments, or a frame that breaks rules.

Owns what is chosen, and shows what would go out. What the texts mean is the matter of
`core/sending/form`; sending is left to who asked for the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static, Switch

from wstui.core.entry import Kind
from wstui.core.options.info import OptionError
from wstui.core.printable import printable
from wstui.core.sending.draft import Draft
from wstui.core.sending.form import PLAN_FIELDS, RAW_FIELDS, Reading, read_frame, read_plan
from wstui.core.sending.plan import SendPlan, Template
from wstui.core.sending.raw_frame import NAMES, RawFrame
from wstui.core.units import count_text, size_text
from wstui.widgets.choice import Choice
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput, Toggle

SHOWN_KEY: Final = bytes.fromhex("37fa213d")
"""The masking key of the example; each frame gets a new one."""

SHOWN_SIZES: Final = 8
"""Sizes of fragments that are spelled out."""

SHOWN_BYTES: Final = 48
"""Bytes of a raw frame that are shown."""

EMPTY: Final = "empty: to fill it, esc, then write in the composer"

PREVIEW: Final = 300
"""Characters of the message that are shown, at most."""


@dataclass(slots=True)
class SendTexts:
    """What stands in the form; it is kept for the next time."""

    texts: dict[str, str] = field(default_factory=lambda: {"times": "1"})
    fin: bool = True


@dataclass(frozen=True, slots=True)
class SendChoice:
    """What to send, and to which connections."""

    ids: tuple[int, ...]
    meant: SendPlan | RawFrame


@dataclass(frozen=True, slots=True)
class Group:
    """Some connections to choose, and the words for them."""

    words: str
    ids: tuple[int, ...]


class SendScreen(DialogScreen[SendChoice | None]):
    """Asks how to send `draft`; None when it shall not be sent."""

    CSS_PATH = "send.tcss"

    AUTO_FOCUS = "#times LineInput"

    BINDINGS = [
        Binding("ctrl+s,enter", "send", "Send"),
        Binding("escape", "keep", "Cancel"),
    ]

    KEYS: Final = (("tab", "next"), ("←→ space", "choose"), ("enter", "send"), ("esc", "cancel"))

    def __init__(
        self,
        draft: Draft,
        groups: Sequence[Group],
        *,
        texts: SendTexts,
        first: int = 0,
        compression: bool = False,
        client: bool = True,
    ) -> None:
        """`groups` are what can be chosen, at least one, the `first` of them to begin with.

        `draft` is well-formed; `texts` is changed as they are typed. `compression`: it was agreed
        on with the selected connection, where we are the `client` or the server.
        """
        super().__init__()
        self._payload, self._kind = draft.payload(), draft.kind
        self._draft = draft
        self._groups = {group.words: group for group in groups}
        self._choice = Choice(groups[first].words, tuple(self._groups))
        self._texts = texts
        self._compression = compression
        self._client = client

    def compose(self) -> ComposeResult:
        texts = self._texts.texts

        def line(name: str, label: str, placeholder: str = "", usual: str = "") -> Field:
            control = LineInput(texts.get(name) or usual, placeholder=placeholder)
            return Field(label, control, option=name, beside=True)

        with Dialog("Send more", self.KEYS, id="send"):
            yield Static(self._preview(), id="message", markup=False)
            yield Field("To", self._choice, option="to", beside=True)
            with Vertical(id="plan"):
                yield line("times", "Times", usual="1")
                yield line("every", "One every", "at once")
                yield line("rate", "At most", "no limit")
                yield line("sizes", "Fragments", "one frame")
                yield line("pause", "Pause between", "none")
            yield Field("Break the rules", Toggle(False), option="break", beside=True)
            with Vertical(id="raw"):
                yield line("opcode", "Opcode", usual=self._kind.word)
                yield Field("FIN", Toggle(self._texts.fin), option="fin", beside=True)
                yield line("rsv", "RSV 1 2 3", "000")
                yield line("mask", "Masking key", "random" if self._client else "none")
                yield line("length", "Stated length", str(len(self._payload)))
                yield Static(id="bytes", markup=False)
                yield Static(id="broken", markup=False)
            yield DialogButtons("Send", "primary")

    def on_mount(self) -> None:
        self._check()

    def _preview(self) -> Content:
        """The message in a line, and its size."""
        text = printable(self._draft.text[:PREVIEW].replace("\n", " "))
        words = f"{self._kind.word} · {size_text(len(self._payload))}   "
        return Content.assemble((words, "$dim"), text or EMPTY)

    @property
    def is_raw(self) -> bool:
        """Whether a raw frame is to be sent."""
        return bool(self.query_one("#break", Field).value)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    @on(Input.Changed)
    @on(Switch.Changed)
    @on(Choice.Changed)
    def _typed(self) -> None:
        for name in (*PLAN_FIELDS, *RAW_FIELDS):
            self._texts.texts[name] = str(self._field(name).value)
        self._texts.fin = bool(self._field("fin").value)
        self._check()

    def _check(self) -> Reading:
        """Show what the form means."""
        raw = self.is_raw
        self.set_class(raw, "-raw")
        reading = self._read_raw() if raw else self._read_plan()
        wrong = {error.option: str(error) for error in reversed(reading.problems)}
        for name in (*PLAN_FIELDS, *RAW_FIELDS):
            self._field(name).problem = wrong.get(name, "")
        whole = wrong.get("payload", "")
        buttons = self.query_one(DialogButtons)
        buttons.submit = "Send raw" if raw else "Send"
        buttons.verdict = f"✕ {whole}" if whole else ""
        self._field("break").hint = (
            "these bytes go out as they are" if raw else "a raw frame: any opcode, bits, length"
        )
        return reading

    def _read_plan(self) -> Reading:
        reading = read_plan(self._texts.texts, self._payload, self._kind)
        plan = reading.meant
        plan = plan if isinstance(plan, SendPlan) else None
        repeats = plan is not None and plan.repeats
        constant = Template(self._payload, self._kind).is_constant
        if repeats and self._kind is Kind.TEXT and constant:
            self._field("times").hint = "{n} in the text counts; {time}, {uuid}"
        elif repeats:
            self._field("times").hint = "" if constant else "{n}, {time} and {uuid} are filled in"
        else:
            self._field("times").hint = "a number, or forever"
        self._field("every").hint = "such as 1 s, 50 ms"
        self._field("rate").hint = "such as 100/s, 64 KiB/s, to each"
        self._field("sizes").hint = _size_words(plan, len(self._payload))
        self._field("pause").hint = "between two fragments"
        return reading

    def _read_raw(self) -> Reading:
        texts = {name: self._texts.texts.get(name, "") for name in RAW_FIELDS}
        texts["opcode"] = texts["opcode"] or self._kind.word
        reading = read_frame(texts, self._texts.fin, self._payload)
        frame = reading.meant
        hints = {
            "opcode": "0 to 15, or cont, text, binary, close, ping, pong",
            "fin": "the last frame of its message" if self._texts.fin else "more is to follow",
            "rsv": "100 is RSV1, 010 RSV2, 001 RSV3",
            "mask": self._mask_words(),
            "length": "200 to lie; 200/64, /16: width in bits",
        }
        if isinstance(frame, RawFrame):
            hints["opcode"] = f"{frame.opcode}: {NAMES.get(frame.opcode, 'reserved')}"
            self._show_frame(frame)
        for name, hint in hints.items():
            self._field(name).hint = hint
        self.query_one("#bytes").display = self.query_one("#broken").display = frame is not None
        return reading

    def _mask_words(self) -> str:
        if self._client:
            return "random, none, or four bytes in hex"
        return "a server masks nothing; random, or 4 bytes in hex"

    def _show_frame(self, frame: RawFrame) -> None:
        """The bytes, the rules that they break, and what follows."""
        data = frame.encode(SHOWN_KEY, client=self._client)
        dots = " …" if len(data) > SHOWN_BYTES else ""
        size = f"{count_text(len(data))} B   "
        self.query_one("#bytes", Static).update(
            Content.assemble((size, "$dim"), data[:SHOWN_BYTES].hex(" ") + dots)
        )
        lines = [
            Content.styled(f"✕ {rule.sentence}", "$error")
            for rule in frame.broken(compression=self._compression, client=self._client)
        ] or [Content.styled("✓ It breaks no rule of RFC 6455 by itself.", "$success")]
        lines += [Content.styled(f"· {words}", "$warning") for words in frame.consequences()]
        self.query_one("#broken", Static).update(Content("\n").join(lines))

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_send(self) -> None:
        """Hand the choice back, or go to the field that is wrong."""
        reading = self._check()
        if reading.meant is not None:
            self.dismiss(SendChoice(self._groups[self._choice.value].ids, reading.meant))
            return
        self._go_to(reading.problems[0])

    def _go_to(self, problem: OptionError) -> None:
        if problem.option in (*PLAN_FIELDS, *RAW_FIELDS):
            self._field(problem.option).control.focus()

    @on(Button.Pressed, "#cancel")
    def action_keep(self) -> None:
        """Send nothing."""
        self.dismiss(None)


def _size_words(plan: SendPlan | None, size: int) -> str:
    """Into how many fragments, and how large, such as ``3 fragments: 10 + 20 + 37 B``."""
    if plan is None or plan.sizes is None:
        return "10,20,rest or 8 for 8 bytes each"
    count = plan.sizes.count(size)
    if count == 1:
        return f"one frame: the message has {count_text(size)} B"
    sizes = plan.sizes.cut(size) if count <= SHOWN_SIZES else []
    shown = f": {' + '.join(map(str, sizes))} B" if sizes else ""
    return f"{count_text(count)} fragments{shown}"
