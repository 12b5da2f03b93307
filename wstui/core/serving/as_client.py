"""The options with which a client, as far as its request tells, connected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from wstui.core.options.connect import ConnectOptions
from wstui.core.serving.request import Request

_WRITTEN: Final = frozenset({"host", "upgrade", "connection", "origin", "user-agent"})
"""Headers, in lower case, that a handshake writes itself, or that are options of their own."""


def client_options(request: Request, usual: ConnectOptions, local: str) -> ConnectOptions:
    """What to connect with in order to ask what `request` asks.

    `usual` says the rest, its uri but the scheme; `local` is host and port where it came to, for a
    request without a usable Host header. What is not valid in the request is left out.
    """
    scheme = "wss" if usual.secure else "ws"
    hosts = [*request.values("Host"), local]
    uris = [f"{scheme}://{host}{request.target}" for host in hosts]
    uri = next((uri for uri in uris if _fits(replace(usual, uri=uri))), f"{scheme}://localhost/")
    options = replace(usual, uri=uri)
    found: Iterable[tuple[str, Any]] = (
        ("origin", _only(request.values("Origin"))),
        ("user_agent", _only(request.values("User-Agent"))),
        ("subprotocols", tuple(request.subprotocols)),
        ("headers", tuple(pair for pair in request.headers if _is_extra(pair[0]))),
    )
    fields = {name: value for name, value in found if value}
    whole = replace(options, **fields)
    if _fits(whole):  # to look at all of it once is enough for nearly everybody
        return whole
    for name, value in fields.items():
        better = replace(options, **{name: value})
        options = better if _fits(better) else options
    return options


def _fits(options: ConnectOptions) -> bool:
    return not options.problems()


def _only(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None


def _is_extra(name: str) -> bool:
    lower = name.lower()
    return lower not in _WRITTEN and not lower.startswith("sec-websocket-")
