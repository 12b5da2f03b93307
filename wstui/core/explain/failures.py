"""Failures and closes in words: what happened, and what to try.

The words may quote the peer; they are made safe for a terminal where they are shown, by
`printable`.
"""

from __future__ import annotations

from typing import Final

from wstui.core.close_codes import describe
from wstui.core.connection import CloseFrame, CloseRecord, Failure, FailureKind, Step
from wstui.core.explain.http import (
    explain_handshake,
    explain_redirect,
    explain_rejection,
    explain_status,
)
from wstui.core.explain.network import explain_network
from wstui.core.explain.tls import (
    explain_certificate,
    explain_refusal,
    explain_setting,
    explain_wanted,
)
from wstui.core.explain.words import Explanation, in_words, place, quote

DROPPED: Final = "dropped here"
"""The error of a connection that was dropped on this side."""

RESET: Final = "reset here"
"""The same, by a reset of TCP instead of FIN."""

NO_PONG: Final = "keepalive ping timeout"
"""The reason with which a connection is closed whose peer does not answer a keepalive ping."""

NO_FRAME: Final = "TCP ended without a close frame"
"""The error of a connection that just ended, which says no more than that."""


_TLS_FAILURES: Final = frozenset(
    {FailureKind.TLS, FailureKind.CERTIFICATE, FailureKind.TLS_TO_PLAIN}
)
"""What a browser's close event tells as 1015 (RFC 6455 section 7.4.1)."""


def explain(failure: Failure) -> Explanation:
    """Why a connection could not be opened, and what to try."""
    words = explain_network(failure) or _explain(failure)
    if failure.kind in _TLS_FAILURES:
        code = "Close code 1015 stands for that and is never on the wire."
        words = words._replace(hint=f"{words.hint} {code}".lstrip())
    if failure.proxy and not failure.at_proxy and failure.kind is not FailureKind.CANCELLED:
        through = f"{words.sentence} It went through the proxy {quote(failure.proxy)}."
        return words._replace(sentence=through)
    return words


def _explain(failure: Failure) -> Explanation:
    match failure.kind:
        case FailureKind.STATUS:
            return explain_wanted(failure) or explain_status(failure)
        case FailureKind.TIMEOUT:
            return _timeout(failure)
        case FailureKind.TLS_SETTING if failure.fault is not None:
            return explain_setting(failure.fault)
        case FailureKind.TLS:
            return explain_refusal(failure)
        case FailureKind.CERTIFICATE:
            return explain_certificate(failure)
        case FailureKind.NOT_HTTP:
            return _not_http(failure)
        case FailureKind.REDIRECT:
            return explain_redirect(failure)
        case FailureKind.HANDSHAKE:
            return explain_handshake(failure)
        case FailureKind.REJECTED:
            return explain_rejection(failure)
        case _:
            return _network(failure)


def _network(failure: Failure) -> Explanation:
    """The failures whose words do not depend on much."""
    where, host = place(failure), quote(failure.host)
    words = quote(in_words(failure.message)).rstrip(".")
    table = {
        FailureKind.OPTIONS: ("Invalid options", f"{words}.", "Correct them and connect again."),
        FailureKind.SECRETS: (
            "A secret is missing",
            failure.message or "What the options refer to is not there.",
            "Try the command in a shell, correct it, and connect again."
            if failure.message.startswith("The command")
            else "Set it before wstui starts, or correct the reference and connect again.",
        ),
        FailureKind.NAME: (
            "Unknown host",
            f"The name {host} does not resolve.",
            "Check the spelling, and whether a VPN or /etc/hosts must know it.",
        ),
        FailureKind.REFUSED: (
            "Connection refused",
            f"Nothing listens on {where}.",
            "Is the server running, and is this the right port?",
        ),
        FailureKind.UNREACHABLE: (
            "Unreachable",
            f"There is no route to {where}.",
            "Check the network, the VPN, and whether the host has this kind of address.",
        ),
        FailureKind.TLS_TO_PLAIN: (
            "No TLS there",
            f"{where} answered our TLS hello with something that is not TLS.",
            "The server speaks plain text on this port: use ws:// instead of wss://.",
        ),
        FailureKind.PLAIN_TO_TLS: (
            "TLS wanted",
            f"{where} speaks TLS, and was asked in plain text.",
            "Use wss:// instead of ws://.",
        ),
        FailureKind.ENDED: (
            "No answer",
            f"{where} accepted the connection and ended it without an HTTP response.",
            "Is it a WebSocket server, and does it want a client certificate (--cert)?"
            if failure.tls is not None
            else "Does it speak TLS (use wss://), or is it no WebSocket server?",
        ),
        FailureKind.CANCELLED: ("Given up", "You gave up before it was open.", ""),
    }
    if failure.kind in table:
        return Explanation(*table[failure.kind])
    return Explanation("Network error", f"Connecting to {where} failed: {words}.", "")


def _timeout(failure: Failure) -> Explanation:
    limit = f"within {failure.timeout:g} s" if failure.timeout is not None else "in time"
    where = place(failure)
    match failure.step:
        case Step.HTTP:
            sentence = f"{where} accepted TCP, but sent no handshake response {limit}."
            if failure.status is not None:
                sentence = f"{where} began a handshake response, but did not end it {limit}."
            return Explanation(
                f"no handshake response {limit}",
                sentence,
                "Is it a WebSocket server? A longer open time-out helps if it is only slow.",
            )
        case Step.TLS:
            return Explanation(
                f"no TLS handshake {limit}",
                f"{where} accepted TCP, but did not answer our TLS hello {limit}.",
                "It may speak plain text: try ws:// instead of wss://.",
            )
        case _:
            return Explanation(
                f"no TCP connection {limit}",
                f"{where} did not answer {limit}: neither yes nor no.",
                "A firewall may drop the packets, or the address may be wrong.",
            )


def _not_http(failure: Failure) -> Explanation:
    first = failure.body.split(b"\n", 1)[0][:60]
    return Explanation(
        "Not an HTTP server",
        f"{place(failure)} answered with something else: {first.decode('latin-1').strip()!r}.",
        "Another protocol lives on this port. Is it the right one?",
    )


def _frame_words(frame: CloseFrame) -> str:
    """A close frame as ``4001 bye`` or ``1000 (Normal closure)``."""
    if frame.code is None:
        return "no code (1005)"
    if frame.reason:
        return f"{frame.code} {quote(frame.reason)}"
    return f"{frame.code} ({describe(frame.code).name})"


def _in_a_sentence(frame: CloseFrame) -> str:
    """The same as ``4001 “bye”``: the reason is the peer's words, and not ours."""
    return f"{frame.code} “{quote(frame.reason)}”" if frame.reason else _frame_words(frame)


def explain_close(record: CloseRecord) -> Explanation:
    """How an opened connection ended, and what to make of it."""
    words = _explain_close(record)
    if record.late:
        plural = "message" if record.late == 1 else "messages"
        late = f"{record.late:,} {plural} came in after our close frame."
        return words._replace(sentence=f"{words.sentence} {late}")
    return words


def _explain_close(record: CloseRecord) -> Explanation:
    sent, received, partner = record.sent, record.received, record.partner
    if sent is not None and received is not None:
        return _both_closed(record, sent, received)
    if record.error in (DROPPED, RESET):
        return _dropped(record)
    if sent is not None:
        return Explanation(
            f"Closed by us: {_frame_words(sent)}",
            f"We closed with {_in_a_sentence(sent)}; the {partner} sent no close frame:"
            f" {_error(record)}.",
            _our_hint(sent, partner)
            or f"The {partner} may hang, or not know the closing handshake.",
        )
    half = "after our half of TCP had ended" if record.half_ended else ""
    if received is not None:
        return Explanation(
            f"Closed: {_frame_words(received)}",
            f"The {partner} closed with {_in_a_sentence(received)}{f' {half}' if half else ''}, not"
            f" clean: {_error(record)}.",
            _said_by_peer(received, partner),
        )
    why = "" if record.error in (None, NO_FRAME) else f": {_error(record)}"
    hint = "A crash, a proxy's time-out or a network failure looks like this."
    if half:
        hint = "Most servers end their half, too, when a client's ends."
        if partner == "client":
            hint = "Most clients end their half, too, when the server's ends."
    return Explanation(
        "Ended without a close frame (1006)",
        f"TCP ended without a close frame from either side{f', {half}' if half else ''}{why}.",
        f"1006 stands for that and is never on the wire. {hint}",
    )


def _both_closed(record: CloseRecord, sent: CloseFrame, received: CloseFrame) -> Explanation:
    """The closing handshake was done (RFC 6455 section 7.1.4)."""
    first, who = (sent, "You") if record.by_us else (received, f"The {record.partner}")
    answer = received if record.by_us else sent
    words = f"{who} closed with {_in_a_sentence(first)}"
    if answer != first:
        words += f", answered with {_in_a_sentence(answer)}"
    hint = _meaning(first) if record.by_us else _said_by_peer(first, record.partner)
    if record.by_us and not record.clean:
        hint = _our_hint(first, record.partner) or hint
    end = "clean" if record.clean else f"not clean: {_error(record)}"
    if record.clean and record.error:
        end = f"clean; then {_error(record)}"
    return Explanation(f"Closed: {_frame_words(first)}", f"{words}, {end}.", hint)


def _meaning(frame: CloseFrame) -> str:
    """What is to be known of the code of a close frame."""
    if frame.code is None:
        return "The close frame had no code; 1005 stands for that and is never on the wire."
    if frame.code in (1005, 1006, 1015):
        return (
            f"{frame.code} must never be on the wire: it only tells locally how a connection"
            " ended. Some program took that for a code to send."
        )
    return describe(frame.code).meaning


def _said_by_peer(frame: CloseFrame, partner: str) -> str:
    """The same of the peer's, for whom the other side is this one."""
    if frame.code == 1002:
        return f"The {partner} says that this side broke the rules of RFC 6455."
    if frame.code == 1001 and partner == "client":
        return "The client goes away: a page was left, or a program ended."
    return _meaning(frame)


def _dropped(record: CloseRecord) -> Explanation:
    """It was ended here, before both close frames were exchanged. Who did that needs no hint."""
    title, how = ("Reset", " by a reset") if record.error == RESET else ("Dropped", "")
    if record.sent is not None:
        words = f"We closed with {_in_a_sentence(record.sent)}, and you dropped it{how} before the"
        return Explanation(title, f"{words} {record.partner} answered.", "")
    if record.received is not None:
        words = (
            f"The {record.partner} closed with {_in_a_sentence(record.received)}, and you dropped"
        )
        return Explanation(title, f"{words} it{how} unanswered.", "")
    sees = "meets an error, and shows 1006" if how else "sees 1006"
    words = f"You ended TCP{how} without a close frame; the {record.partner} {sees}."
    return Explanation(title, words, "")


def _error(record: CloseRecord) -> str:
    return quote(in_words(record.error)).rstrip(".") if record.error else "TCP ended"


_OUR_HINTS: Final = {
    1002: "The {partner} broke the protocol; the error entry shows the bytes that did.",
    1007: "The {partner} sent text that is not UTF-8; the entry before shows it.",
    1009: "Raise “Largest message” (--max-size) to receive it; off takes all.",
    1011: "The {partner} did not answer our keepalive ping. It may hang, or ignore pings.",
}
"""What it means that this side closed with a code, which it does by itself with these."""


def _our_hint(frame: CloseFrame, partner: str) -> str:
    """What it means that we closed with this frame; empty where nothing is known of that."""
    if frame.code == 1011 and frame.reason != NO_PONG:
        return ""
    return _OUR_HINTS.get(frame.code or 0, "").format(partner=partner)


_ENDS: Final = {DROPPED: "dropped", RESET: "dropped by reset"}


def summary(outcome: CloseRecord | Failure) -> str:
    """How it ended in a few words, for a narrow place: ``4001 bye · by peer, clean``."""
    if isinstance(outcome, Failure):
        return explain(outcome).title
    frame = outcome.sent if outcome.by_us else outcome.received or outcome.sent
    if frame is None:
        return _ENDS.get(outcome.error or "", "1006 · no close frame")
    code = 1005 if frame.code is None else frame.code
    words = f"{code} {frame.reason}".rstrip()
    who = "by us" if outcome.by_us else f"by {outcome.partner}"
    return f"{words} · {who}, {'clean' if outcome.clean else 'not clean'}"
