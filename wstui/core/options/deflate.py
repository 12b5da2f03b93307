"""permessage-deflate: what is offered of it, and what was agreed on, in words (RFC 7692).

Owns these options and the meaning of the four parameters. Compressing is the matter of `net`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wstui.core.options.info import (
    SWITCH,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    switch,
)
from wstui.core.units import OFF

ANY: Final = 0
"""Stands for ``client_max_window_bits`` without a value: the server may choose one."""

TINY: Final = 8
"""Bits of the window that zlib cannot compress with."""

_ANY_WORD: Final = "any"
_BITS: Final = range(8, 16)


@dataclass(frozen=True, slots=True)
class Deflate:
    """What is offered of permessage-deflate; the parameters are without effect if nothing is."""

    offer: bool = True
    """Whether it is offered at all."""
    server_no_context_takeover: bool = False
    """Whether the server is to compress each message by itself."""
    client_no_context_takeover: bool = False
    """Whether the server is told that we compress each message by itself."""
    server_max_window_bits: int | None = None
    """Largest window the server is to use, 8 to 15 bits; None asks for nothing."""
    client_max_window_bits: int | None = ANY
    """Largest window that we say we use, 8 to 15 bits; `ANY` lets the server choose, and with
    None it may not."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid; empty when all is well."""
        found = []
        for name in ("server_max_window_bits", "client_max_window_bits"):
            bits = getattr(self, name)
            allowed = bits is None or bits in _BITS or (bits == ANY and name[0] == "c")
            if not allowed:
                found.append(OptionError(f"deflate.{name}", "A window has 8 to 15 bits."))
        return found

    @property
    def parameters(self) -> list[tuple[str, str | None]]:
        """Names and values of the parameters that are offered; None is no value."""
        found: list[tuple[str, str | None]] = []
        if self.server_no_context_takeover:
            found.append(("server_no_context_takeover", None))
        if self.client_no_context_takeover:
            found.append(("client_no_context_takeover", None))
        if self.server_max_window_bits is not None:
            found.append(("server_max_window_bits", str(self.server_max_window_bits)))
        if self.client_max_window_bits is not None:
            found.append(("client_max_window_bits", str(self.client_max_window_bits or "") or None))
        return found

    @property
    def header(self) -> str:
        """The offer, as Sec-WebSocket-Extensions says it."""
        parts = [name if value is None else f"{name}={value}" for name, value in self.parameters]
        return "; ".join(["permessage-deflate", *parts])


UNCOMPRESSED: Final = Deflate(offer=False)
"""Nothing is offered."""


def deflate_words(
    parameters: Sequence[tuple[str, str | None]], *, serving: bool = False
) -> list[tuple[str, str]]:
    """What each parameter of an agreement means, also those that are not in it; for both sides.

    `parameters` are those of the server's response; `serving` tells that this was ours.
    """
    given = dict(parameters)
    found = []
    sides = {"server": "the server", "client": "wstui"}
    if serving:
        sides = {"server": "wstui", "client": "the client"}
    for side, who in sides.items():
        name = f"{side}_no_context_takeover"
        words = (
            f"{who} compresses each message by itself"
            if name in given
            else f"not set: {who} may refer back to earlier messages"
        )
        found.append((name, words))
    for side, who in sides.items():
        name = f"{side}_max_window_bits"
        found.append((name, _window_words(who, given.get(name))))
    return found


def _window_words(who: str, text: str | None) -> str:
    if text is None:
        return f"not set: {who} looks back at most 32 KiB (15 bits)"
    if text not in map(str, _BITS):
        return f"{text}: that is no number of bits"
    size = 1 << int(text)
    length = f"{size >> 10} KiB" if size >= 1024 else f"{size} bytes"
    words = f"{text} bits: {who} looks back at most {length}"
    if who == "wstui" and text == "8":
        words = "8 bits: zlib cannot compress with so few, so wstui sends uncompressed"
    return words


def deflate_cautions(deflate: Deflate) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    if deflate.client_max_window_bits == TINY:
        return {"deflate.client_max_window_bits": "with 8, wstui sends uncompressed: zlib cannot"}
    return {}


def _read_bits(text: str) -> int | None:
    word = text.strip().lower()
    if word in OFF:
        return None
    if word.isascii() and word.isdecimal() and len(word) < 4 and int(word) in _BITS:
        return int(word)
    raise ValueError("Write 8 to 15, or off.")


def _read_client_bits(text: str) -> int | None:
    if text.strip().lower() == _ANY_WORD:
        return ANY
    try:
        return _read_bits(text)
    except ValueError:
        raise ValueError("Write 8 to 15, any, or off.") from None


def _show_bits(bits: int | None) -> str:
    return "off" if bits is None else str(bits or _ANY_WORD)


SERVER_BITS: Final = Codec(_read_bits, _show_bits, short=True)
"""The bits of a server's window, or off."""

CLIENT_BITS: Final = Codec(_read_client_bits, _show_bits, short=True)
"""The bits of a client's window, any, or off."""


DEFLATE_ROWS: Final = (
    OptionInfo(
        "deflate.offer",
        "Compression",
        Section.REQUEST,
        SWITCH,
        switch("compression", off="do not offer permessage-deflate"),
        hint="whether permessage-deflate is offered",
    ),
    OptionInfo(
        "deflate.server_no_context_takeover",
        "Server alone",
        Section.REQUEST,
        SWITCH,
        switch(
            "server-no-context-takeover", on="ask the server to compress each message by itself"
        ),
        hint="server_no_context_takeover",
    ),
    OptionInfo(
        "deflate.client_no_context_takeover",
        "Client alone",
        Section.REQUEST,
        SWITCH,
        switch("client-no-context-takeover", on="compress each of our messages by itself"),
        hint="client_no_context_takeover",
    ),
    OptionInfo(
        "deflate.server_max_window_bits",
        "Server window",
        Section.REQUEST,
        SERVER_BITS,
        (Flag(("--server-max-window-bits",), "the server's window, 8 to 15, or off", "BITS"),),
        hint="server_max_window_bits: 8–15, or off",
        placeholder="off",
    ),
    OptionInfo(
        "deflate.client_max_window_bits",
        "Client window",
        Section.REQUEST,
        CLIENT_BITS,
        (
            Flag(
                ("--client-max-window-bits",),
                "our window, 8 to 15, any (the server chooses; default), or off",
                "BITS",
            ),
        ),
        hint="client_max_window_bits: 8–15, any, off",
        placeholder="any",
    ),
)
