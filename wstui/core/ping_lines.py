"""What becomes of pings, as lines for people and as lines of NDJSON."""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Connection, Step
from wstui.core.handshake.opening import STEPS, spans
from wstui.core.ndjson import line
from wstui.core.options.connect import masked_uri
from wstui.core.pings import News, Outcome, Pings
from wstui.core.units import exact_seconds_text

_WORDS: Final = {
    Outcome.ANSWERED: "pong",
    Outcome.TOGETHER: "pong",
    Outcome.LATE: "late",
    Outcome.LOST: "lost",
    Outcome.CUT_OFF: "lost",
    Outcome.AGAIN: "again",
    Outcome.UNASKED: "stray",
}


def milliseconds(seconds: float) -> str:
    """Milliseconds with about four digits: ``0.312``, ``23.41``, ``234.1``, ``12034``."""
    value = seconds * 1000
    digits = 3 if value < 9.9995 else 2 if value < 99.995 else 1 if value < 999.95 else 0
    return f"{value:.{digits}f}"


def opening(connection: Connection) -> list[str]:
    """Where a connection that was just opened leads, and what took how long. May hold remote
    text."""
    handshake = connection.handshake
    where = masked_uri(connection.options.uri)
    through = f" through {handshake.proxy}" if handshake.proxy else ""
    found = spans(connection, connection.opened or 0.0)
    times = [f"{_step(span.step)} {milliseconds(span.end - span.begin)}" for span in found]
    took = f"open after {milliseconds(found[-1].end)} ms" if found else "open"
    facts = [
        handshake.tls.words if handshake.tls else "",
        f"TLS is {connection.doubt}" if connection.doubt else "",
        f"subprotocol {handshake.subprotocol}" if handshake.subprotocol else "",
    ]
    lines = [
        f"PING {where} ({handshake.remote}{through})",
        took + (f" ({', '.join(times)})" if len(times) > 1 else ""),
        "; ".join(filter(None, facts)),
    ]
    return [line for line in lines if line]


def _step(step: Step) -> str:
    return STEPS[step].removesuffix(" look-up").removesuffix(" handshake")


def ping_line(news: News, wait: float, *, by_message: bool) -> str:
    """What became of a ping, or a message that stands for one; `wait` as for `Pings`."""
    word = _WORDS[news.outcome]
    noun = "pong"
    if by_message:
        word, noun = ("reply" if word == "pong" else word), "reply"
    head = f"{word:<5} {'-' if news.number is None else news.number:<6}"
    match news.outcome:
        case Outcome.TOGETHER:
            return f"{head} answered by the pong to {news.by}"
        case Outcome.LOST:
            return f"{head} no {noun} within {exact_seconds_text(wait)}"
        case Outcome.CUT_OFF:
            return f"{head} the connection ended before the {noun}"
        case Outcome.AGAIN:
            return f"{head} {news.size:>4} B  one more {noun} to it"
        case Outcome.UNASKED:
            return f"{head} {news.size:>4} B  a pong that no ping of ours asked for"
    assert news.rtt is not None
    return f"{head} {news.size:>4} B  {news.rtt * 1000:>10.3f} ms"


def summary(pings: Pings, seconds: float) -> list[str]:
    """The figures of a run that took so long, as lines of at most 80 cells."""
    extra = {
        "answered together": pings.together,
        "still waited for": pings.waiting,
        "answered again": pings.again,
        "stray": pings.unasked,
    }
    words = [f"{pings.sent:,} sent", f"{pings.received:,} received"]
    words += [f"{count:,} {name}" for name, count in extra.items() if count]
    lines = [f"{', '.join(words)}, {_percent(pings.loss)} lost, in {_duration(seconds)}"]
    figures = pings.figures()
    if figures:
        told = ", ".join(f"{name} {milliseconds(value)}" for name, value in figures.items())
        lines.append(f"{told} ms")
    return lines


def _percent(part: float) -> str:
    """A part from 0 to 1; one that is little is not called none, and one that is large not all."""
    if 0 < part < 0.001:
        return "below 0.1%"
    return "over 99.9%" if 0.999 < part < 1 else f"{part * 100:.3g}%"


def _duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def news_line(id: int, time: float, news: News) -> bytes:
    """What became of a ping as NDJSON; `time` in seconds since the epoch."""
    is_lost = news.outcome in (Outcome.LOST, Outcome.CUT_OFF)
    return line(
        "lost" if is_lost else "pong",
        time,
        id=id,
        number=news.number,
        outcome=news.outcome.value,
        size=None if news.outcome is Outcome.TOGETHER else news.size,
        rtt=None if news.rtt is None else round(news.rtt, 9),
        by=news.by,
    )


def summary_line(id: int, time: float, pings: Pings, seconds: float) -> bytes:
    """The figures of a run as NDJSON, all times in seconds."""
    figures = {name: round(value, 9) for name, value in pings.figures().items()}
    if "99th" in figures:
        figures["p99"] = figures.pop("99th")
    return line(
        "summary",
        time,
        id=id,
        sent=pings.sent,
        received=pings.received,
        together=pings.together,
        lost=pings.lost,
        loss=round(pings.loss, 6),
        waiting=pings.waiting,
        again=pings.again,
        stray=pings.unasked,
        seconds=round(seconds, 6),
        **figures,
    )
