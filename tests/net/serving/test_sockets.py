"""Where listeners listen."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from tests.net_support import until
from tests.serving_support import listening
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.table import build_options
from wstui.net.pool import ConnectionPool

unix = pytest.mark.skipif(sys.platform == "win32", reason="there are no Unix sockets")


def has_ipv6() -> bool:
    """Whether this machine has a loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_all_addresses_have_one_port(pool: ConnectionPool) -> None:
    """A port chosen for all addresses is the same on each; that others can reach it is said."""
    listener = await listening(pool, ListenOptions("*:0"))
    assert len({address.rpartition(":")[2] for address in listener.addresses}) == 1
    assert listener.uris[0].startswith("ws://127.0.0.1:")
    ours = [pool.connect(ConnectOptions(uri)) for uri in listener.uris]
    await until(lambda: all(one.is_open for one in ours))
    texts = [listener.transcript.event(n).text for n in range(len(listener.transcript))]
    assert "others than this machine can reach it" in texts


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_ipv6(pool: ConnectionPool) -> None:
    """A listener on an address of IPv6 shows it in brackets, and its clients too."""
    listener = await listening(pool, ListenOptions("[::1]:0"))
    ours = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: ours.is_open)
    assert listener.uris[0].startswith("ws://[::1]:")
    assert pool.connections[next(iter(listener.clients))].name.startswith("[::1]:")


async def test_small_messages_do_not_wait(pool: ConnectionPool) -> None:
    """Nagle's algorithm is off on both sides: with it, a second message waits for 40 ms."""
    listener = await listening(pool, ListenOptions("0"))
    pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: sum(one.is_open for one in pool.connections.values()) == 2)
    for one in pool.connections.values():
        wire = pool.wire(one.id)
        assert wire is not None
        sock = wire.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_port_in_use(pool: ConnectionPool) -> None:
    """A second listener on a port fails and says why; the first one lives on."""
    first = await listening(pool, ListenOptions("0"))
    second = await listening(pool, ListenOptions(first.addresses[0]))
    assert second.state is ListenerState.FAILED
    assert "in use" in second.failure.lower()
    assert first.state is ListenerState.LISTENING


async def test_accepting_can_stop_and_go_on(pool: ConnectionPool) -> None:
    """While it accepts nobody, clients live on and others are refused; then the port is back."""
    listener = await listening(pool, ListenOptions("0"))
    uri = listener.uris[0]
    first = pool.connect(ConnectOptions(uri))
    await until(lambda: first.is_open)
    pool.stop_accepting(listener.id)
    second = pool.connect(ConnectOptions(uri))
    await until(lambda: second.failure is not None)
    assert first.is_open
    pool.accept_again(listener.id)
    await until(lambda: listener.state is ListenerState.LISTENING)
    assert listener.uris[0] == uri
    third = pool.connect(ConnectOptions(uri))
    await until(lambda: third.is_open)


@unix
async def test_a_unix_socket(pool: ConnectionPool, tmp_path: Path) -> None:
    """A Unix socket is this user's alone, and its file goes with the listener."""
    path = tmp_path / "a.sock"
    listener = await listening(pool, ListenOptions(f"unix:{path}", behaviours=("echo",)))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    ours = pool.connect(build_options(listener.uris[0], []))
    await until(lambda: ours.is_open)
    assert pool.connections[next(iter(listener.clients))].name == "unix 1"
    pool.stop_listening(listener.id)
    assert not path.exists()


@unix
async def test_a_socket_that_was_left_behind(pool: ConnectionPool, tmp_path: Path) -> None:
    """A file that nobody listens on is taken over; a socket in use, or a mere file, is not."""
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    listener = await listening(pool, ListenOptions(f"unix:{path}"))
    assert listener.state is ListenerState.LISTENING
    second = await listening(pool, ListenOptions(f"unix:{path}"))
    assert second.state is ListenerState.FAILED
    assert path.exists()
    other = tmp_path / "file"
    other.write_text("precious")
    third = await listening(pool, ListenOptions(f"unix:{other}"))
    assert third.state is ListenerState.FAILED
    assert other.read_text() == "precious"
