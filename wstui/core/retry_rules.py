"""Which failures and which closes are worth another attempt, and why: rules and their words.

Owns the decision. How long is waited is `backoff`'s matter, doing it that of the net ring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from wstui.core.connection import CloseRecord, Failure, FailureKind
from wstui.core.explain.words import in_words

MOST_WAIT: Final = 86_400.0
"""Seconds to which what a server asks to wait is cut: a day."""

_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_DATE: Final = re.compile(
    r"\w{3}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)
"""A date as it has to be written (RFC 9110 section 5.6.7)."""


class Verdict(NamedTuple):
    """Whether it is tried again."""

    again: bool
    why: str
    """A clause without a full stop, such as ``the server restarts (1012)``. Nothing remote."""
    after: float = 0.0
    """Seconds that the server asks to wait at least."""

    @property
    def sentence(self) -> str:
        """The same for the user."""
        return f"It is {'' if self.again else 'not '}tried again: {self.why}."


PASSING: Final = {
    FailureKind.NAME: "the name may resolve once the network is there",
    FailureKind.REFUSED: "the server may be starting",
    FailureKind.UNREACHABLE: "the network may come back",
    FailureKind.UNIX: "the server may be starting",
    FailureKind.NETWORK: "the network may come back",
    FailureKind.TIMEOUT: "it may be quicker the next time",
    FailureKind.ENDED: "the server may have been stopping, or starting",
}
"""Failures that may pass by themselves."""

LASTING: Final = {
    FailureKind.OPTIONS: "the options have to be corrected first",
    FailureKind.TLS_SETTING: "the settings of TLS have to be corrected first",
    FailureKind.SECRETS: "what the options refer to has to be there first",
    FailureKind.LOCAL_ADDRESS: "this machine does not have that address",
    FailureKind.PROXY_AUTH: "the proxy wants other credentials",
    FailureKind.PROXY_ANSWER: "that is no proxy of this kind",
    FailureKind.CERTIFICATE: "whether to trust that certificate is for you to decide",
    FailureKind.TLS_TO_PLAIN: "this port does not speak TLS",
    FailureKind.PLAIN_TO_TLS: "this port speaks TLS",
    FailureKind.NOT_HTTP: "another protocol lives on this port",
    FailureKind.HANDSHAKE: "the server would break the rules again",
    FailureKind.REDIRECT: "the server points elsewhere",
    FailureKind.CANCELLED: "you gave it up",
    FailureKind.REJECTED: "only the client can ask again",
}
"""Those that would come again."""

RETRIED_STATUSES: Final = {
    408: "the server waited too long for the request (408)",
    425: "the server wants the request later (425)",
    429: "the server had too many requests (429)",
}
"""Statuses below 500 that may pass by themselves (RFC 9110 section 15.5.9, RFC 8470, RFC 6585)."""

RETRIED_CODES: Final = {
    1001: "the server goes away, and may come back (1001)",
    1005: "the peer closed without saying why (1005)",
    1006: "TCP ended without a close frame (1006)",
    1011: "the server met an error (1011)",
    1012: "the server restarts (1012)",
    1013: "the server asks to come again later (1013)",
    1014: "the server behind the gateway may come back (1014)",
}
"""Close codes of the peer, and what stands for one, after which it is tried again."""

FINAL_CODES: Final = {
    1000: "the peer is done (1000)",
    1002: "the peer says that we broke the protocol (1002)",
    1003: "the peer cannot accept what was sent (1003)",
    1007: "the peer says that what was sent does not fit its kind (1007)",
    1008: "what was sent breaks the peer's policy (1008)",
    1009: "what was sent is too large for the peer (1009)",
    1010: "the peer misses an extension (1010)",
}
"""Those after which it is not."""

OUR_CODES: Final = {
    1002: "the peer broke the protocol, and would again",
    1007: "the peer sent text that is not UTF-8, and would again",
    1009: "the peer's messages are larger than is accepted",
}
"""Why wstui closed by itself, where another attempt would not help."""


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


RULES: Final = (
    "With --reconnect it is opened again by itself after network errors and time-outs, after"
    f" HTTP {_listed(RETRIED_STATUSES)} and 5xx, not before what Retry-After says, after the close"
    f" codes {_listed(RETRIED_CODES)}, and when a ping is not answered. Not after what you end,"
    f" after {_listed(FINAL_CODES)} and codes of applications, after other answers, and where TLS"
    " or the options have to be corrected."
)
"""All of them for the user."""


def judge(outcome: Failure | CloseRecord, now: float, *, asked: bool) -> Verdict:
    """Whether a connection that ended like this is worth another attempt.

    `asked` tells whether the user wanted the end; `now` is in seconds since the epoch.
    """
    if asked:
        return Verdict(False, "you ended it")
    return _judge_failure(outcome, now) if isinstance(outcome, Failure) else _judge_close(outcome)


def _judge_failure(failure: Failure, now: float) -> Verdict:
    kind = failure.kind
    if kind in (FailureKind.STATUS, FailureKind.PROXY_STATUS):
        return _judge_status(failure, now)
    if kind is FailureKind.TLS:
        # An alert is a decision of the server's; that TCP ended is none.
        words = in_words(failure.message).lower()
        if re.search(r"reset tcp|tcp (had )?ended|eof|timed out|aborted", words):
            return Verdict(True, "TCP ended inside the TLS handshake")
        return Verdict(False, "the TLS handshake would fail again")
    if kind is FailureKind.PROXY_REPLY:
        # The words of SOCKS for what may pass (RFC 1928 section 6); a rule of the proxy does not.
        if re.search(r"refused by|unreachable|ttl|general", failure.message.lower()):
            return Verdict(True, "the proxy may reach the server later")
        return Verdict(False, "the proxy does not want to join us to the server")
    if kind in PASSING:
        whose = "proxy" if failure.at_proxy else "server"
        return Verdict(True, PASSING[kind].replace("server", whose))
    return Verdict(False, LASTING.get(kind, "it would fail again in the same way"))


def _judge_status(failure: Failure, now: float) -> Verdict:
    status = failure.status or 0
    whose = "proxy" if failure.kind is FailureKind.PROXY_STATUS else "server"
    if status in RETRIED_STATUSES:
        why = RETRIED_STATUSES[status].replace("server", whose)
    elif status >= 500:
        why = f"the {whose} has a problem that may pass ({status})"
    elif status >= 400:
        return Verdict(False, f"the {whose} does not want this request ({status})")
    elif status >= 300:
        return Verdict(False, f"the {whose} points elsewhere ({status})")
    else:
        return Verdict(False, f"the {whose} does not speak WebSocket there ({status})")
    return Verdict(True, why, retry_after(failure.headers, now))


def _judge_close(record: CloseRecord) -> Verdict:
    if record.half_ended:
        return Verdict(False, "you ended your half of TCP before")
    if record.by_us:  # by wstui itself, since the user did not ask for it
        code = record.sent.code if record.sent is not None else None
        if code == 1011:
            return Verdict(True, "the peer did not answer our ping")
        return Verdict(False, OUR_CODES.get(code or 1005, "wstui closed it"))
    if record.received is None:
        return Verdict(True, RETRIED_CODES[1006])
    code = 1005 if record.received.code is None else record.received.code
    if code in RETRIED_CODES:
        return Verdict(True, RETRIED_CODES[code])
    if code in FINAL_CODES:
        return Verdict(False, FINAL_CODES[code])
    if 3000 <= code <= 4999:
        return Verdict(False, f"only the application knows what {code} means")
    return Verdict(False, f"the peer closed with a code that does not exist ({code})")


def retry_after(headers: tuple[tuple[str, str], ...], now: float) -> float:
    """Seconds that a response asks to wait, from its Retry-After (RFC 9110 section 10.2.3).

    0 where it says nothing that can be read, or a date that is over; never above `MOST_WAIT`.
    """
    value = next((value for name, value in headers if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:12]), MOST_WAIT)
    match = _DATE.fullmatch(value)
    if match is None:
        return 0.0
    day, month, year, *clock = match.groups()
    hour, minute, second = map(int, clock)
    try:
        number = _MONTHS.index(month) // 3 + 1
        date = datetime(int(year), number, int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return 0.0
    return min(max(date.timestamp() - now, 0.0), MOST_WAIT)
