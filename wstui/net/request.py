"""The opening request as the library sends it, and the file that its cookies come from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from time import time
from typing import Final, NamedTuple

from websockets.datastructures import Headers
from websockets.http11 import Request

from wstui import __version__
from wstui.core.handshake.cookie_file import CookieFileError, fitting, parse_cookie_file
from wstui.core.handshake.negotiation import read_extensions, values_of
from wstui.core.handshake.request_head import RequestHead, request_head, request_target
from wstui.core.options.connect import ConnectOptions, parse_uri
from wstui.core.options.info import OptionError

USER_AGENT: Final = f"wstui/{__version__}"

MOST_COOKIES: Final = 4 << 20
"""Bytes of the largest cookie file that is read."""

FILE_TIME: Final = 10.0
"""Seconds that reading it may take; a file of another machine, or a pipe, may never come."""

_FILE: Final = "http.cookie_file"


class Asked(NamedTuple):
    """A request, ready to be sent."""

    request: Request
    head: RequestHead
    key: str
    """The key that the response has to answer; empty when none was sent, or several were."""
    subprotocols: tuple[str, ...]
    """Those that are offered."""


class RequestPlan(NamedTuple):
    """All that a request is made of, but for the key."""

    options: ConnectOptions
    """Valid, with references resolved."""
    cookies: Sequence[str] = ()
    """Those of the cookie file that fit, as ``name=value``."""

    def ask(self, key: str) -> Asked:
        """The request with this key, unless the options have another."""
        head = request_head(self.options, key, USER_AGENT, self.cookies)
        headers = Headers()
        for name, value in head.headers:
            headers[name] = value
        keys = values_of(head.headers, "Sec-WebSocket-Key")
        # A list without parameters reads like a list of extensions.
        offered = read_extensions(values_of(head.headers, "Sec-WebSocket-Protocol"))
        return Asked(
            Request(head.target, headers),
            head,
            keys[0] if len(keys) == 1 else "",
            tuple(extension.name for extension in offered),
        )


async def plan_request(options: ConnectOptions) -> RequestPlan:
    """What `options`, which are valid and resolved, ask for.

    Raises:
        OptionError: the cookie file cannot be used; the message names it, and the line.
    """
    path = options.http.cookie_file
    if path is None:
        return RequestPlan(options)
    try:
        async with asyncio.timeout(FILE_TIME):
            text = await asyncio.to_thread(_read, path)
    except TimeoutError as error:
        words = f"The cookie file {path} cannot be read: it did not come within {FILE_TIME:g} s."
        raise OptionError(_FILE, words) from error
    try:
        cookies = parse_cookie_file(text)
    except CookieFileError as error:
        raise OptionError(_FILE, f"{path}, line {error.line}: {error}.") from error
    parts = parse_uri(options.uri)
    found = fitting(
        cookies,
        parts.hostname or "",
        request_target(options.uri),
        secure=options.secure,
        now=time(),
    )
    return RequestPlan(options, found)


def _read(path: str) -> str:
    """The text of a cookie file. Values are bytes, and go out as they are."""
    try:
        with open(os.path.expanduser(path), "rb") as file:
            data = file.read(MOST_COOKIES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise OptionError(_FILE, f"The cookie file {path} cannot be read: {words}.") from error
    if len(data) > MOST_COOKIES:
        words = f"The cookie file {path} is larger than {MOST_COOKIES >> 20} MiB."
        raise OptionError(_FILE, words)
    return data.decode("latin-1").removeprefix("\xef\xbb\xbf")
