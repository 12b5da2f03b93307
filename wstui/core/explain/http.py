"""Failures of the opening handshake's HTTP in words: a status, a redirect, a wrong answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from wstui.core.connection import Failure
from wstui.core.explain.words import MAX_ERROR, Explanation, place, quote
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.negotiation import find_fault, values_of
from wstui.core.handshake.redirects import STATUSES, NotFollowed, resolve_location
from wstui.core.options.connect import masked_uri


def explain_handshake(failure: Failure) -> Explanation:
    """A 101 response that breaks the rules."""
    if failure.status == 101:
        fault = find_fault(read_headers(failure.raw_request), failure.headers)
        if fault is not None:
            return Explanation("Invalid handshake", *fault)
    words = quote(failure.message).rstrip(".")
    return Explanation(
        "Invalid handshake",
        f"The response of {place(failure)} breaks the rules: {words}.",
        "The server does not follow RFC 6455 section 4.2.2.",
    )


def explain_rejection(failure: Failure) -> Explanation:
    """A handshake of a client that we did not accept."""
    who, why = place(failure) or "The client", quote(failure.message).rstrip(".")
    if failure.status is None:
        return Explanation("Not accepted", f"{who} was not accepted: {why}.", "")
    answered = f"{who} was answered {_status_text(failure)} instead of 101: {why}."
    return Explanation(f"Rejected with {failure.status}", answered, "")


def explain_redirect(failure: Failure) -> Explanation:
    """A redirect that was not followed, although some are."""
    return Explanation(
        "Redirect not followed",
        f"{place(failure)} answered {_status_text(failure)}. {failure.message[:MAX_ERROR]}",
        "Connect there if you trust it, or allow more (--follow, --follow-to-plain).",
    )


def explain_status(failure: Failure) -> Explanation:
    """A status that is not 101."""
    status = failure.status or 0
    hint = _STATUS_HINTS.get(status, "")
    if status in STATUSES:
        hint = _redirect_hint(failure)
    elif not hint and status >= 500:
        hint = "The server, or a gateway before it, has a problem. Its body may tell more."
    elif not hint:
        hint = "The body of the response may say why."
    return Explanation(
        f"HTTP {_status_text(failure)}".rstrip(),
        f"{place(failure)} answered {status} instead of 101 Switching Protocols.",
        hint,
    )


def _status_text(failure: Failure) -> str:
    status = failure.status or 0
    return f"{status} {quote(failure.status_text) or _standard_text(status)}".rstrip()


def _standard_text(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def status_hint(status: int) -> str:
    """What to try after a status that tells a client to do something; empty for others."""
    return _STATUS_HINTS.get(status, "") if status in (401, 407, 429, 503) else ""


def _redirect_hint(failure: Failure) -> str:
    locations = values_of(failure.headers, "Location")
    if not locations:
        return "It does not say where to."
    try:
        uri = masked_uri(resolve_location(failure.uri, locations[0]))
    except NotFollowed:
        uri = locations[0]
    return f"It points to {quote(uri)}. Connect there, or follow redirects (--follow 5)."


_STATUS_HINTS: Final = {
    200: "That is an ordinary web page: the path is probably not the WebSocket's.",
    400: "The server did not like the request. A header or a subprotocol may be missing.",
    401: "Credentials are needed: a user, a token, a cookie, or an Authorization header.",
    403: "Not allowed. Servers often check the Origin header; set it, or check the credentials.",
    404: "Nothing is at this path. Check it, and its case.",
    405: "This path takes other methods only: it is no WebSocket.",
    407: "A proxy wants credentials.",
    426: "The server wants another version of the protocol, or this path is plain HTTP only.",
    429: "Too many requests. Wait before the next try.",
    503: "The service is not available now. Try again in a while.",
}
