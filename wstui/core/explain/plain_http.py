"""Failures of plain HTTP in words, and what is worth a remark of an answer."""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Connection, Failure, FailureKind, Step
from wstui.core.explain.failures import explain
from wstui.core.explain.http import status_hint
from wstui.core.explain.words import Explanation, place, quote
from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.handshake.negotiation import values_of
from wstui.core.handshake.proxies import is_loopback
from wstui.core.handshake.redirects import STATUSES
from wstui.core.http.answer import Answer
from wstui.core.http.words import http_words, protocol_words
from wstui.core.options.connect import masked_uri, parse_uri

_WORDS: Final = (
    ("handshake response", "response"),
    ("You gave up before it was open.", "You gave up before there was an answer."),
    ("where no WebSocket can be", "which cannot be asked"),
    ("no WebSocket server", "no HTTP server"),
    ("a WebSocket server", "an HTTP server"),
    ("Close code 1015 stands for that and is never on the wire.", ""),
)
"""What is said of a handshake, and of HTTP alone."""

_PLAIN_TO_TLS: Final = (b"plain HTTP request was sent to HTTPS port", b"Client sent an HTTP")
"""What servers that speak TLS, nginx and Go's among them, answer to a request in plain text."""


def explain_http(failure: Failure) -> Explanation:
    """Why there is no answer, and what to try."""
    where = place(failure)
    if failure.kind is FailureKind.HANDSHAKE:
        words = quote(protocol_words(failure.message)).rstrip(".")
        sentence = f"The response of {where} breaks the rules of HTTP/1.1: {words}."
        return Explanation("Invalid response", sentence, "Its bytes are shown as they came.")
    if failure.kind is FailureKind.TIMEOUT and failure.step is Step.SENDING:
        limit = f"within {failure.timeout:g} s" if failure.timeout is not None else "in time"
        sentence = f"{where} took no more of the request's body {limit}."
        hint = "It may be slow, or not want the body: --open-timeout gives it longer."
        return Explanation("The body was not taken", sentence, hint)
    return Explanation(*map(_http, explain(failure)))


def _http(text: str) -> str:
    for before, after in _WORDS:
        text = text.replace(before, after)
    return http_words(text).strip()


def http_remarks(connection: Connection, answer: Answer) -> list[str]:
    """What is worth knowing of an answer, each as a sentence."""
    handshake = connection.handshake
    found = [
        _unsafe(connection),
        _endpoint(connection, answer),
        _redirect(connection),
        _plain(answer),
    ]
    if not any(found[1:]):
        found.append(status_hint(handshake.status or 0))
    return [remark for remark in found if remark]


def _unsafe(connection: Connection) -> str:
    if connection.doubt:
        return f"TLS is {connection.doubt}: others may read and change everything."
    names = [name for name, _ in connection.handshake.request_headers]
    secret = next((name for name in names if name.lower() in CREDENTIALS), None)
    host = parse_uri(connection.resolved.uri).hostname or ""
    if connection.resolved.secure or secret is None or is_loopback(host):
        return ""
    return f"{secret} went out in plain text: whoever is on the way can use it."


def _endpoint(connection: Connection, answer: Answer) -> str:
    """That a WebSocket is there, where the answer says so."""
    handshake = connection.handshake
    status, headers = handshake.status, handshake.response_headers
    upgrades = " ".join(values_of(headers, "Upgrade")).lower()
    body = bytes(answer.body.kept[:4096]).lower()
    refused = status in (400, 405, 426) and (b"websocket" in body or b"upgrade" in body)
    if not (status == 426 or "websocket" in upgrades or refused):
        return ""
    uri = masked_uri(connection.resolved.uri)
    return f"This is a WebSocket endpoint: wstui handshake {uri}"


def _redirect(connection: Connection) -> str:
    handshake = connection.handshake
    locations = values_of(handshake.response_headers, "Location")
    if handshake.status not in STATUSES or not locations:
        return ""
    return f"It points to {quote(masked_uri(locations[0]))}. Ask there, or follow (--follow 5)."


def _plain(answer: Answer) -> str:
    if any(words in answer.body.kept for words in _PLAIN_TO_TLS):
        return "The server speaks TLS on this port: https://."
    return ""
