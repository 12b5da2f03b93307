"""The dialogue with a SOCKS proxy (RFC 1928, RFC 1929, SOCKS4 and 4a), by `python-socks`."""

from __future__ import annotations

import re
import socket
from typing import Any, Final

from python_socks import ProxyError, ProxyType
from python_socks.async_.asyncio import Proxy as SocksProxy

from wstui.core.connection import FailureKind
from wstui.core.handshake.proxies import Proxy
from wstui.core.options.route import Address
from wstui.net.failures import DialogueFailed

_TYPES: Final = {
    "socks4": ProxyType.SOCKS4,
    "socks4a": ProxyType.SOCKS4,
    "socks5": ProxyType.SOCKS5,
    "socks5h": ProxyType.SOCKS5,
}

FOR_EVER: Final = 1e9
"""Seconds that the library is given: the deadline is ours."""


class _Connected(SocksProxy):
    """Stands for the way to the proxy, which is connected already: by our look-up, our addresses
    and our socket options."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def connect(
        self, dest_host: str, dest_port: int, timeout: float | None = None, **kwargs: Any
    ) -> socket.socket:
        return self._sock


async def socks_dialogue(sock: socket.socket, proxy: Proxy, target: Address) -> None:
    """Ask the proxy at the other end of `sock` to be joined to `target`, an address with a port.

    Not a byte behind its answer is read.

    Raises:
        DialogueFailed: it refused, or its answer is no answer.
        OSError: TCP failed.
    """
    dialogue = SocksProxy(
        _TYPES[proxy.scheme],
        proxy.host,
        proxy.port,
        proxy.user,
        proxy.password or None,
        rdns=True,  # what is to be looked up here was looked up before
        forward=_Connected(sock),
    )
    try:
        await dialogue.connect(target.host, target.port or 0, timeout=FOR_EVER)
    except ProxyError as error:
        words = str(error)
        if error.error_code is not None:
            words = f"{words} (reply {error.error_code:d})"
            # SOCKS4 has no other way of saying so.
            is_auth = proxy.scheme.startswith("socks4") and error.error_code in (0x5C, 0x5D)
            kind = FailureKind.PROXY_AUTH if is_auth else FailureKind.PROXY_REPLY
        elif re.search(r"acceptable authentication|authentication failure", words):
            kind = FailureKind.PROXY_AUTH
        else:
            kind = FailureKind.PROXY_ANSWER
        raise DialogueFailed(kind, words) from error
