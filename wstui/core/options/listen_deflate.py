"""permessage-deflate as a listener agrees to it: its rows of the option table (RFC 7692)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wstui.core.options.deflate import CLIENT_BITS, SERVER_BITS, TINY, Deflate
from wstui.core.options.info import SWITCH, Flag, OptionInfo, Section, switch


def listen_deflate_cautions(deflate: Deflate) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    if deflate.server_max_window_bits == TINY:
        return {"deflate.server_max_window_bits": "with 8, wstui sends uncompressed: zlib cannot"}
    return {}


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
        "deflate.server_max_window_bits",
        "Server window",
        Section.HANDSHAKE,
        SERVER_BITS,
        (Flag(("--server-max-window-bits",), "our window, 8 to 15, or off", "BITS"),),
        hint="server_max_window_bits: 8–15, or off",
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
