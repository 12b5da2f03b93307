"""permessage-deflate as a listener agrees to it: its rows of the option table (RFC 7692)."""

from __future__ import annotations

from typing import Final

from wstui.core.options.deflate import CLIENT_BITS, Deflate, read_bits, show_bits
from wstui.core.options.info import (
    SWITCH,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    switch,
)

_OWN: Final = "deflate.server_max_window_bits"

_TOO_SMALL: Final = 8
"""A window that zlib cannot compress with."""


def listen_deflate_problems(deflate: Deflate) -> list[OptionError]:
    """Everything that is not valid for a server; empty when all is well."""
    found = deflate.problems()
    if deflate.server_max_window_bits == _TOO_SMALL:
        found.append(OptionError(_OWN, "Our window has 9 to 15 bits: zlib cannot do with 8."))
    return found


def _read_own_bits(text: str) -> int | None:
    try:
        bits = read_bits(text)
    except ValueError:
        bits = _TOO_SMALL
    if bits == _TOO_SMALL:
        raise ValueError("Write 9 to 15, or off.")
    return bits


LISTEN_DEFLATE_ROWS: Final = (
    OptionInfo(
        "deflate.offer",
        "Compression",
        Section.HANDSHAKE,
        SWITCH,
        switch("compression", off="do not agree to permessage-deflate"),
        hint="whether permessage-deflate is agreed to",
    ),
    OptionInfo(
        "deflate.server_no_context_takeover",
        "Server alone",
        Section.HANDSHAKE,
        SWITCH,
        switch("server-no-context-takeover", on="compress each of our messages by itself"),
        hint="server_no_context_takeover",
    ),
    OptionInfo(
        "deflate.client_no_context_takeover",
        "Client alone",
        Section.HANDSHAKE,
        SWITCH,
        switch("client-no-context-takeover", on="have clients compress each message by itself"),
        hint="client_no_context_takeover",
    ),
    OptionInfo(
        _OWN,
        "Server window",
        Section.HANDSHAKE,
        Codec(_read_own_bits, show_bits, short=True),
        (Flag(("--server-max-window-bits",), "our window, 9 to 15, or off", "BITS"),),
        hint="server_max_window_bits: 9–15, or off",
        placeholder="off",
    ),
    OptionInfo(
        "deflate.client_max_window_bits",
        "Client window",
        Section.HANDSHAKE,
        CLIENT_BITS,
        (
            Flag(
                ("--client-max-window-bits",),
                "the clients' window, 8 to 15, or any (default)",
                "BITS",
            ),
        ),
        hint="client_max_window_bits: 8–15, or any",
        placeholder="any",
    ),
)
