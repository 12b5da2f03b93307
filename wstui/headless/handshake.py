"""`wstui handshake`: how a connection is opened, or refused, as text or JSON."""

from __future__ import annotations

import shlex
from dataclasses import replace
from time import time
from typing import Final

from wstui.command_line.handshake import Handshake
from wstui.core.backoff import Reconnect
from wstui.core.connection import Failure, FailureKind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.explain.failures import explain
from wstui.core.explain.words import Explanation
from wstui.core.fact_rows import Fact
from wstui.core.handshake.fields import handshake_fields
from wstui.core.handshake.rows import Row, agreed, hop_rows, outcome, waterfall, wire
from wstui.core.http.words import http_uri
from wstui.core.ndjson import line
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.upkeep import Upkeep
from wstui.core.printable import printable
from wstui.core.wrap import Run
from wstui.headless.paper import Paper
from wstui.headless.stage import Stage, perform

CLOSE_TIME: Final = 1.0
"""Seconds for the closing handshake, at most: what was to be seen has been seen."""

BODY: Final = 64 << 10
"""Bytes shown of the body of a refusal: all that is kept."""


def run(asked: Handshake) -> int:
    """Do what is asked; the exit code."""
    paper = Paper.of_output()
    if asked.http is not None:
        # Here and not above: it takes a while to load.
        from wstui.headless.http_handshake import ask_over_http

        return perform(lambda stage: ask_over_http(stage, asked, paper), asked.manner)
    return perform(lambda stage: handshake(stage, asked, paper), asked.manner)


async def handshake(stage: Stage, asked: Handshake, paper: Paper) -> int:
    """Open a connection, show how that went, and close it; the exit code."""
    connection = stage.pool.connect(_bare(asked.options))
    await stage.settled(connection)
    now, reveal = time(), asked.show_secrets
    failure = connection.failure
    words = None if failure is None else _explanation(failure)
    if asked.manner.json:
        fields = handshake_fields(connection, now, words, reveal=reveal)
        fields["outcome"] = "open" if failure is None else "failed"
        await stage.output.write(line("handshake", now, **fields))
    else:
        sheet = paper.sheet(BODY)
        rows = heading(connection.options.uri, reveal=reveal)
        rows += outcome(connection, now, sheet)
        rows += waterfall(connection, now, sheet)
        rows += hop_rows(connection, sheet, reveal=reveal)
        rows += wire(connection, sheet, reveal=reveal)
        rows += agreed(connection, now, sheet)
        if failure is not None and (hint := _http_hint(failure)):
            rows += [[], *sheet.facts([Fact("→", hint, "number")])]
        await stage.output.write(paper.draw(rows))
    if failure is None:
        return Exit.OK
    if asked.manner.json or paper.width is None:  # on a terminal it was just said
        stage.tell_end(connection)
    return exit_code(connection)


def heading(uri: str, *, reveal: bool) -> list[Row]:
    """What was asked, above all else."""
    return [[Run(printable(uri if reveal else masked_uri(uri)), "title")]]


def _bare(options: ConnectOptions) -> ConnectOptions:
    """The same connection with nothing that goes on once it is open."""
    patience = CLOSE_TIME if options.close_timeout is None else options.close_timeout
    return replace(
        options,
        reconnect=Reconnect(),
        on_connect=(),
        upkeep=Upkeep(),
        close_timeout=min(patience, CLOSE_TIME),
    )


def _explanation(failure: Failure) -> Explanation:
    words = explain(failure)
    return words._replace(hint=f"{words.hint} {_http_hint(failure)}".strip())


def _http_hint(failure: Failure) -> str:
    """How to see more of what a server has answered; empty where it answered nothing by HTTP."""
    if failure.kind is not FailureKind.STATUS or not failure.body:
        return ""
    uri = shlex.quote(masked_uri(http_uri(failure.uri)))  # ? and & mean something to a shell
    return f"Ask it over plain HTTP: wstui handshake {uri}"
