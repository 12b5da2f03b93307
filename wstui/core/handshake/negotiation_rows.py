"""What was negotiated in an opening handshake, and what came before it, as facts.

Owns their order and their labels; the words of the parameters are `options.deflate`' matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Handshake
from wstui.core.fact_rows import Fact
from wstui.core.handshake.negotiation import read_extensions, values_of
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import masked_uri
from wstui.core.options.deflate import deflate_words

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
    """What both sides agreed on, every parameter in words, and what was changed on purpose."""
    facts = [*subprotocol_facts(handshake), *extension_facts(handshake)]
    if handshake.changed:
        facts.insert(0, Fact("changed", ", ".join(handshake.changed), "warning"))
    return [_BLANK, *facts]


def subprotocol_facts(handshake: Handshake) -> list[Fact]:
    """Which subprotocol was chosen, and of which."""
    offered = ", ".join(values_of(handshake.request_headers, "Sec-WebSocket-Protocol"))
    chosen = handshake.subprotocol
    if chosen is None:
        words = f"none chosen (offered: {offered})" if offered else "none offered"
        return [Fact("subprotocol", words, "number" if offered else "label")]
    if handshake.is_subprotocol_ours:
        return [Fact("subprotocol", f"{chosen} (offered: {offered})", "success")]
    return [Fact("subprotocol", f"{chosen} (not offered)", "warning")]


def extension_facts(handshake: Handshake) -> list[Fact]:
    """Which extensions were agreed on, every parameter in words."""
    offered = ", ".join(values_of(handshake.request_headers, "Sec-WebSocket-Extensions"))
    agreed = read_extensions(handshake.extensions)
    if not agreed:
        words = f"none agreed (offered: {offered})" if offered else "none offered"
        return [Fact("extensions", words, "number" if offered else "label")]
    facts = []
    for name, parameters in agreed:
        facts.append(Fact("extensions", name, "success"))
        if name == _DEFLATE:
            words_of = deflate_words(parameters, serving=handshake.is_served)
            facts += [Fact(f"  {_LABELS[one]}", f"{one}: {words}") for one, words in words_of]
        else:
            facts += [Fact(f"  {one}", value or "set") for one, value in parameters]
    return facts
