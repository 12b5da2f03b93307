"""Pasting command lines into the connect form, the command bar and the command line."""

from __future__ import annotations

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.test_connect_screen import FormApp
from tests.ui.test_connect_screen import note as beside
from tests.ui_support import FakePool
from tests.workbench_support import bench, make_app, settle
from wstui import cli
from wstui.core.commands.language import parse_command
from wstui.core.commands.words import CommandError
from wstui.core.options.connect import ConnectOptions
from wstui.screens.execute import execute

CURL = """curl 'https://feed.example/ticks' \\
  -H 'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==' \\
  -H 'Origin: https://feed.example' -H 'X-A: b' \\
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits' -X POST"""

MEANT = ConnectOptions(
    "wss://feed.example/ticks", headers=(("X-A", "b"),), origin="https://feed.example"
)


async def paste(pilot: Pilot[None], text: str) -> None:
    """What a terminal does with a bracketed paste."""
    focused = pilot.app.screen.focused
    assert focused is not None
    focused.post_message(Paste(text))
    await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_command_line_fills_the_form(size: tuple[int, int]) -> None:
    """The form holds what was pasted, says what was of no use, and connects."""
    app = FormApp(ConnectOptions("ws://old", user_agent="old", max_size=5))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await paste(pilot, CURL)
        words = app.form.query_one("#pasted", Static)
        assert words.display
        assert str(words.visual) == "From curl.  Not used: -X POST: a handshake is a GET"
        assert beside(app.form.field("uri")) == "→ wss://feed.example/ticks"
        await pilot.press("enter")
    assert app.results == [MEANT]


async def test_reset_forgets_what_was_pasted() -> None:
    """What was said about the paste goes with it."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await paste(pilot, CURL)
        await pilot.press("ctrl+r")
        assert not app.form.query_one("#pasted", Static).display
        assert app.form.field("uri").value == ""


async def test_uri_replaces_the_uri_alone() -> None:
    """A whole uri takes the place of the one before; a part of one is put where the caret is."""
    app = FormApp(ConnectOptions("ws://old", user_agent="kept"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await paste(pilot, " <https://x.example/a>\n")
        assert app.form.field("uri").value == "wss://x.example/a"
        assert not app.form.query_one("#pasted", Static).display
        await paste(pilot, "/b?to=")
        await paste(pilot, "https://y.example/")
        assert app.form.field("uri").value == "wss://x.example/a/b?to=https://y.example/"
        assert app.form.draft["user_agent"] == "kept"


async def test_pasted_text_stays_text() -> None:
    """Neither markup nor escapes in what is pasted are obeyed."""
    app = FormApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await paste(pilot, "curl ws://x -H 'X: [red]' --json '\x1b]0;t\x07[/x]' -H 'Y: \x1b[2J'")
        assert "[/x]" in str(app.form.query_one("#pasted", Static).visual)
        screen = "".join(
            segment.text for line in app.screen._compositor.render_strips() for segment in line
        )
    assert not set("\x1b\x07") & set(screen)


async def test_command_language_takes_other_tools(pool: FakePool) -> None:
    """`connect curl …` connects and answers with what was of no use."""
    command = parse_command("connect curl wss://feed.example/ticks -H 'X-A: b' -X POST")
    answer = await execute(command, pool, None)
    assert answer.text.splitlines() == [
        "Created connection with id 0",
        "From curl.  Not used: -X POST: a handshake is a GET",
    ]
    assert pool.connections[0].options.headers == (("X-A", "b"),)
    with pytest.raises(CommandError, match=r"from wscat, URI"):
        parse_command("connect wscat --slash --no-such -c ftp://x")


async def test_lines_pasted_into_the_command_bar_are_one_command(pool: FakePool) -> None:
    """What a browser copied is connected to, behind the word connect."""
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"connect ")
        await paste(pilot, CURL.replace("\n", "\r"))
        await pilot.press("enter")
        await settle(pilot)
        assert pool.connections[0].options == MEANT


async def test_note_is_kept_with_the_connection(pool: FakePool) -> None:
    """What was of no use at the start is in the transcript of the connection."""
    app = make_app(pool, "ws://localhost:9002/")
    app._note = "From curl.  Not used: -X POST"
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        transcript = pool.connections[0].transcript
        notes = [transcript.event(number).text for number in range(len(transcript))]
        assert "From curl.  Not used: -X POST" in notes
        assert bench(app).selected == 0


@pytest.mark.parametrize(
    "arguments", [[CURL], ["curl", "https://feed.example/ticks", "-H", "X-A: b"]]
)
def test_command_line_of_another_tool(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`wstui 'curl …'` and `wstui curl …` open what curl would."""
    opened: list[tuple[list[ConnectOptions], str]] = []

    def run(on_start: list[ConnectOptions], note: str) -> int:
        opened.append((on_start, note))
        return 0

    monkeypatch.setattr(cli, "need_terminal", lambda parser: None)
    monkeypatch.setattr(cli, "run_workbench", run)
    assert cli.main(arguments) == 0
    (([options], note),) = opened
    assert options.uri == "wss://feed.example/ticks"
    assert options.headers == (("X-A", "b"),)
    assert note.startswith("From curl.")


@pytest.mark.parametrize("text", ["two words", "curl --frobnicate", "curl ftp://x/"])
def test_command_line_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with a sentence, before there is a screen."""
    with pytest.raises(SystemExit) as caught:
        cli.main([text])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("wstui: ")
