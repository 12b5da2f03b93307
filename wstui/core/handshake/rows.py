"""The opening handshake as rows: time steps as bars, what was agreed, and both messages as they
went over the wire.

Owns words, order and colours. What is worth a remark is the matter of `opening`, where rows are
shown that of views and of terminals; none of the texts need be printable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from wstui.core.connection import Connection, State, Step
from wstui.core.explain.failures import explain
from wstui.core.fact_rows import Fact, fact_rows
from wstui.core.handshake.messages import SECRET, messages_of
from wstui.core.handshake.negotiation_rows import extension_facts, subprotocol_facts
from wstui.core.handshake.opening import STEPS, Span, is_opening, known, remarks, spans
from wstui.core.handshake.tls_rows import tls_rows
from wstui.core.options.secrets import MASK
from wstui.core.printable import printable
from wstui.core.units import count_text, rtt_text, size_text
from wstui.core.wrap import Measure, Run, lay

Row = list[Run]


HEAD_SHOWN: Final = 8192
"""Usual bytes of the headers of a message; laying out more would hold up the screen."""

BODY_SHOWN: Final = 2048
"""Usual bytes of the body of a response."""


class Sheet(NamedTuple):
    """What rows are laid out on."""

    width: int
    """Cells of a row."""
    measure: Measure
    """Counts the cells of a text."""
    rule: int | None = None
    """Cells of the lines beside headings and of bars with their words; None: as many as a row's.
    """

    head: int = HEAD_SHOWN
    """Bytes shown of the headers of a message."""
    body: int = BODY_SHOWN
    """Bytes shown of the body of a response."""
    rest: str = ": y copies all"
    """Stands behind how many bytes are not shown."""

    @property
    def span(self) -> int:
        """Cells of what is drawn."""
        return self.width if self.rule is None else min(self.rule, self.width)

    def facts(self, facts: Sequence[Fact]) -> list[Row]:
        """Facts as rows."""
        return fact_rows(facts, self.width, self.measure)


_NAMES: Final = {**STEPS, Step.HTTP: "HTTP", Step.TLS: "TLS"}

STEP_CELLS: Final = 14
"""Cells of the names of steps."""

TIME_CELLS: Final = 9
"""Cells of the times behind the bars."""

BAR_LIMIT: Final = 96
"""Cells of the longest bar; a longer one is not easier to read."""

HANGING: Final = "  "
"""Before rows that go on with a header's value."""


def heading(title: str, note: str, sheet: Sheet) -> list[Row]:
    """The name of a section with a line behind it, and a row above."""
    words = f" {note} " if note else " "
    line = "─" * max(0, sheet.span - sheet.measure(title) - sheet.measure(words))
    return [[], [Run(title, "title"), Run(words, "label"), Run(line, "punctuation")]]


# What came of it


def outcome(connection: Connection, now: float, sheet: Sheet) -> list[Row]:
    """How opening it stands, or ended, and what to make of that."""
    facts = _outcome(connection, now)
    return told(facts, sheet)


def told(facts: Sequence[Fact], sheet: Sheet) -> list[Row]:
    """Facts whose first one has a glyph for a label, in the colour of what it says."""
    rows = sheet.facts(facts)
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


def waterfall(connection: Connection, now: float, sheet: Sheet) -> list[Row]:
    """Each step as a bar beside the ones before, with its milliseconds."""
    found = spans(connection, now)
    if not found and connection.peer is not None:
        return []  # it came with its first bytes: nothing was waited for
    if not found:
        return [*heading("Time", "", sheet), [Run("No step has begun yet.", "label")]]
    total = found[-1].end
    room = min(max(sheet.span - STEP_CELLS - TIME_CELLS, 8), BAR_LIMIT)
    rows = heading("Time", f"{rtt_text(total)} together", sheet)
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


def agreed(connection: Connection, now: float, sheet: Sheet) -> list[Row]:
    """Subprotocol, compression, addresses and redirects, and TLS."""
    failure, handshake = known(connection)
    facts: list[Fact] = []
    if failure is None and handshake.status is not None:
        facts += [*subprotocol_facts(handshake), *extension_facts(handshake)]
    facts += way_facts(connection)
    rows = [*heading("Agreed", "", sheet), *sheet.facts(facts)] if facts else []
    return rows + tls_section(connection, now, sheet)


def tls_section(connection: Connection, now: float, sheet: Sheet) -> list[Row]:
    """TLS with all certificates; nothing where it did not come to TLS."""
    failure, handshake = known(connection)
    tls = failure.tls if failure is not None else handshake.tls
    if tls is None:
        return []
    _blank, first, *more = tls_rows(tls, now, serving=connection.peer is not None)
    return [*heading("TLS", first.value, sheet), *sheet.facts(more)]


def way_facts(connection: Connection) -> list[Fact]:
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


def wire(connection: Connection, sheet: Sheet, *, reveal: bool) -> list[Row]:
    """Request and response, line by line."""
    rows = request_rows(connection, sheet, reveal=reveal)
    return rows + response_rows(connection, sheet, reveal=reveal)


def request_rows(
    connection: Connection, sheet: Sheet, *, reveal: bool, more: str = ""
) -> list[Row]:
    """The request, line by line; `more` stands behind its size."""
    messages = messages_of(connection)
    note = size_words(messages.request) + more
    note = f"{note} from the client" if messages.is_ours and note else note
    rows = heading("Request", note, sheet)
    if messages.request:
        rows += message_rows(messages.request, sheet, "in" if messages.is_ours else "out", reveal)
    else:
        none = "None was sent yet." if is_opening(connection) else "None was sent."
        if messages.whose == "the proxy":
            none = "None was sent to the server: the proxy did not join us to it."
        rows.append([Run(none, "label")])
    return rows


def hop_rows(connection: Connection, sheet: Sheet, *, reveal: bool) -> list[Row]:
    """Request and response of each redirect that was followed."""
    rows: list[Row] = []
    for number, hop in enumerate(connection.redirects, 1):
        rows += heading(f"Redirect {number}", printable(hop.words), sheet)
        rows += message_rows(hop.raw_request, sheet, "out", reveal)
        rows += [[], *message_rows(hop.raw_response, sheet, "warning", reveal)]
    return rows


def response_rows(
    connection: Connection, sheet: Sheet, *, reveal: bool, good: str = "101"
) -> list[Row]:
    """The response, line by line; a status that begins with `good` looks good."""
    messages = messages_of(connection)
    kind = "success" if messages.response[9:].startswith(good.encode()) else "error"
    note = size_words(messages.response)
    if messages.whose != "the server" and note:
        note = f"{note} from {messages.whose}"
    rows = heading("Response", note, sheet)
    if messages.response:
        return rows + message_rows(messages.response, sheet, kind, reveal)
    none = "None came yet." if is_opening(connection) else "None came."
    if messages.is_ours:
        none = "None was sent yet." if is_opening(connection) else "None was sent."
    return [*rows, [Run(none, "label")]]


def size_words(raw: bytes) -> str:
    return size_text(len(raw)) if raw else ""


def message_rows(raw: bytes, sheet: Sheet, kind: str, reveal: bool) -> list[Row]:
    """The first line in the colour `kind`, headers with names and values apart, and the body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head[: sheet.head].decode("latin-1").split("\r\n")
    rows = wrapped([(first, kind)], sheet)
    for line in lines:
        name, colon, value = line.partition(":")
        blank = value[: len(value) - len(value.lstrip(" "))]
        value = value[len(blank) :]
        if name.strip().lower() in SECRET and not reveal and value:
            value, value_kind = MASK, "label"
        else:
            value_kind = "text"
        rows += wrapped([(name, "key"), (colon + blank, "punctuation"), (value, value_kind)], sheet)
    rows += _more(len(head) - sheet.head, sheet)
    if body:
        rows.append([])
        shown = body[: sheet.body].decode("utf-8", "surrogateescape")
        for line in shown.replace("\r\n", "\n").split("\n"):
            rows += wrapped([(line, "string")], sheet)
        rows += _more(len(body) - sheet.body, sheet)
    return rows


def _more(count: int, sheet: Sheet) -> list[Row]:
    """That so many bytes are not shown, if any."""
    words = f"… {count_text(count)} bytes more{sheet.rest}"
    return [[Run(words, "label")]] if count > 0 else []


def wrapped(parts: Sequence[tuple[str, str]], sheet: Sheet) -> list[Row]:
    """Texts in their colours, one behind the other, in as many rows as they need."""
    rows: list[Row] = [[]]
    room = sheet.width
    for text, kind in parts:
        while text:
            runs, taken = lay(text, room, sheet.measure, kind) if room > 0 else ([], 0)
            blank = text.rfind(" ", 0, taken) + 1
            if taken < len(text) and blank > taken // 2:  # words are kept whole
                runs, taken = lay(text[:blank], room, sheet.measure, kind)
            rows[-1] += runs
            room -= sum(sheet.measure(run.text) for run in runs)
            text = text[taken:]
            if text:
                rows.append([Run(HANGING, "label")])
                room = max(sheet.width - len(HANGING), 8)
    return rows


def everything(connection: Connection, now: float, sheet: Sheet, *, reveal: bool) -> list[Row]:
    """All of it, one below the other."""
    return [
        *outcome(connection, now, sheet),
        *waterfall(connection, now, sheet),
        *wire(connection, sheet, reveal=reveal),
        *agreed(connection, now, sheet),
    ]


def summary(connection: Connection, now: float, sheet: Sheet) -> list[Row]:
    """All but the messages, to stand beside them."""
    return [
        *outcome(connection, now, sheet),
        *waterfall(connection, now, sheet),
        *agreed(connection, now, sheet),
    ]
