"""The handlers that the README names."""

from __future__ import annotations

from pathlib import Path

from tests.handler_support import Stage, errors, texts
from tests.net_support import until
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.handlers import Client
from wstui.net.serving.handling.client import HandledClient

EXAMPLES = Path(__file__).parent / "handlers"


def test_clients_are_what_hooks_are_told() -> None:
    """The documented class and the real one agree, for the type checker too."""

    def documented(client: HandledClient) -> Client:
        return client

    assert documented.__annotations__["return"] == "Client"
    public = {name for name in vars(Client) if not name.startswith("_")}
    assert (
        {"send", "close", "drop", "log", "spawn", "all", "others"}
        <= public
        <= set(dir(HandledClient))
    )


async def test_echo_upper(stage: Stage) -> None:
    """Text comes back in capitals, binary as it was."""
    await stage.listen_with(EXAMPLES / "echo_upper.py")
    ours, _ = await stage.connect()
    stage.pool.send(ours.id, "grüße".encode())
    stage.pool.send(ours.id, b"\x00", Kind.BINARY)
    await until(lambda: ours.transcript.received == 2)
    assert texts(ours) == ["GRÜSSE"]


async def test_login(stage: Stage) -> None:
    """Who knows no token stays out; the others are told who came, said something, and left."""
    listener = await stage.listen_with(EXAMPLES / "login.py")
    stranger = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/?token=x"))
    await until(lambda: stranger.state is State.FAILED)
    assert stranger.failure is not None
    assert stranger.failure.status == 401
    ali, theirs = await stage.connect("/?token=sesame")
    cassim, _ = await stage.connect("/?token=rhubarb")
    await until(lambda: "1 others are here" in texts(cassim))
    stage.pool.send(cassim.id, b"hello")
    stage.pool.send(ali.id, b"/tick")
    await until(lambda: "tick 1" in texts(ali))
    stage.pool.send(cassim.id, b"\x00", Kind.BINARY)
    await until(lambda: "Cassim left" in texts(ali))
    said = [text for text in texts(ali) if not text.startswith("tick")]
    assert said == ["0 others are here", "Cassim came", "Cassim: hello", "Cassim left"]
    assert cassim.close is not None
    assert cassim.close.received is not None
    assert cassim.close.received.code == 1003
    stage.pool.drop(ali.id)
    await until(lambda: not theirs.is_live)
    assert errors(theirs) == []
