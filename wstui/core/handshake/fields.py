"""An opening handshake as fields of NDJSON, under names that stay.

Owns the names. Fields without a value are None here and stay out of the line. Times are in seconds,
moments in those since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wstui.core.connection import Connection, Failure
from wstui.core.explain.words import Explanation
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.messages import SECRET, masked_text, messages_of
from wstui.core.handshake.negotiation import read_extensions, values_of
from wstui.core.handshake.opening import known, remarks, spans
from wstui.core.handshake.redirects import Redirect
from wstui.core.handshake.tls_facts import CertificateFacts, TlsFacts
from wstui.core.options.connect import masked_uri
from wstui.core.options.secrets import MASK

Fields = dict[str, Any]


def handshake_fields(
    connection: Connection, now: float, words: Explanation | None, *, reveal: bool
) -> Fields:
    """All that is known of how a connection was opened, or not, and then `words` say why. `reveal`:
    secrets, too."""
    failure, handshake = known(connection)
    messages = messages_of(connection)
    fields = way_fields(connection, now, words, reveal=reveal)
    fields["request"] = message_fields(messages.request, reveal=reveal)
    fields["response"] = message_fields(messages.response, reveal=reveal)
    if failure is None:
        offered = values_of(handshake.request_headers, "Sec-WebSocket-Protocol")
        fields["subprotocol"] = handshake.subprotocol
        fields["subprotocols_offered"] = [
            name.strip() for name in ",".join(offered).split(",") if name.strip()
        ]
        fields["extensions"] = [
            {"name": name, "parameters": dict(parameters)}
            for name, parameters in read_extensions(handshake.extensions)
        ]
        fields["changed"] = list(handshake.changed) or None
        fields["remarks"] = remarks(connection)
    return fields


def way_fields(
    connection: Connection, now: float, words: Explanation | None, *, reveal: bool
) -> Fields:
    """What WebSockets and plain HTTP have alike: the outcome, the steps, the way, TLS."""
    failure, handshake = known(connection)
    reached = connection.reached
    found = spans(connection, now)
    tls = handshake.tls if failure is None else failure.tls
    redirects = (failure.redirects if failure else handshake.redirects) or connection.redirects
    return {
        "uri": connection.options.uri if reveal else masked_uri(connection.options.uri),
        "status": handshake.status if failure is None else failure.status,
        "status_text": handshake.status_text if failure is None else failure.status_text or None,
        "took": round(found[-1].end, 6) if found else None,
        "steps": [
            {
                "step": span.step.name.lower().replace("_", "-"),
                "begin": round(span.begin, 6),
                "took": round(span.end - span.begin, 6),
            }
            for span in found
        ],
        "remote": handshake.remote or None,
        "local": handshake.local or None,
        "proxy": (failure.proxy if failure else handshake.proxy) or reached.proxy or None,
        "addresses": list(handshake.addresses or reached.addresses) or None,
        "redirects": [redirect_fields(one, reveal=reveal) for one in redirects] or None,
        "tls": None if tls is None else tls_fields(tls, now),
        "failure": None if failure is None or words is None else failure_fields(failure, words),
    }


def failure_fields(failure: Failure, words: Explanation) -> Fields:
    """Why it failed. `kind` is one of `FailureKind`."""
    return {
        "kind": failure.kind.value,
        "title": words.title,
        "text": words.sentence,
        "hint": words.hint or None,
        "at_proxy": failure.at_proxy,
    }


def message_fields(raw: bytes, *, reveal: bool) -> Fields | None:
    """A request or a response as it went over the wire; None without one."""
    if not raw:
        return None
    head, _, body = raw.partition(b"\r\n\r\n")
    is_http = head.startswith(b"HTTP/") or b" HTTP/" in head.split(b"\r\n")[0]
    if not is_http:
        return {"body": raw.decode("utf-8", "replace"), "size": len(raw)}
    return {
        "line": head.split(b"\r\n")[0].decode("latin-1"),
        "headers": header_fields(read_headers(raw), reveal=reveal),
        "head": masked_text(head, reveal=reveal),
        "body": body.decode("utf-8", "replace") or None,
        "size": len(raw),
    }


def header_fields(headers: Sequence[tuple[str, str]], *, reveal: bool) -> list[list[str]]:
    """Names and values in their order: a name may come more than once."""
    return [
        [name, value if reveal or name.lower() not in SECRET else MASK] for name, value in headers
    ]


def redirect_fields(redirect: Redirect, *, reveal: bool) -> Fields:
    """A redirect that was followed."""

    def shown(uri: str) -> str:
        return uri if reveal else masked_uri(uri)

    return {
        "uri": shown(redirect.uri),
        "status": redirect.status,
        "location": shown(redirect.location),
        "target": shown(redirect.target),
        "dropped": list(redirect.dropped),
        "request": message_fields(redirect.raw_request, reveal=reveal),
        "response": message_fields(redirect.raw_response, reveal=reveal),
    }


def tls_fields(facts: TlsFacts, now: float) -> Fields:
    """What is known of TLS."""
    return {
        "version": facts.version or None,
        "cipher": facts.cipher or None,
        "bits": facts.bits,
        "server_name": facts.server_name or None,
        "sni": facts.sni,
        "alpn_offered": list(facts.alpn_offered),
        "alpn": facts.alpn,
        "resumed": facts.resumed,
        "trusts": facts.trusts or None,
        "host_checked": facts.host_checked,
        "failed": None if facts.failed is None else facts.failed.value,
        "culprit": facts.culprit,
        "chain": [certificate_fields(one, now) for one in facts.chain],
        "chain_whole": facts.whole,
    }


def certificate_fields(certificate: CertificateFacts, now: float) -> Fields:
    """A certificate of a chain."""
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "more_names": certificate.more_names,
        "begins": certificate.begins,
        "ends": certificate.ends,
        "days_left": certificate.days_left(now),
        "key": certificate.key or None,
        "key_bits": certificate.key_bits,
        "sha256": certificate.fingerprint,
    }
