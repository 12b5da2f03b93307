"""The listen form: everything about one new listener, checked while it is typed.

Owns what is special to an address: who can reach it. The form itself is `option_form`; listening is
left to who asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual.suggester import Suggester

from wstui.core.options.draft import LISTEN_FORM, Draft
from wstui.core.options.listen import ListenOptions
from wstui.core.printable import printable
from wstui.core.serving.reach import listen_cautions, reach
from wstui.screens.option_form import OptionForm
from wstui.widgets.field import Field, LineInput

PLACEHOLDER: Final = "9002, 0.0.0.0:9002, [::1]:9002 or unix:/run/a.sock"
HINT: Final = "a port, HOST:PORT or unix:PATH; 0 picks a free port"


class ListenScreen(OptionForm[ListenOptions]):
    """Asks for the options of a new listener; None when it was given up."""

    NAME = "listen"
    TITLE_WORDS = "New listener"
    SUBMIT = "Listen"
    BEFORE = "listener"

    def __init__(
        self,
        options: ListenOptions | None = None,
        recent: Sequence[str] = (),
        *,
        draft: Draft | None = None,
        keep: Callable[[ListenOptions, str], object] | None = None,
        profile: str = "",
    ) -> None:
        """`options` are those of the listener before, `recent` are addresses, the latest first; the
        rest as in `OptionForm`."""
        super().__init__(LISTEN_FORM, options, recent, draft=draft, keep=keep, profile=profile)

    def main_field(self, suggester: Suggester | None) -> Field:
        text = str(self.draft["address"])
        control = LineInput(text, placeholder=PLACEHOLDER, suggester=suggester)
        return Field("Address", control, option="address")

    def main_hint(self, options: ListenOptions) -> tuple[str, str]:
        found = reach(options) if str(self.draft["address"]).strip() else None
        if found is None:
            return HINT, ""
        words = printable(found.words)
        return (f"→ {words}", "good") if found.is_local else (f"⚠ {words}", "warning")

    def cautions(self, options: ListenOptions) -> Mapping[str, str]:
        return listen_cautions(options)
