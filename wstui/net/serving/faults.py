"""Which kind of fault it is when the system does not let us listen."""

from __future__ import annotations

import errno
import socket
from typing import Final

from wstui.core.listener import ListenFault

_FAULTS: Final = {
    errno.EADDRINUSE: ListenFault.IN_USE,
    errno.EACCES: ListenFault.FORBIDDEN,
    errno.EPERM: ListenFault.FORBIDDEN,
    errno.EROFS: ListenFault.FORBIDDEN,
    errno.EADDRNOTAVAIL: ListenFault.NOT_HERE,
}
"""By the number of the error; Python gives those of Windows the same names."""


def listen_fault(error: OSError | TimeoutError) -> ListenFault:
    """What is behind an error of opening sockets to listen on."""
    if isinstance(error, socket.gaierror):
        return ListenFault.UNKNOWN_NAME
    return _FAULTS.get(error.errno or 0, ListenFault.OTHER)
