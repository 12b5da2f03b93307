"""Fields for secrets: what is typed stays off the screen, and is kept as it is."""

from __future__ import annotations

from textual.app import ComposeResult

from tests.ui_support import WidgetApp
from wstui.core.options.table import BY_PATH
from wstui.widgets.field import Field, LineInput, SecretInput
from wstui.widgets.option_fields import option_field


class SecretApp(WidgetApp):
    """The passphrase's field of the connect form, with something in it."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def compose(self) -> ComposeResult:
        yield option_field(BY_PATH["tls.passphrase"], self._value, "")

    @property
    def drawn(self) -> str:
        """All that the terminal shows."""
        return "\n".join(line.text for line in self.screen._compositor.render_strips())


async def test_a_secret_is_not_shown() -> None:
    """A passphrase shows as dots, and what is typed comes back unchanged."""
    app = SecretApp("hush\u00a0hush")
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        app.query_one(SecretInput).focus()
        await pilot.press("end", "!")
        assert "hush" not in app.drawn
        assert "•••" in app.drawn
        assert app.query_one(Field).value == "hush\u00a0hush!"


async def test_a_reference_is_shown() -> None:
    """Where a secret is to be had is no secret, and nothing in it drives the terminal."""
    app = SecretApp("${env:KEY\x1b}")
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.pause()
        assert "${env:KEY␛}" in app.drawn
        app.query_one(SecretInput).value = "open sesame"
        await pilot.pause()
        assert "sesame" not in app.drawn


async def test_other_fields_are_plain() -> None:
    """Only what holds a secret is masked."""
    async with SecretApp("").run_test():
        control = option_field(BY_PATH["tls.key"], "me.key", "").control
        assert isinstance(control, LineInput)
        assert not control.password
