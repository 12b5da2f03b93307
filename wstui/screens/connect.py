"""The connect form: everything about one new connection, checked while it is typed.

Owns what is special to a uri: what it is completed to, and command lines that are pasted into its
field. The form itself is `option_form`; opening the connection is left to who asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from textual import on
from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Static

from wstui.core.options.connect import ConnectOptions, complete_uri, masked_uri
from wstui.core.options.draft import CONNECT_FORM, USUAL_DRAFT, Draft, cautions
from wstui.core.paste import Pasted
from wstui.core.printable import printable
from wstui.screens.option_form import OptionForm
from wstui.widgets.field import Field, LineInput
from wstui.widgets.uri_input import UriInput

URI_PLACEHOLDER: Final = "ws://localhost:9002/chat, or paste curl …"
URI_HINT: Final = "a bare host gets wss://, this machine ws://"


class ConnectScreen(OptionForm[ConnectOptions]):
    """Asks for the options of a new connection; None when it was given up."""

    NAME = "connect"
    TITLE_WORDS = "New connection"
    SUBMIT = "Connect"
    BEFORE = "connection"

    def __init__(
        self,
        options: ConnectOptions | None = None,
        recent: Sequence[str] = (),
        *,
        draft: Draft | None = None,
        keep: Callable[[ConnectOptions, str], object] | None = None,
        profile: str = "",
    ) -> None:
        """`options` are those of the connection before, `recent` are uris, the latest first; the
        rest as in `OptionForm`."""
        super().__init__(CONNECT_FORM, options, recent, draft=draft, keep=keep, profile=profile)

    def main_field(self, suggester: Suggester | None) -> Field:
        control = UriInput(str(self.draft["uri"]), placeholder=URI_PLACEHOLDER, suggester=suggester)
        return Field("URI", control, option="uri")

    def main_hint(self, options: ConnectOptions) -> tuple[str, str]:
        uri = complete_uri(str(self.draft["uri"]))
        return (f"→ {printable(masked_uri(uri))}", "good") if uri else (URI_HINT, "")

    def cautions(self, options: ConnectOptions) -> Mapping[str, str]:
        return cautions(options)

    def below_main(self) -> Iterable[Widget]:
        yield Static(id="pasted", markup=False)

    def on_mount(self) -> None:
        self._say_pasted(None)

    async def action_reset(self) -> None:
        """Start afresh: every field as if nothing had ever been typed."""
        await super().action_reset()
        self._say_pasted(None)

    @on(UriInput.Filled)
    def _fill(self, event: UriInput.Filled) -> None:
        """Take what was pasted: a whole command line replaces all that stands in the form."""
        event.stop()
        pasted = event.pasted
        self.fill({**(USUAL_DRAFT if pasted.source else self.draft), **pasted.draft})
        uri = self.main.control
        if isinstance(uri, LineInput):
            uri.cursor_position = len(uri.value)
        self._say_pasted(pasted)

    def _say_pasted(self, pasted: Pasted | None) -> None:
        """Say where the form comes from, and what could not be used of that."""
        words = "" if pasted is None else printable(pasted.words)
        said = self.query_one("#pasted", Static)
        said.display = bool(words)
        said.set_class(pasted is not None and bool(pasted.remarks), "-unused")
        said.update(Content(words))
