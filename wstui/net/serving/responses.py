"""HTTP responses that are no handshakes, as bytes."""

from __future__ import annotations

import http
from email.utils import formatdate

from websockets.datastructures import Headers
from websockets.http11 import Response

from wstui import __version__
from wstui.core.serving.request import Reject

SERVER = f"wstui/{__version__}"
"""Value of the Server header."""


def rejection(decision: Reject) -> bytes:
    """The response that a rejected handshake gets."""
    try:
        phrase = http.HTTPStatus(decision.status).phrase
    except ValueError:
        phrase = ""
    body = (decision.body or f"{decision.status} {phrase}".strip() + "\n").encode()
    given = {name.lower() for name, _ in decision.headers}
    headers = Headers()
    for name, value in (
        ("Date", formatdate(usegmt=True)),
        ("Server", SERVER),
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "text/plain; charset=utf-8"),
    ):
        if name.lower() not in given or name in ("Connection", "Content-Length"):
            headers[name] = value
    for name, value in decision.headers:
        if name.lower() not in ("connection", "content-length"):
            headers[name] = value
    return bytes(Response(decision.status, phrase, headers, body).serialize())
