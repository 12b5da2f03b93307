"""What came of plain HTTP as rows: as an opening handshake is shown, and the body."""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Connection
from wstui.core.explain.plain_http import explain_http, http_remarks
from wstui.core.fact_rows import Fact
from wstui.core.handshake.opening import known, spans
from wstui.core.handshake.rows import (
    Row,
    Sheet,
    heading,
    hop_rows,
    request_rows,
    response_rows,
    tls_section,
    told,
    waterfall,
    way_facts,
    wrapped,
)
from wstui.core.hexdump import Layout, dump
from wstui.core.http.answer import Answer, Body, body_text
from wstui.core.printable import printable
from wstui.core.units import count_text, rtt_text, size_text
from wstui.core.wrap import Run

REQUEST_BODY: Final = 2048
"""Bytes shown of the body of a request: whoever sent it knows it."""

LINE_PART: Final = 4096
"""Characters that are laid out together."""


def exchange_rows(
    connection: Connection, answer: Answer, now: float, sheet: Sheet, *, reveal: bool
) -> list[Row]:
    """All of it, one below the other; `now` in seconds since the epoch. `reveal`: secrets, too."""
    return [
        *_outcome(connection, answer, now, sheet),
        *waterfall(connection, now, sheet),
        *hop_rows(connection, sheet, reveal=reveal),
        *_request(connection, answer, sheet, reveal=reveal),
        *response_rows(connection, sheet, reveal=reveal, good="2"),
        *_body(connection, answer.body, sheet),
        *_way(connection, sheet),
        *tls_section(connection, now, sheet),
    ]


def _outcome(connection: Connection, answer: Answer, now: float, sheet: Sheet) -> list[Row]:
    failure, handshake = known(connection)
    if failure is not None:
        words = explain_http(failure)
        facts = [Fact("✕", words.title, "error"), Fact("", words.sentence)]
        return told([*facts, Fact("→", words.hint, "number")] if words.hint else facts, sheet)
    status = handshake.status or 0
    found = spans(connection, now)
    took = f" in {rtt_text(found[-1].end)}" if found else ""
    kind = "error" if status >= 400 else "warning" if status >= 300 else "success"
    facts = [Fact("✕" if status >= 400 else "●", f"{status} {handshake.status_text}{took}", kind)]
    if answer.body.fault:
        facts.append(Fact("✕", f"The body: {answer.body.fault}", "error"))
    remarks = http_remarks(connection, answer)
    return told([*facts, *(Fact("→", remark, "number") for remark in remarks)], sheet)


def _request(connection: Connection, answer: Answer, sheet: Sheet, *, reveal: bool) -> list[Row]:
    more = f" and a body of {size_text(answer.sent)}" if answer.sent else ""
    short = sheet._replace(body=min(REQUEST_BODY, sheet.body), rest="")
    return request_rows(connection, short, reveal=reveal, more=more)


def _body(connection: Connection, body: Body, sheet: Sheet) -> list[Row]:
    if connection.failure is not None:
        return []
    rows = heading("Body", body_words(body), sheet)
    if body.file:
        return [*rows, [Run("Written to ", "label"), Run(printable(body.file), "text")]]
    if not body.kept:
        return rows
    text = body_text(body, connection.handshake.response_headers)
    if text is None:
        rows.append([Run("Not text: -o FILE writes it to a file.", "label")])
        layout = Layout.fit(sheet.span, len(body.kept))
        rows += [[Run(line, "text")] for line in dump(bytes(body.kept), layout)]
    else:
        for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
            rows += _text_rows(line, sheet)
    if body.is_enough:
        rows.append([Run(f"… not read further{sheet.rest}", "label")])
    return rows


def _text_rows(line: str, sheet: Sheet) -> list[Row]:
    """A line of any length, in time that grows with it alone."""
    if sheet.rule is not None:  # there is no terminal: lines stay whole
        return [[Run("\t".join(map(printable, line.split("\t"))), "string")]]
    rows: list[Row] = []
    for start in range(0, max(len(line), 1), LINE_PART):
        rows += wrapped([(line[start : start + LINE_PART], "string")], sheet)
    return rows


def body_words(body: Body) -> str:
    """How large a body is, with its coding and without."""
    if not body.wire_size:
        return "none" if body.is_whole else "nothing came of it"
    words = size_text(body.size)
    if body.coding:
        if body.is_decoded:
            words = f"{words}, {size_text(body.wire_size)} as {body.coding}"
        else:
            words = f"{words} in the coding {body.coding}"
    if body.expected is not None and not body.is_whole:
        words = f"{words} of {count_text(body.expected)} bytes announced"
    return words


def _way(connection: Connection, sheet: Sheet) -> list[Row]:
    facts = [fact for fact in way_facts(connection) if fact.label != "redirect"]
    return [*heading("Way", "", sheet), *sheet.facts(facts)] if facts else []
