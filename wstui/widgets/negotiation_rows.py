"""What was negotiated in an opening handshake, and what came before it, as facts.

Owns their order and their labels; the words of the parameters are `core.deflate_options`' matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Handshake
from wstui.core.deflate_options import deflate_words
from wstui.core.negotiation import read_extensions, values_of
from wstui.core.options import masked_uri
from wstui.core.redirects import Redirect
from wstui.widgets.fact_rows import Fact

_BLANK: Final = Fact("", "")
_DEFLATE: Final = "permessage-deflate"
_LABELS: Final = {
    "server_no_context_takeover": "server context",
    "client_no_context_takeover": "client context",
    "server_max_window_bits": "server window",
    "client_max_window_bits": "client window",
}


def redirect_rows(redirects: Sequence[Redirect]) -> list[Fact]:
    """The redirects that were followed, in their order; nothing without any."""
    facts: list[Fact] = []
    for number, redirect in enumerate(redirects, 1):
        status = f"{redirect.status} {redirect.status_text}".rstrip()
        facts += [
            _BLANK,
            Fact(f"redirect {number}", status, "head"),
            Fact("from", masked_uri(redirect.uri)),
            Fact("location", masked_uri(redirect.location)),
            Fact("to", masked_uri(redirect.target)),
        ]
        if redirect.dropped:
            facts.append(Fact("left behind", ", ".join(redirect.dropped)))
    return facts


def negotiation_rows(handshake: Handshake) -> list[Fact]:
    """What both sides agreed on, every parameter in words; nothing where nothing was offered."""
    facts = [*_subprotocol(handshake), *_extensions(handshake)]
    if handshake.changed:
        facts.insert(0, Fact("changed", ", ".join(handshake.changed), "warning"))
    return [_BLANK, Fact("negotiated", "", "head"), *facts] if facts else []


def _subprotocol(handshake: Handshake) -> list[Fact]:
    offered = ", ".join(values_of(handshake.request_headers, "Sec-WebSocket-Protocol"))
    chosen = handshake.subprotocol
    if chosen is None:
        words = f"none was chosen of {offered}"
        return [Fact("subprotocol", words)] if offered else []
    if handshake.is_subprotocol_ours:
        return [Fact("subprotocol", f"{chosen}, of {offered}")]
    other = f"offered: {offered}" if offered else "none was"
    return [Fact("subprotocol", f"{chosen}, which was not offered; {other}", "warning")]


def _extensions(handshake: Handshake) -> list[Fact]:
    offered = values_of(handshake.request_headers, "Sec-WebSocket-Extensions")
    agreed = read_extensions(handshake.extensions)
    if not agreed:
        return [Fact("extensions", "none was agreed on")] if offered else []
    facts = [Fact("extensions", ", ".join(extension.name for extension in agreed))]
    for extension in agreed:
        if extension.name == _DEFLATE:
            facts += [
                Fact(_LABELS[name], f"{name}: {words}")
                for name, words in deflate_words(extension.parameters)
            ]
    return facts
