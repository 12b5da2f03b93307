"""Against a real application's socket: the kernel channels of a Jupyter server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.net_support import free_port, listens, reach, rows, until
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.net.pool import ConnectionPool

pytest.importorskip("jupyter_server")
pytest.importorskip("ipykernel")

TOKEN = "only-for-this-test"

SLOW = 60.0
"""Seconds that a server or a kernel may take to start on a busy machine."""

AGAIN = 4.0
"""Seconds after which the kernel is asked again."""

TO_END = 5.0
"""Seconds that the server has to end by itself."""


def ask(port: int, method: str, path: str) -> Any:
    """One call of the server's REST interface."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api{path}",
        data=b"{}" if method == "POST" else None,
        method=method,
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=SLOW) as response:
        return json.loads(response.read() or b"null")


@asynccontextmanager
async def jupyter(folder: Path) -> AsyncIterator[int]:
    """A Jupyter server in `folder`; yields its port."""
    port = free_port()
    # The kernel opens its sockets late: ports chosen for them may be another test's by then. What
    # is called its IP is how the names of its Unix sockets begin: as it is they have fifty
    # characters behind the folder's, and no kernel starts where the system finds them too long.
    sockets = ("--KernelManager.transport=ipc", f"--KernelManager.ip={folder / 'k'}")
    if sys.platform == "win32":
        sockets = ()
    homes = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}", *sockets,
        env={**os.environ, **dict.fromkeys(homes, str(folder))},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    reading = asyncio.get_running_loop().create_task(process.stderr.read(), name="its log")
    try:
        # It logs its address before it listens there, so the log says nothing about that.
        await until(lambda: listens(port) or process.returncode is not None, SLOW)
        assert process.returncode is None, await logged(reading)
        yield port
    except TimeoutError:
        await end(process)
        pytest.fail(f"It took too long. The server's log:\n{await logged(reading)}")
    finally:
        await end(process)
        await logged(reading)


async def end(process: asyncio.subprocess.Process) -> None:
    """Have the server end its kernels and itself, and end it where it does not."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(TO_END):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def logged(reading: asyncio.Task[bytes]) -> str:
    """What the server wrote; a kernel that outlives it would hold its log open for ever."""
    try:
        async with asyncio.timeout(TO_END):
            return (await reading).decode(errors="replace")
    except TimeoutError:
        return "A kernel still writes it."


def answered(connection: Connection, kind: Kind) -> bool:
    """Whether the kernel's output came, in a message of this kind."""
    return any(
        found is kind and not outgoing and b"from the kernel 42" in payload
        for found, outgoing, payload in rows(connection.transcript)
    )


@pytest.mark.timeout(240)
async def test_kernel_channels() -> None:
    """A kernel's answer to code comes through its channels, as JSON text and as binary frames."""
    # A folder of its own with a short name, for a Unix socket's may have 100 characters at most.
    with TemporaryDirectory(prefix="j") as folder:
        await ask_kernel(Path(folder))


async def ask_kernel(folder: Path) -> None:
    """Start a kernel, have it run code, and see what comes."""
    async with jupyter(folder) as port:
        kernel = (await asyncio.to_thread(ask, port, "POST", "/kernels"))["id"]
        uri = f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?token={TOKEN}"
        header = {"msg_type": "execute_request", "username": "", "session": "s1",
                  "date": "2026-01-01T00:00:00Z", "version": "5.3"}  # fmt: skip
        content = {"code": "print('from the kernel', 6 * 7)", "silent": False,
                   "user_expressions": {}, "allow_stdin": False}  # fmt: skip
        request = {"parent_header": {}, "metadata": {}, "content": content,
                   "channel": "shell", "buffers": []}  # fmt: skip
        async with ConnectionPool() as pool:
            plain = pool.connect(ConnectOptions(uri))
            framed = pool.connect(
                ConnectOptions(uri, subprotocols=("v1.kernel.websocket.jupyter.org",))
            )
            for connection in (plain, framed):
                await reach(pool, connection, State.OPEN, State.FAILED)
                assert connection.failure is None, connection.failure
            assert plain.handshake.subprotocol is None
            assert framed.handshake.subprotocol == "v1.kernel.websocket.jupyter.org"
            # A channel that the server has not yet joined to the kernel misses what comes before.
            # Asked the same again, to the letter, the kernel would take it for a replay and say
            # nothing for ever.
            async with asyncio.timeout(SLOW):
                for number in count():
                    if answered(plain, Kind.TEXT) and answered(framed, Kind.BINARY):
                        break
                    named = {**request, "header": {**header, "msg_id": f"m{number}"}}
                    pool.send(plain.id, json.dumps(named).encode())
                    with suppress(TimeoutError):
                        await until(partial(answered, framed, Kind.BINARY), AGAIN)
                        await until(partial(answered, plain, Kind.TEXT), AGAIN)
            await pool.close_all(1000)
        await asyncio.to_thread(ask, port, "DELETE", f"/kernels/{kernel}")
    for connection in (plain, framed):
        assert connection.close is not None
        assert connection.close.clean
