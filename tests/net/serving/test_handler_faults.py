"""What goes wrong in a handler file is told, and ends nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.handler_support import Stage, errors, notes, texts
from tests.net_support import entries, until
from tests.serving_support import listening
from wstui.core.entry import Kind
from wstui.core.listener import ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.net.serving.handling import session


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def message(client, message):\n  return (",
            "SyntaxError: '(' was never closed (api.py line 2)",
        ),
        ("import nothing_of_this_name", "(api.py line 1)"),
        ("raise SystemExit(3)", "SystemExit: 3 (api.py line 1)"),
        ("def message(client): pass", "message must be a function of (client, message)."),
        ("x = 1", "it defines none of validate, connected, message, disconnected."),
    ],
    ids=["syntax", "import", "exit", "arguments", "no hooks"],
)
async def test_a_file_that_cannot_be_loaded_is_no_listener(
    stage: Stage, source: str, words: str
) -> None:
    """The listener fails with a sentence that names file and line."""
    listener = await stage.listen(source)
    assert listener.state is ListenerState.FAILED
    assert words in listener.failure
    assert "api.py" in listener.failure


async def test_a_missing_file_is_told(stage: Stage, tmp_path: Path) -> None:
    """A file that is not there makes the listener fail, too."""
    listener = await stage.listen_with(stage.file)
    assert listener.failure.endswith("api.py cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "raise ValueError('bad number')",
            "message() raised ValueError: bad number (api.py line 3)",
        ),
        ("sys.exit(2)", "message() raised SystemExit: 2 (api.py line 3)"),
        ("raise KeyboardInterrupt", "message() raised KeyboardInterrupt (api.py line 3)"),
        ("raise asyncio.CancelledError", "message() raised CancelledError (api.py line 3)"),
        ("await client.send(3)", "message() raised TypeError: a message is str or bytes, not int"),
        ("client.close(1006)", "message() raised Refused"),
    ],
    ids=["error", "exit", "interrupt", "cancelled", "no message", "close code"],
)
async def test_an_exception_ends_nothing(stage: Stage, body: str, words: str) -> None:
    """What a hook raises is told with its line in the client's transcript; it goes on."""
    await stage.listen(
        f"import asyncio, sys\nasync def message(client, message):\n"
        f"    {body} if message == 'bad' else await client.send(message)\n"
        if not body.startswith("raise")
        else "import asyncio, sys\nasync def message(client, message):\n"
        f"    if message == 'bad': {body}\n"
        "    await client.send(message)\n"
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"bad")
    stage.pool.send(ours.id, b"good")
    await until(lambda: "good" in texts(ours))
    assert any(words in error for error in errors(theirs))


async def test_an_exception_tells_where_it_was(stage: Stage) -> None:
    """The entry's details have file, line and the calls between."""
    await stage.listen(
        """
            def parse(text):
                return int(text)

            async def message(client, message):
                parse(message)
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"no number")
    await until(lambda: bool(errors(theirs)))
    transcript = theirs.transcript
    events = [transcript.event(one.number) for one in entries(transcript, Kind.EVENT)]
    detail = next(event.detail for event in events if event.name == "error")
    assert detail["line"] == 3
    assert detail["traceback"] == [
        "api.py:6 in message: parse(message)",
        "api.py:3 in parse: return int(text)",
    ]


async def test_a_hook_is_cancelled_when_its_client_is_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a grace it is cancelled, then `disconnected` is called; work beside hooks ends."""
    monkeypatch.setattr(session, "GRACE", 0.05)
    await stage.listen(
        """
            import asyncio

            async def tick(client):
                try:
                    while True:
                        await client.send("tick")
                        await asyncio.sleep(0.01)
                finally:
                    print("ticker over")

            async def connected(client):
                client.spawn(tick(client))

            async def message(client, message):
                await asyncio.Event().wait()

            def disconnected(client):
                client.log("gone")
            """
    )
    ours, theirs = await stage.connect()
    await until(lambda: "tick" in texts(ours))
    stage.pool.send(ours.id, b"x")
    await until(lambda: theirs.transcript.received == 1)
    stage.pool.drop(ours.id)
    await until(lambda: "gone" in notes(theirs))
    assert "ticker over" in notes(theirs)
    assert any("message() was cancelled" in error for error in errors(theirs))


async def test_a_hook_that_will_not_end_is_left_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that swallows its cancellation holds up neither the client's end nor wstui's."""
    monkeypatch.setattr(session, "GRACE", 0.05)
    monkeypatch.setattr("wstui.net.serving.handling.call.STUBBORN", 0.05)
    await stage.listen(
        """
            import asyncio

            async def message(client, message):
                while True:
                    try:
                        await asyncio.sleep(0.01)
                    except asyncio.CancelledError:
                        pass

            def disconnected(client):
                client.log("gone")
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: theirs.transcript.received == 1)
    stage.pool.drop(ours.id)
    await until(lambda: "gone" in notes(theirs))
    await asyncio.wait_for(stage.pool.close_all(), 10)


async def test_a_hook_that_sends_to_who_is_gone_simply_ends(stage: Stage) -> None:
    """The usual loop of a ticker needs no care for the end of its client."""
    await stage.listen(
        """
            import asyncio

            async def connected(client):
                while True:
                    await client.send("tick")
                    await asyncio.sleep(0.001)

            def disconnected(client):
                client.log("gone")
            """
    )
    ours, theirs = await stage.connect()
    await until(lambda: bool(texts(ours)))
    stage.pool.close(ours.id, 1000)
    await until(lambda: "gone" in notes(theirs))
    assert errors(theirs) == []


async def test_a_hook_that_blocks_is_told_of(stage: Stage) -> None:
    """What held up wstui for a second is told with the line it was in."""
    await stage.listen(
        """
            import time

            def message(client, message):
                time.sleep(1.3)
                client.send("done")
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: bool(errors(theirs)))
    assert errors(theirs)[0].startswith("message() held up wstui for 1.")
    assert "(api.py line 5)" in errors(theirs)[0]


async def test_a_hook_that_never_returns_is_interrupted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless loop without await is interrupted: all else of wstui waits for it."""
    monkeypatch.setattr("wstui.net.serving.handling.watch.LONGEST", 1.2)
    await stage.listen(
        """
            def message(client, message):
                while message == "loop":
                    try:
                        pass
                    except Exception:
                        pass
                client.send("alive")
            """
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"loop")
    stage.pool.send(ours.id, b"x")
    await until(lambda: texts(ours) == ["alive"])
    assert any("HeldUp: it held up wstui for 1.2 s and was" in error for error in errors(theirs))


async def test_nothing_of_a_handler_goes_on_when_its_listener_cannot_begin(stage: Stage) -> None:
    """A port that is taken ends the looking at the file, too."""
    file = stage.write("def message(client, message): pass")
    first = await listening(stage.pool, ListenOptions("0"))
    second = await listening(
        stage.pool, ListenOptions(first.addresses[0], behaviours=(f"handler {file}",))
    )
    assert second.state is ListenerState.FAILED
    await asyncio.wait_for(stage.pool.close_all(), 10)


async def test_a_listener_may_be_stopped_while_it_loads(stage: Stage) -> None:
    """It never begins then, and its file is forgotten."""
    file = stage.write("def message(client, message): pass")
    listener = stage.pool.listen(ListenOptions("0", behaviours=(f"handler {file}",)))
    await until(lambda: True)
    stage.pool.stop_listening(listener.id)
    await asyncio.wait_for(stage.pool.close_all(), 10)
    assert listener.state is ListenerState.STOPPED
    assert not listener.addresses


async def test_to_send_to_another_client_that_is_gone_is_told(stage: Stage) -> None:
    """That is a fault of the file, unlike sending to the hook's own client."""
    await stage.listen(
        """
        known = []

        async def connected(client):
            known.append(client)

        async def message(client, message):
            for one in known:
                await one.send(message)
        """
    )
    one, other = await stage.connect()
    two, theirs = await stage.connect()
    stage.pool.close(one.id)
    await until(lambda: not other.is_live)
    stage.pool.send(two.id, b"x")
    await until(lambda: bool(errors(theirs)))
    gone = f"Gone: Client {other.id} is gone: nothing can be sent to it. (api.py line 9)"
    assert errors(theirs) == [f"message() raised {gone}"]


async def test_a_file_that_never_loads_is_interrupted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless loop outside of all hooks makes the listener fail."""
    monkeypatch.setattr("wstui.net.serving.handling.watch.LONGEST", 1.0)
    listener = await stage.listen("while True:\n    pass\n")
    assert listener.state is ListenerState.FAILED
    assert "HeldUp: it held up wstui for 1 s and was interrupted (api.py line" in listener.failure
