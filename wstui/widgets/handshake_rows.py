"""The opening handshake as rows: time steps as bars, what was agreed, and both messages as they
went over the wire.

Owns words, order and colours. What is worth a remark is the matter of `core.opening`, how rows
scroll that of `rows_view`; none of the texts need be printable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len

from wstui.core.connection import Connection, Failure, State, Step
from wstui.core.explain.failures import explain
from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.handshake.opening import Span, is_opening, known, remarks, spans
from wstui.core.options.secrets import MASK
from wstui.core.units import count_text, rtt_text, size_text
from wstui.core.wrap import Run, lay
from wstui.widgets.connection_lines import STEPS
from wstui.widgets.fact_rows import Fact, fact_rows
from wstui.widgets.negotiation_rows import extension_facts, subprotocol_facts
from wstui.widgets.tls_rows import tls_rows

Row = list[Run]

SECRET: Final = CREDENTIALS | {"set-cookie"}
"""Headers, in lower case, whose values are shown only when asked for."""

_SECRET_LINE: Final = re.compile(
    rf"^((?:{'|'.join(sorted(SECRET))})[ \t]*:[ \t]*)[^\r\n]+", re.IGNORECASE | re.MULTILINE
)

HEAD_SHOWN: Final = 8192
"""Bytes shown of the headers of a message; laying out more would hold up the screen."""

BODY_SHOWN: Final = 2048
"""Bytes shown of the body of a response."""

_NAMES: Final = {**STEPS, Step.HTTP: "HTTP", Step.TLS: "TLS"}

STEP_CELLS: Final = 14
"""Cells of the names of steps."""

TIME_CELLS: Final = 9
"""Cells of the times behind the bars."""

BAR_LIMIT: Final = 96
"""Cells of the longest bar; a longer one is not easier to read."""

HANGING: Final = "  "
"""Before rows that go on with a header's value."""


WE: Final = "us"
"""Who answers where we are the server."""


class Messages(NamedTuple):
    """Request and response as they went over the wire, empty as long as there are none."""

    request: bytes
    response: bytes
    whose: str = "the server"
    """Who answered."""

    @property
    def is_ours(self) -> bool:
        """Whether we answered a client."""
        return self.whose == WE


def messages_of(connection: Connection) -> Messages:
    """The messages of the newest attempt, made of their headers where the wire's are not kept."""
    failure, handshake = known(connection)
    if failure is not None:
        raw = failure.raw_response or _failed_response(failure)
        whose = "the proxy" if failure.at_proxy else "the server"
        return Messages(failure.raw_request, raw, whose if connection.peer is None else WE)
    if handshake.status is None:
        return Messages(handshake.raw_request, b"", WE if handshake.is_served else "the server")
    request = handshake.raw_request or _head(
        f"GET {handshake.path} HTTP/1.1", handshake.request_headers
    )
    response = handshake.raw_response or _head(
        f"HTTP/1.1 {handshake.status} {handshake.status_text}", handshake.response_headers
    )
    return Messages(request, response, WE if handshake.is_served else "the server")


def _failed_response(failure: Failure) -> bytes:
    if failure.status is None:
        return failure.body
    line = f"HTTP/1.1 {failure.status} {failure.status_text}"
    return _head(line, failure.headers) + failure.body


def _head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def heading(title: str, note: str, width: int) -> list[Row]:
    """The name of a section with a line behind it, and a row above."""
    words = f" {note} " if note else " "
    line = "─" * max(0, width - cell_len(title) - cell_len(words))
    return [[], [Run(title, "title"), Run(words, "label"), Run(line, "punctuation")]]


# What came of it


def outcome(connection: Connection, now: float, width: int) -> list[Row]:
    """How opening it stands, or ended, and what to make of that."""
    facts = _outcome(connection, now)
    rows = fact_rows(facts, width)
    glyph = rows[0][0]
    rows[0][0] = Run(glyph.text, facts[0].kind)
    return rows


def _outcome(connection: Connection, now: float) -> list[Fact]:
    failure, handshake = known(connection)
    if failure is not None:
        words = explain(failure)
        facts = [Fact("✕", words.title, "error"), Fact("", words.sentence)]
        return [*facts, Fact("→", words.hint, "number")] if words.hint else facts
    if is_opening(connection):
        waits = f"Waiting for {connection.step}"
        if connection.state is State.WAITING:
            waits = "Waiting for the next attempt"
        return [Fact("◐", f"{waits} …", "in")]
    status = f"{handshake.status or '–'} {handshake.status_text}".strip()
    opening = spans(connection, now)
    took = f" in {rtt_text(opening[-1].end)}" if opening else ""
    facts = [Fact("●", f"{status}{took}", "success")]
    return [*facts, *(Fact("→", remark, "number") for remark in remarks(connection))]


# Time steps


def waterfall(connection: Connection, now: float, width: int) -> list[Row]:
    """Each step as a bar beside the ones before, with its milliseconds."""
    found = spans(connection, now)
    if not found and connection.peer is not None:
        return []  # it came with its first bytes: nothing was waited for
    if not found:
        return [*heading("Time", "", width), [Run("No step has begun yet.", "label")]]
    total = found[-1].end
    room = min(max(width - STEP_CELLS - TIME_CELLS, 8), BAR_LIMIT)
    rows = heading("Time", f"{rtt_text(total)} together", width)
    for span in found:
        kind = _span_kind(connection, span)
        took = rtt_text(span.end - span.begin)
        name = _NAMES.get(span.step, span.step)[: STEP_CELLS - 1].ljust(STEP_CELLS)
        runs = [
            Run(name, "text"),
            *_bar(span, total, room, kind),
            Run(took.rjust(TIME_CELLS), kind),
        ]
        rows.append(runs)
    return rows


def _span_kind(connection: Connection, span: Span) -> str:
    if not span.is_last:
        return "in"
    if connection.state is State.CONNECTING:
        return "warning"
    return "error" if connection.failure is not None else "success"


def _bar(span: Span, total: float, room: int, kind: str) -> list[Run]:
    """`room` cells with a line in them, exact to half a cell and never without any."""
    halves = 2 * room
    scale = halves / total if total > 0 else 0.0
    begin = min(round(span.begin * scale), halves - 1)
    end = min(max(round(span.end * scale), begin + 1), halves)
    cells = ["━"] * room
    drawn = []
    for cell in range(room):
        left, right = 2 * cell, 2 * cell + 1
        on_left, on_right = begin <= left < end, begin <= right < end
        drawn.append(
            cells[cell] if on_left and on_right else "╸" if on_left else "╺" if on_right else "┈"
        )
    text = "".join(drawn)
    track = text.lstrip("┈")
    before = len(text) - len(track)
    bar = track.rstrip("┈")
    runs = [
        Run("┈" * before, "punctuation"),
        Run(bar, kind),
        Run("┈" * (len(track) - len(bar)), "punctuation"),
    ]
    return [run for run in runs if run.text]


# What was agreed


def agreed(connection: Connection, now: float, width: int) -> list[Row]:
    """Subprotocol, compression, addresses and redirects, and TLS."""
    failure, handshake = known(connection)
    facts: list[Fact] = []
    if failure is None and handshake.status is not None:
        facts += [*subprotocol_facts(handshake), *extension_facts(handshake)]
    facts += _way(connection)
    rows = [*heading("Agreed", "", width), *fact_rows(facts, width)] if facts else []
    tls = failure.tls if failure is not None else handshake.tls
    if tls is not None:
        _blank, first, *more = tls_rows(tls, now, serving=connection.peer is not None)
        rows += [*heading("TLS", first.value, width), *fact_rows(more, width)]
    return rows


def _way(connection: Connection) -> list[Fact]:
    """How the server was reached, or where the client came from, and to."""
    failure, handshake = known(connection)
    peer = connection.peer
    if peer is not None:
        facts = [
            Fact("client", peer.address),
            Fact("certificate", peer.tls_name),
            Fact("came to", handshake.local),
            Fact("listener", str(peer.listener)),
        ]
        return [fact for fact in facts if fact.value]
    reached = connection.reached
    local, remote = ("", "") if failure else (handshake.local, handshake.remote)
    proxy = (failure.proxy if failure else handshake.proxy) or reached.proxy
    addresses = (failure.addresses if failure else handshake.addresses) or reached.addresses
    redirects = (failure.redirects if failure else handshake.redirects) or connection.redirects
    facts = [
        *(Fact("redirect", redirect.words, "warning") for redirect in redirects),
        Fact("proxy", proxy),
        Fact("addresses", ", ".join(addresses)),
        Fact("remote", remote),
        Fact("local", local),
    ]
    return [fact for fact in facts if fact.value]


# On the wire


def wire(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    """Request and response, line by line."""
    rows = request_rows(connection, width, reveal=reveal)
    return rows + _response(connection, width, reveal=reveal)


def request_rows(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    """The request, line by line."""
    messages = messages_of(connection)
    note = _size_words(messages.request)
    note = f"{note} from the client" if messages.is_ours and note else note
    rows = heading("Request", note, width)
    if messages.request:
        rows += _message(messages.request, width, "in" if messages.is_ours else "out", reveal)
    else:
        none = "None was sent yet." if is_opening(connection) else "None was sent."
        if messages.whose == "the proxy":
            none = "None was sent to the server: the proxy did not join us to it."
        rows.append([Run(none, "label")])
    return rows


def _response(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    messages = messages_of(connection)
    kind = "success" if messages.response[9:12] == b"101" else "error"
    note = _size_words(messages.response)
    if messages.whose != "the server" and note:
        note = f"{note} from {messages.whose}"
    rows = heading("Response", note, width)
    if messages.response:
        return rows + _message(messages.response, width, kind, reveal)
    none = "None came yet." if is_opening(connection) else "None came."
    if messages.is_ours:
        none = "None was sent yet." if is_opening(connection) else "None was sent."
    return [*rows, [Run(none, "label")]]


def _size_words(raw: bytes) -> str:
    return size_text(len(raw)) if raw else ""


def _message(raw: bytes, width: int, kind: str, reveal: bool) -> list[Row]:
    """The first line in the colour `kind`, headers with names and values apart, and the body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head[:HEAD_SHOWN].decode("latin-1").split("\r\n")
    rows = _wrapped([(first, kind)], width)
    for line in lines:
        name, colon, value = line.partition(":")
        blank = value[: len(value) - len(value.lstrip(" "))]
        value = value[len(blank) :]
        if name.strip().lower() in SECRET and not reveal and value:
            value, value_kind = MASK, "label"
        else:
            value_kind = "text"
        rows += _wrapped(
            [(name, "key"), (colon + blank, "punctuation"), (value, value_kind)], width
        )
    rows += _more(len(head) - HEAD_SHOWN)
    if body:
        rows.append([])
        shown = body[:BODY_SHOWN].decode("utf-8", "surrogateescape")
        for line in shown.replace("\r\n", "\n").split("\n"):
            rows += _wrapped([(line, "string")], width)
        rows += _more(len(body) - BODY_SHOWN)
    return rows


def _more(count: int) -> list[Row]:
    """That so many bytes are not shown, if any."""
    return [[Run(f"… {count_text(count)} bytes more: y copies all", "label")]] if count > 0 else []


def wire_text(connection: Connection, *, reveal: bool) -> str:
    """Request and response as one text, to be copied; secrets masked unless `reveal`."""
    messages = messages_of(connection)
    texts = (raw.decode("utf-8", "replace") for raw in messages[:2])
    return "\n".join(text if reveal else _SECRET_LINE.sub(rf"\1{MASK}", text) for text in texts)


def _wrapped(parts: Sequence[tuple[str, str]], width: int) -> list[Row]:
    """Texts in their colours, one behind the other, in as many rows as they need."""
    rows: list[Row] = [[]]
    room = width
    for text, kind in parts:
        while text:
            runs, taken = lay(text, room, cell_len, kind) if room > 0 else ([], 0)
            blank = text.rfind(" ", 0, taken) + 1
            if taken < len(text) and blank > taken // 2:  # words are kept whole
                runs, taken = lay(text[:blank], room, cell_len, kind)
            rows[-1] += runs
            room -= sum(cell_len(run.text) for run in runs)
            text = text[taken:]
            if text:
                rows.append([Run(HANGING, "label")])
                room = max(width - len(HANGING), 8)
    return rows


def everything(connection: Connection, now: float, width: int, *, reveal: bool) -> list[Row]:
    """All of it, one below the other."""
    return [
        *outcome(connection, now, width),
        *waterfall(connection, now, width),
        *wire(connection, width, reveal=reveal),
        *agreed(connection, now, width),
    ]


def summary(connection: Connection, now: float, width: int) -> list[Row]:
    """All but the messages, to stand beside them."""
    return [
        *outcome(connection, now, width),
        *waterfall(connection, now, width),
        *agreed(connection, now, width),
    ]
