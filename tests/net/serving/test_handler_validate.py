"""A handler file has a say in which handshakes are accepted."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.handler_support import Stage, errors
from tests.net_support import until
from wstui.core.connection import State
from wstui.core.options.connect import ConnectOptions
from wstui.core.serving.request import Accept, Ask, Decision, Reject
from wstui.net.serving.handling.validating import both

VALIDATE = """
    import asyncio
    from wstui.handlers import Accept, Reject

    async def validate(request):
        match request.path:
            case "/quick": return None
            case "/yes": return True
            case "/no": return False
            case "/chat": return "chat.v2"
            case "/token": return request.query.get("token") == "open" or (401, "Who are you?")
            case "/cookie": return "session" in request.cookies or Reject(403, "no session")
            case "/headers": return Accept(headers={"X-Room": "7"})
            case "/busy": return Reject(503, headers={"Retry-After": "9"})
            case "/foreign": return "never.offered"
            case "/header": return Accept(headers={"Upgrade": "h2c"})
            case "/split": return Reject(403, headers={"X-A": "b\\r\\nSet-Cookie: c=d"})
            case "/number": return 7
            case "/status": return 101, "x"
            case "/error": raise RuntimeError("no database")
            case "/exit": raise SystemExit(1)
            case "/slow": await asyncio.sleep(0.05)
            case "/never": await asyncio.Event().wait()

    async def message(client, message):
        await client.send(f"{client.subprotocol} {message}")
"""


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/quick", 101, ""),
        ("/yes", 101, ""),
        ("/slow", 101, ""),
        ("/no", 403, "403 Forbidden\n"),
        ("/token?token=open", 101, ""),
        ("/token?token=shut", 401, "Who are you?"),
        ("/cookie", 403, "no session"),
        ("/busy", 503, "503 Service Unavailable\n"),
        ("/foreign", 500, "500 Internal Server Error\n"),
        ("/number", 500, "500 Internal Server Error\n"),
        ("/header", 500, "500 Internal Server Error\n"),
        ("/split", 500, "500 Internal Server Error\n"),
        ("/status", 500, "500 Internal Server Error\n"),
        ("/error", 500, "500 Internal Server Error\n"),
        ("/exit", 500, "500 Internal Server Error\n"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
async def test_validate_decides_about_a_handshake(
    stage: Stage, path: str, status: int, body: str
) -> None:
    """What it returns, or raises, becomes the answer."""
    listener = await stage.listen(VALIDATE)
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}{path}"))
    await until(lambda: ours.state in (State.OPEN, State.FAILED))
    if status == 101:
        assert ours.is_open
        return
    assert ours.failure is not None
    assert ours.failure.status == status
    assert ours.failure.body.decode() == body
    await until(lambda: listener.tally.rejected == 1)
    assert not listener.clients


async def test_validate_chooses_subprotocol_and_headers(stage: Stage) -> None:
    """A text is the subprotocol; Accept has headers for the response."""
    listener = await stage.listen(VALIDATE)
    async with aiohttp.ClientSession() as web:
        uri = listener.uris[0]
        async with web.ws_connect(f"{uri}/chat", protocols=["chat.v1", "chat.v2"]) as ws:
            assert ws.protocol == "chat.v2"
            await ws.send_str("hi")
            assert await ws.receive_str() == "chat.v2 hi"
        async with web.ws_connect(f"{uri}/headers") as ws:
            assert ws._response.headers["X-Room"] == "7"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await web.ws_connect(f"{uri}/busy")
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "9"


async def test_what_validate_raises_is_told_by_the_listener(stage: Stage) -> None:
    """There is no client yet: file, line and address are told in the listener's transcript."""
    listener = await stage.listen(VALIDATE)
    stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/error"))
    await until(lambda: listener.tally.rejected == 1)
    told = next(error for error in errors(listener) if "no database" in error)
    assert told.startswith("validate() for 127.0.0.1:")
    assert told.endswith("raised RuntimeError: no database (api.py line 20)")


async def test_validate_has_a_deadline(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake that is not decided in time is answered with 503."""
    monkeypatch.setattr("wstui.net.serving.behaviours.handler.VALIDATE_TIME", 0.05)
    listener = await stage.listen(VALIDATE)
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/never"))
    await until(lambda: ours.state is State.FAILED)
    assert ours.failure is not None
    assert ours.failure.status == 503
    assert any("validate() did not decide" in error for error in errors(listener))


async def test_a_client_may_leave_before_it_is_validated(stage: Stage) -> None:
    """Then validate is cancelled, and nothing is left of it."""
    listener = await stage.listen(VALIDATE)
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/never"))
    await until(lambda: listener.tally.connections == 1)
    stage.pool.drop(ours.id)
    await asyncio.wait_for(stage.pool.close_all(), 10)
    assert not listener.clients


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (Accept(), Accept("chat", (("A", "b"),)), Accept("chat", (("A", "b"),))),
        (
            Accept("x", (("A", "b"),)),
            Accept(None, (("C", "d"),)),
            Accept("x", (("A", "b"), ("C", "d"))),
        ),
        (Accept(), Reject(401), Reject(401)),
        (Ask(5), Accept("chat"), Ask(5)),
        (Ask(5), Reject(403), Reject(403)),
    ],
    ids=["accept", "both", "reject", "ask", "ask and reject"],
)
def test_rules_and_validate_together(
    first: Accept | Ask, second: Accept | Reject, result: Decision
) -> None:
    """Who rejects wins; the user is asked last."""
    assert both(first, second) == result
