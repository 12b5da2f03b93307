"""TLS of a connection as facts: what was agreed, and the chain of certificates as a list.

Owns their order and colours. How facts are laid out is `fact_rows`' matter; none of the texts need
be printable.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from wstui.core.fact_rows import Fact
from wstui.core.handshake.tls_facts import SOON, CertificateFacts, TlsFacts, date_text, days_text

SHOWN_NAMES: Final = 12
"""Alternative names shown of one certificate; more are counted."""

_BLANK: Final = Fact("", "")


def tls_rows(facts: TlsFacts, now: float, *, serving: bool = False) -> list[Fact]:
    """All that is known of TLS; `now` in seconds since the epoch tells the days left. `serving`:
    we are the server, and the chain is the client's."""
    rows = [_BLANK, Fact("TLS", facts.words or "nothing was agreed on", "head")]
    if facts.bits is not None:
        rows.append(Fact("cipher", f"{facts.bits} bits"))
    rows.append(_wanted_name(facts) if serving else _server_name(facts))
    if facts.alpn_offered:
        chosen = facts.alpn or "the server chose none"
        rows.append(Fact("ALPN", f"{chosen} (offered: {', '.join(facts.alpn_offered)})"))
    if facts.version:
        rows.append(Fact("session", "resumed" if facts.resumed else "new"))
    verdict = _client_verdict(facts) if serving else _verdict(facts)
    return [*rows, verdict, *_chain(facts, now)]


def _wanted_name(facts: TlsFacts) -> Fact:
    """Which server the client asked for."""
    words = f"{facts.server_name} (the client's SNI)" if facts.sni else "the client asked for none"
    return Fact("server name", words)


def _client_verdict(facts: TlsFacts) -> Fact:
    """Whether the client said who it is, and who vouches for that."""
    if not facts.chain:
        return Fact("client", "it showed no certificate", "label")
    if not facts.trusts:
        return Fact("client", "⚠ its certificate was not checked", "error")
    return Fact("client", f"✓ its certificate is checked against {facts.trusts}", "success")


def _server_name(facts: TlsFacts) -> Fact:
    if facts.sni:
        return Fact("server name", f"{facts.server_name} (sent as SNI)")
    why = "an address is not" if facts.server_name else "no name was"
    return Fact("server name", f"{facts.server_name} ({why} sent as SNI)".strip())


def _verdict(facts: TlsFacts) -> Fact:
    """Which checks were made, and what came of them."""
    if facts.failed is not None:
        return Fact("verified", f"✕ no: the certificate is {facts.failed}", "error")
    if not facts.trusts:
        return Fact("verified", "⚠ no: nothing was checked, this may be anybody", "error")
    if not facts.host_checked:
        return Fact("verified", f"⚠ against {facts.trusts}, but for any host", "error")
    if not facts.version:
        return Fact("verified", "it did not come to that", "label")
    return Fact("verified", f"✓ against {facts.trusts}", "success")


def _chain(facts: TlsFacts, now: float) -> list[Fact]:
    rows: list[Fact] = []
    for depth, certificate in enumerate(facts.chain):
        failed = str(facts.failed) if facts.failed and depth == facts.culprit else ""
        rows += [_BLANK, *_certificate(certificate, depth, failed, now)]
    if facts.chain and not facts.whole:
        rows.append(Fact("", "This Python shows the first certificate only.", "label"))
    if facts.failed is not None and not facts.chain:
        rows.append(Fact("", "This OpenSSL does not keep what failed.", "label"))
    return rows


def _certificate(
    certificate: CertificateFacts, depth: int, failed: str, now: float
) -> Sequence[Fact]:
    branch = "  " * (depth - 1) + "└ " if depth else ""
    indent = "  " * depth
    title = f"{branch}{certificate.subject or 'a certificate that cannot be read'}"
    rows = [Fact(f"certificate {depth}", f"{title}{' ✕ ' + failed if failed else ''}", "head")]
    if failed:
        rows[0] = rows[0]._replace(kind="error")
    if certificate.issuer:
        itself = certificate.is_own_issuer
        rows.append(Fact("  issuer", f"{indent}{'itself' if itself else certificate.issuer}"))
    if certificate.names:
        names = ", ".join(certificate.names[:SHOWN_NAMES])
        more = len(certificate.names) - SHOWN_NAMES + certificate.more_names
        rows.append(Fact("  names", f"{indent}{names}{f' and {more:,} more' if more > 0 else ''}"))
    if certificate.ends is not None:
        span = f"{date_text(certificate.begins)} – {date_text(certificate.ends)}"
        words = f"{indent}{span} · {days_text(certificate, now)}"
        rows.append(Fact("  valid", words, _validity_kind(certificate, now)))
    if certificate.key:
        bits = f", {certificate.key_bits:,} bits" if certificate.key_bits else ""
        rows.append(Fact("  key", f"{indent}{certificate.key}{bits}"))
    digits = textwrap.wrap(certificate.fingerprint.upper(), 32)
    lines = [f"{indent}{':'.join(textwrap.wrap(line, 2))}" for line in digits]
    return [*rows, Fact("  SHA-256", "\n".join(lines))]


def _validity_kind(certificate: CertificateFacts, now: float) -> str:
    if certificate.is_expired(now) or certificate.is_early(now):
        return "error"
    left = certificate.days_left(now)
    return "warning" if left is not None and left < SOON else "success"
