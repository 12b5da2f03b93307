"""What came of plain HTTP as fields of NDJSON, under names that stay; see `handshake.fields`."""

from __future__ import annotations

from base64 import b64encode

from wstui.core.connection import Connection
from wstui.core.explain.plain_http import explain_http, http_remarks
from wstui.core.handshake.fields import Fields, message_fields, way_fields
from wstui.core.handshake.messages import messages_of
from wstui.core.http.answer import Answer, Body, body_text
from wstui.core.http.words import http_uri


def exchange_fields(connection: Connection, answer: Answer, now: float, *, reveal: bool) -> Fields:
    """All that is known of a question over plain HTTP. `reveal`: secrets, too."""
    failure = connection.failure
    words = None if failure is None else explain_http(failure)
    fields = way_fields(connection, now, words, reveal=reveal)
    messages = messages_of(connection)
    fields["uri"] = http_uri(fields["uri"])
    fields["method"] = answer.method
    fields["request"] = message_fields(messages.request, reveal=reveal)
    fields["request_body_size"] = answer.sent or None
    fields["response"] = message_fields(messages.response, reveal=reveal)
    if failure is None:
        fields["body"] = body_fields(answer.body, connection.handshake.response_headers)
        fields["remarks"] = http_remarks(connection, answer)
    return fields


def body_fields(body: Body, headers: tuple[tuple[str, str], ...]) -> Fields:
    """The body of a response: `size` without its coding, `wire_size` with it. `text` or `base64`
    has the beginning, at least, unless it was written to a `file`."""
    fields: Fields = {
        "size": body.size,
        "wire_size": body.wire_size,
        "coding": body.coding or None,
        "decoded": body.is_decoded,
        "expected": body.expected,
        "complete": body.is_whole,
        "fault": body.fault or None,
    }
    text = body_text(body, headers)
    if body.file:
        fields["file"] = body.file
    elif text is not None:
        fields["text"] = text
    else:
        fields["base64"] = b64encode(body.kept).decode()
    return fields
