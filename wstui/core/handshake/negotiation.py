"""What a handshake response agrees to, held against what was asked: what is wrong with it, exactly.

Owns the words. That a wrong one fails the connection is the matter of the net ring.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from wstui.core.explain.words import quote

Headers = Iterable[tuple[str, str]]
Parameters = list[tuple[str, str | None]]

GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What is added to a key (RFC 6455 section 1.3)."""

_PARAMETERS: Final = (
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
)


_BITS: Final = tuple(map(str, range(8, 16)))


class Fault(NamedTuple):
    """What is wrong with a response."""

    sentence: str
    hint: str


class Extension(NamedTuple):
    """An extension with its parameters; None is no value."""

    name: str
    parameters: Parameters


def accept_for(key: str) -> str:
    """What Sec-WebSocket-Accept has to be for a key (RFC 6455 section 4.2.2)."""
    # Not for security: RFC 6455 wants SHA-1 here.
    digest = hashlib.sha1((key + GUID).encode("latin-1", "replace"), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode()


def values_of(headers: Headers, name: str) -> list[str]:
    """The values of all headers of that name, in their order."""
    return [value for one, value in headers if one.lower() == name.lower()]


def read_extensions(values: Iterable[str]) -> list[Extension]:
    """Extensions as Sec-WebSocket-Extensions lists them, read leniently."""
    found = []
    for text in _split(", ".join(values), ","):
        name, *parts = _split(text, ";") or [text]  # nothing but semicolons
        parameters: Parameters = []
        for part in parts:
            word, equals, value = part.partition("=")
            parameters.append((word.strip(), value.strip().strip('"') if equals else None))
        found.append(Extension(name, parameters))
    return found


def _split(text: str, separator: str) -> list[str]:
    """The parts of `text`, none of them empty; separators within quotes do not separate."""
    parts = [""]
    quoted = False
    for char in text:
        quoted ^= char == '"'
        if char == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def find_fault(request: Sequence[tuple[str, str]], response: Headers) -> Fault | None:
    """What a 101 response does not do right by the request; None where nothing is found."""
    response = list(response)
    for find in (_upgrade_fault, _accept_fault, _extension_fault, _subprotocol_fault):
        fault = find(request, response)
        if fault is not None:
            return fault
    return None


def _upgrade_fault(request: Headers, response: Headers) -> Fault | None:
    for name, wanted in (("Connection", "upgrade"), ("Upgrade", "websocket")):
        values = values_of(response, name)
        if wanted in [word.lower() for word in _split(", ".join(values), ",")]:
            continue
        came = f"{name}: {quote(', '.join(values))}" if values else f"no {name}"
        return Fault(
            f"The response has {came}, and needs {name}: {wanted.capitalize()}.",
            f"A proxy in between may have removed or changed {name}.",
        )
    return None


def _accept_fault(request: Headers, response: Headers) -> Fault | None:
    keys = values_of(request, "Sec-WebSocket-Key")
    came = values_of(response, "Sec-WebSocket-Accept")
    if len(keys) != 1:
        return Fault(
            f"The request had {len(keys) or 'no'} Sec-WebSocket-Key{'s' * (len(keys) > 1)}, so"
            f" that no Sec-WebSocket-Accept can be right.",
            "The handshake was broken on purpose; the response shows how the server took it.",
        )
    wanted = accept_for(keys[0])
    if came == [wanted]:
        return None
    if len(came) > 1:
        words = f"Sec-WebSocket-Accept came {len(came)} times"
    elif came:
        words = f"Sec-WebSocket-Accept is {quote(came[0])}"
    else:
        words = "There is no Sec-WebSocket-Accept"
    return Fault(
        f"{words}; for our key {quote(keys[0])} it has to be {wanted}.",
        "A proxy or cache in between may have answered, or the server computes it wrongly.",
    )


def _extension_fault(request: Headers, response: Headers) -> Fault | None:
    offered = read_extensions(values_of(request, "Sec-WebSocket-Extensions"))
    names = [extension.name for extension in offered]
    seen: set[str] = set()
    for name, parameters in read_extensions(values_of(response, "Sec-WebSocket-Extensions")):
        if name not in names:
            asked = f"only {quote(', '.join(names))}" if names else "none"
            return Fault(
                f"The server agreed to the extension {quote(name)}, which was not offered:"
                f" {asked} was.",
                "Its frames could not be understood, so that the handshake has to fail.",
            )
        if name in seen:
            return Fault(f"The server agreed to {quote(name)} twice.", _RULES)
        seen.add(name)
        words = _deflate_fault(offered[names.index(name)].parameters, parameters)
        if words:
            return Fault(f"The server agreed to permessage-deflate {words}.", _DEFLATE_HINT)
    return None


_RULES: Final = "The server does not follow RFC 6455 section 4.2.2."
_DEFLATE_HINT: Final = "Offer it with other parameters, or without compression."


def _deflate_fault(asked: Parameters, came: Parameters) -> str:
    """What is wrong with an agreement on permessage-deflate (RFC 7692 section 7.1), as a clause."""
    offer, answer = dict(asked), dict(came)
    for name, value in came:
        shown = quote(name if value is None else f"{name}={value}")
        if name not in _PARAMETERS:
            return f"with {shown}, which is no parameter of it"
        if [one for one, _ in came].count(name) > 1:
            return f"with {name} twice"
        is_bits = name.endswith("_bits")
        is_valid = value in _BITS if is_bits else value is None
        if not is_valid:
            return f"with {shown}, and {'8 to 15 bits are' if is_bits else 'no value is'} allowed"
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in answer:
        return "without server_no_context_takeover, which was asked for"
    if "client_max_window_bits" in answer and "client_max_window_bits" not in offer:
        return "with client_max_window_bits, which was not offered"
    if "server_max_window_bits" in offer and "server_max_window_bits" not in answer:
        return "without server_max_window_bits, which was asked for"
    for name in _PARAMETERS[2:]:
        most, bits = offer.get(name), answer.get(name)
        if most and bits and int(bits) > int(most):
            return f"with {name}={bits}, and at most {most} was offered"
    return ""


def _subprotocol_fault(request: Headers, response: Headers) -> Fault | None:
    offered = _split(", ".join(values_of(request, "Sec-WebSocket-Protocol")), ",")
    chosen = values_of(response, "Sec-WebSocket-Protocol")
    names = _split(", ".join(chosen), ",")
    if not chosen or (len(names) == 1 and names[0] in offered):
        return None
    asked = f"offered: {quote(', '.join(offered))}" if offered else "none was offered"
    if len(names) == 1:
        sentence = f"The server chose the subprotocol {quote(names[0])}; {asked}."
        if names[0].lower() in [name.lower() for name in offered]:
            sentence = f"{sentence[:-1]}; case matters."
    else:
        count = f"{len(names)} subprotocols, {quote(', '.join(names))}" if names else "none by name"
        sentence = f"The server chose {count}, and has to choose one; {asked}."
    return Fault(
        sentence, "Offer the one that the server wants, or accept any (--any-subprotocol)."
    )
