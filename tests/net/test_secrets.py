"""Secrets at the moment of connecting: from the environment, from commands, and never shown."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.net_support import reach, read_request, tcp_server, until, websocket_server
from wstui.core.connection import Connection, FailureKind, State, Step
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.http import HttpOptions
from wstui.core.options.secrets import CMD, MASK, Reference
from wstui.net.failures import SecretError
from wstui.net.pool import ConnectionPool
from wstui.net.secrets import run_commands

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a shell")

VALUE = "tok-8f2+/="


def python(code: str) -> str:
    """A command that runs Python code."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


async def ask(options: ConnectOptions, response: bytes = b"") -> tuple[Connection, bytes]:
    """Connect to a server that answers with `response` and ends; what it was asked."""
    asked: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))
        writer.write(response)
        await writer.drain()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options.with_uri(options.uri.replace("PORT", str(port))))
        await reach(pool, connection, State.FAILED)
    return connection, b"".join(asked)


async def test_values_are_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server gets them; options stay as typed, and a refusal that quotes them is masked."""
    monkeypatch.setenv("WSTUI_TEST_TOKEN", VALUE)
    options = ConnectOptions(
        "ws://127.0.0.1:PORT/?t=${env:WSTUI_TEST_TOKEN}",
        headers=(("X-Key", "k ${env:WSTUI_TEST_TOKEN}"),),
    )
    echo = f"HTTP/1.1 403 no {VALUE}\r\nX-You: {VALUE}\r\nContent-Length: 12\r\n\r\n{VALUE}!!"
    connection, request = await ask(options, echo.encode())
    assert b"GET /?t=tok-8f2%2B%2F%3D HTTP/1.1" in request
    assert f"X-Key: k {VALUE}".encode() in request
    assert connection.options.headers == options.headers
    failure = connection.failure
    assert failure is not None
    assert failure.status == 403
    assert VALUE not in repr(failure)
    assert VALUE not in repr(connection)
    assert failure.body == b"***!!"


async def test_a_handshake_hides_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handshake as it is kept has masks in the places of the values."""
    monkeypatch.setenv("WSTUI_TEST_TOKEN", VALUE)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        headers = (("X-Key", "${env:WSTUI_TEST_TOKEN}"),)
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/", headers=headers))
        await reach(pool, connection, State.OPEN)
        assert ("X-Key", MASK) in connection.handshake.request_headers
        assert VALUE not in repr(connection.handshake)


async def test_all_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variables nothing goes out; the failure names them all."""
    monkeypatch.delenv("WSTUI_A", raising=False)
    monkeypatch.delenv("WSTUI_B", raising=False)
    async with ConnectionPool() as pool:
        options = ConnectOptions("ws://127.0.0.1:1/${env:WSTUI_A}", origin="${env:WSTUI_B}")
        connection = pool.connect(options)
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.SECRETS
    words = explain(connection.failure)
    assert words.sentence == "The environment has no WSTUI_A and no WSTUI_B."
    assert connection.steps == []


async def test_a_value_that_cannot_stand_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line feed in a variable never gets into the request, nor its value into the words."""
    monkeypatch.setenv("WSTUI_TEST_TOKEN", f"{VALUE}\r\nX-Evil: 1")
    async with ConnectionPool() as pool:
        headers = (("X-Key", "${env:WSTUI_TEST_TOKEN}"),)
        connection = pool.connect(ConnectOptions("ws://127.0.0.1:1/", headers=headers))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.OPTIONS
    assert connection.failure.message == "The value of X-Key cannot hold the character U+000D."


async def test_a_command_gives_its_first_line() -> None:
    """What it prints is stripped, its step is seen, and it has no terminal to read from."""
    code = "import sys; print(f' {sys.stdin.read()}first '); print('second')"
    options = ConnectOptions("ws://127.0.0.1:PORT/", origin=f"${{cmd:{python(code)}}}")
    connection, request = await ask(options)
    assert b"Origin: first\r\n" in request
    assert connection.steps[0][0] is Step.SECRETS


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('no such entry.\\nmore')", "exit code 1: no such entry."),
        ("import sys; print('s3cret'); sys.exit(3)", "ended with exit code 3."),
        ("print()", "printed nothing in its first line."),
        ("print('x' * 70000)", "printed more than 64 KiB."),
    ],
)
async def test_commands_fail_with_words(code: str, words: str) -> None:
    """Exit code and first line of the error output are told, the output never is."""
    with pytest.raises(SecretError, match=words) as caught:
        await run_commands([Reference(CMD, python(code))], 20.0)
    assert "s3cret" not in str(caught.value)


async def test_a_command_has_a_deadline() -> None:
    """One that does not end is killed with what it started."""
    command = python("import time; time.sleep(600)")
    with pytest.raises(SecretError, match="within"):
        await run_commands([Reference(CMD, f"{command} & wait")], 0.05)


async def test_giving_up_ends_the_command() -> None:
    """Dropping a connection whose command runs leaves nothing behind."""
    async with ConnectionPool() as pool:
        options = ConnectOptions("ws://127.0.0.1:1/", origin="${cmd:sleep 600}")
        connection = pool.connect(options)
        await until(lambda: connection.step is Step.SECRETS)
        pool.drop(connection.id)
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.CANCELLED


async def test_each_opening_looks_them_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed variable is seen by the next connection with the same options."""
    options = ConnectOptions("ws://127.0.0.1:PORT/", origin="${env:WSTUI_TEST_TOKEN}")
    for value in ("first", "second"):
        monkeypatch.setenv("WSTUI_TEST_TOKEN", value)
        _, request = await ask(options)
        assert f"Origin: {value}".encode() in request


async def test_opening_again_in_place_looks_them_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another attempt of the same connection sees the changed variable, too."""
    asked: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))

    async with tcp_server(script) as port, ConnectionPool() as pool:
        monkeypatch.setenv("WSTUI_TEST_TOKEN", "first")
        options = ConnectOptions(f"ws://127.0.0.1:{port}/", origin="${env:WSTUI_TEST_TOKEN}")
        connection = pool.connect(options)
        await reach(pool, connection, State.FAILED)
        monkeypatch.setenv("WSTUI_TEST_TOKEN", "second")
        pool.reconnect(connection.id)
        await until(lambda: len(asked) == 2)
        await reach(pool, connection, State.FAILED)
    assert [b"Origin: first\r\n" in asked[0], b"Origin: second\r\n" in asked[1]] == [True, True]
    assert "second" not in repr(connection.failure)


@pytest.mark.parametrize("host", ["exa mple", "[::1", "x:99999", "x:abc", ""])
async def test_a_value_that_is_no_host_is_a_failure(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a uri cannot even be taken apart to tell of it."""
    monkeypatch.setenv("WSTUI_TEST_HOST", host)
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions("ws://${env:WSTUI_TEST_HOST}/"))
        await reach(pool, connection, State.FAILED)
        assert connection.failure is not None
        assert connection.failure.kind is FailureKind.OPTIONS
        assert connection.resolved == connection.options


async def test_a_value_missing_later_is_no_matter_of_where_a_redirect_led(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another attempt begins with the options, not with what came of them before."""
    monkeypatch.setenv("WSTUI_TEST_TOKEN", VALUE)
    response = b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.2:9/\r\nContent-Length: 0\r\n\r\n"

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(response)
        await writer.drain()

    options = ConnectOptions(
        "ws://127.0.0.1/",
        headers=(("X-Key", "${env:WSTUI_TEST_TOKEN}"),),
        http=HttpOptions(redirects=1),
    )
    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options.with_uri(f"ws://127.0.0.1:{port}/"))
        await reach(pool, connection, State.FAILED)
        assert connection.failure is not None
        assert connection.failure.host == "127.0.0.2"
        monkeypatch.delenv("WSTUI_TEST_TOKEN")
        pool.reconnect(connection.id)
        await reach(pool, connection, State.FAILED)
        assert connection.failure.kind is FailureKind.SECRETS
        assert (connection.failure.host, connection.failure.port) == ("127.0.0.1", port)


LEAVES = (
    "import subprocess, sys; subprocess.Popen("
    "[sys.executable, '-c', 'import time; time.sleep(20)'], start_new_session=True);"
    f" print({VALUE!r})"
)


async def test_what_a_command_leaves_running_is_not_waited_for() -> None:
    """An agent that it starts may keep its output open."""
    command = Reference(CMD, python(LEAVES))
    begun = monotonic()
    assert await run_commands([command], 20.0) == {command: VALUE}
    assert monotonic() - begun < 15


async def test_quitting_does_not_wait_for_a_command_in_another_session(tmp_path: Path) -> None:
    """Nobody knows its process any more, but its pipes are open."""
    started = tmp_path / "started"
    code = LEAVES.replace(
        f"print({VALUE!r})", f"open({str(started)!r}, 'w').close(); import time; time.sleep(20)"
    )
    begun = monotonic()
    async with ConnectionPool() as pool:
        command = f"${{cmd:{python(code)}}}"
        connection = pool.connect(ConnectOptions("ws://127.0.0.1:9/", headers=(("X", command),)))
        await until(started.exists)
    assert connection.state is State.FAILED
    assert monotonic() - begun < 15
