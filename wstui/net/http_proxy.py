"""The dialogue with an HTTP proxy: CONNECT, and an answer that need not mean well.

Owns the request and the reading of the answer (RFC 9110 section 9.3.6). Sockets and TLS are the
matter of `dial`.
"""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Final

from wstui.core.connection import FailureKind
from wstui.core.handshake.proxies import Proxy
from wstui.core.options.route import Address
from wstui.net.failures import BODY_LIMIT, DialogueFailed, Response

HEAD_LIMIT: Final = 64 << 10
"""Bytes of headers, without a blank line in them, that no proxy sends that means well."""

BODY_TIME: Final = 2.0
"""Seconds that a refusing proxy has to send the body of its answer once its headers came."""

_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")


def connect_request(target: Address, proxy: Proxy, user_agent: str | None) -> bytes:
    """The request to be joined to `target`, an address with a port."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if user_agent is not None:
        lines.append(f"User-Agent: {user_agent}")
    if proxy.user is not None:
        words = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {words}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class ConnectDialogue(asyncio.Protocol):
    """Reads a proxy's answer to CONNECT, bounded in bytes and, once it refused, in time.

    `heard` gets the answer while it comes: its headers, and at most `BODY_LIMIT` of a body.
    """

    def __init__(self, heard: bytearray) -> None:
        self._heard = heard
        self._scanned = 0
        self._skipped = 0
        self._body: int | None = None  # where it begins, once the proxy has refused
        self._loop = asyncio.get_running_loop()
        self._answered: asyncio.Future[None] = self._loop.create_future()
        self._hurry: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport
        self.behind = bytearray()
        """What came behind the answer: no longer the proxy's words, but the server's."""

    async def answered(self) -> None:
        """Wait until the proxy has agreed. Nothing more is read from then on.

        Raises:
            DialogueFailed: it did not.
        """
        try:
            await self._answered
        finally:
            if self._hurry is not None:
                self._hurry.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answered.done():
            self.behind += data
            return
        self._heard += data
        while self._body is None and not self._answered.done() and self._read_head():
            pass
        self._check_body()

    def _read_head(self) -> bool:
        """Look at the headers; whether the next answer may stand behind them."""
        heard = self._heard
        if not heard.startswith(b"HTTP/"[: len(heard)]):
            self._fail(FailureKind.PROXY_ANSWER, "it is not HTTP")
            return False
        blank = _BLANK_LINE.search(heard, max(self._scanned - 3, 0))
        self._scanned = len(heard)
        end = len(heard) if blank is None else blank.end()
        if self._skipped + end > HEAD_LIMIT:
            self._fail(FailureKind.PROXY_ANSWER, "its headers do not end")
            return False
        if blank is None:
            return False
        status = Response(bytes(heard[:end])).status
        if status is None:
            self._fail(FailureKind.PROXY_ANSWER, "it is not HTTP")
        elif 100 <= status[0] < 200:  # more is to follow (RFC 9110 section 15.2)
            self._skipped += end
            self._scanned = 0
            del heard[:end]
            return True
        elif 200 <= status[0] < 300:
            self._transport.pause_reading()
            self.behind += heard[end:]
            del heard[end:]
            self._answered.set_result(None)
        else:
            self._body = end
            self._hurry = self._loop.call_later(BODY_TIME, self._refused)
        return False

    def _check_body(self) -> None:
        """Whether a refusal's body is complete, or enough of it."""
        if self._body is None or self._answered.done():
            return
        size = len(self._heard) - self._body
        head = bytes(self._heard[: self._body])
        length = re.search(rb"\ncontent-length:[ \t]*(\d{1,12})\s", head, re.IGNORECASE)
        is_chunked = re.search(rb"\ntransfer-encoding:", head, re.IGNORECASE)
        if (
            size >= BODY_LIMIT
            or (is_chunked and self._heard.endswith(b"\r\n0\r\n\r\n"))
            or (length and not is_chunked and size >= int(length[1]))
        ):
            del self._heard[self._body + BODY_LIMIT :]
            self._refused()

    def _refused(self) -> None:
        status = Response(bytes(self._heard)).status
        is_auth = status is not None and status[0] == 407
        self._fail(FailureKind.PROXY_AUTH if is_auth else FailureKind.PROXY_STATUS)

    def _fail(self, kind: FailureKind, message: str = "") -> None:
        if not self._answered.done():
            del self._heard[HEAD_LIMIT + BODY_LIMIT :]
            self._answered.set_exception(DialogueFailed(kind, message))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._body is not None:
            self._refused()
        elif self._heard:
            self._fail(FailureKind.PROXY_ANSWER, "it ended in the middle")
        else:
            words = "it ended the connection" if exc is None else str(exc)
            self._fail(FailureKind.PROXY_ANSWER, words)
