"""Why a listener could not listen, told by the real system."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from tests.serving_support import listening
from wstui.core.listener import ListenerState, ListenFault
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool
from wstui.net.serving.faults import listen_fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.EADDRINUSE, ""), ListenFault.IN_USE),
        (PermissionError(errno.EACCES, ""), ListenFault.FORBIDDEN),
        (OSError(errno.EADDRNOTAVAIL, ""), ListenFault.NOT_HERE),
        (socket.gaierror(socket.EAI_NONAME, ""), ListenFault.UNKNOWN_NAME),
        (TimeoutError(), ListenFault.OTHER),
    ],
    ids=["in-use", "forbidden", "not-here", "unknown-name", "time-out"],
)
def test_errors_of_the_system_have_a_kind(error: OSError, fault: ListenFault) -> None:
    """What to try depends on the kind of the error, not on its words."""
    assert listen_fault(error) is fault


async def test_a_taken_port_is_told(pool: ConnectionPool) -> None:
    """A second listener on a port fails for that reason, and the first one goes on."""
    first = await listening(pool, ListenOptions("0"))
    second = await listening(pool, ListenOptions(first.addresses[0]))
    assert (second.state, second.fault) == (ListenerState.FAILED, ListenFault.IN_USE)
    assert first.state is ListenerState.LISTENING


async def test_a_socket_in_a_missing_folder_is_told(pool: ConnectionPool, tmp_path: Path) -> None:
    """A Unix socket that cannot be made is a failure with the system's words."""
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has no Unix sockets")
    listener = await listening(pool, ListenOptions(f"unix:{tmp_path}/none/a.sock"))
    assert listener.state is ListenerState.FAILED
    assert listener.failure
