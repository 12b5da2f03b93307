"""TLS as facts: what was agreed, the chain with days left in colour, and what failed."""

from __future__ import annotations

from dataclasses import replace

from tests.ui_support import START
from wstui.core.connection import Failure, FailureKind, Handshake
from wstui.core.handshake.tls_facts import DAY, CertificateFacts, Check, TlsFacts
from wstui.core.handshake.tls_rows import tls_rows
from wstui.widgets.fact_rows import Fact, fact_rows
from wstui.widgets.handshake_facts import failure_facts, handshake_facts

LEAF = CertificateFacts(
    "ab" * 32,
    subject="CN=feed.example",
    issuer="CN=Between",
    names=("feed.example", "10.0.0.7"),
    begins=START - 10 * DAY,
    ends=START + 80.5 * DAY,
    key="RSA",
    key_bits=2048,
)
BETWEEN = replace(LEAF, subject="CN=Between", issuer="CN=Root", names=(), ends=START + 9 * DAY)
ROOT = replace(BETWEEN, subject="CN=Root", ends=START - 3.5 * DAY, key="Ed25519", key_bits=None)
FACTS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_128_GCM_SHA256",
    bits=128,
    server_name="feed.example",
    sni=True,
    alpn_offered=("http/1.1",),
    alpn="http/1.1",
    chain=(LEAF, BETWEEN, ROOT),
    trusts="the system's trust store",
)


def values(facts: list[Fact], label: str) -> list[tuple[str, str]]:
    """Value and colour of each fact with this label."""
    return [(fact.value, fact.kind) for fact in facts if fact.label.strip() == label]


def test_what_was_agreed() -> None:
    """Version, cipher with bits, name, ALPN, session and verdict have a line each."""
    rows = tls_rows(FACTS, START)
    assert values(rows, "TLS") == [("TLSv1.3 TLS_AES_128_GCM_SHA256", "head")]
    assert values(rows, "cipher") == [("128 bits", "text")]
    assert values(rows, "server name") == [("feed.example (sent as SNI)", "text")]
    assert values(rows, "ALPN") == [("http/1.1 (offered: http/1.1)", "text")]
    assert values(rows, "session") == [("new", "text")]
    assert values(rows, "verified") == [("✓ against the system's trust store", "success")]
    silent = tls_rows(replace(FACTS, alpn=None, server_name="10.0.0.7", sni=False), START)
    assert values(silent, "ALPN") == [("the server chose none (offered: http/1.1)", "text")]
    assert values(silent, "server name") == [("10.0.0.7 (an address is not sent as SNI)", "text")]


def test_the_chain_is_an_indented_list() -> None:
    """Each certificate stands below the one it signed; days left are coloured."""
    rows = tls_rows(FACTS, START)
    titles = [rows_of[0][0] for rows_of in (values(rows, f"certificate {n}") for n in range(3))]
    assert titles == ["CN=feed.example", "└ CN=Between", "  └ CN=Root"]
    assert values(rows, "valid") == [
        ("2025-11-11 – 2026-02-09 · 80 days left", "success"),
        ("  2025-11-11 – 2025-11-30 · 9 days left", "warning"),
        ("    2025-11-11 – 2025-11-17 · expired 3 days ago", "error"),
    ]
    assert [value.strip() for value, _ in values(rows, "issuer")] == [
        "CN=Between",
        "CN=Root",
        "itself",
    ]
    assert values(rows, "names") == [("feed.example, 10.0.0.7", "text")]
    assert [value.strip() for value, _ in values(rows, "key")] == [
        "RSA, 2,048 bits",
        "RSA, 2,048 bits",
        "Ed25519",
    ]
    first, _, second = values(rows, "SHA-256")[0][0].partition("\n")
    assert first == second == ":".join(["AB"] * 16)


def test_what_failed_is_marked() -> None:
    """The check that failed is named, and the certificate that failed it is red."""
    failed = replace(FACTS, version="", cipher="", bits=None, failed=Check.EXPIRED, culprit=2)
    rows = tls_rows(failed, START)
    assert values(rows, "TLS") == [("nothing was agreed on", "head")]
    assert values(rows, "verified") == [("✕ no: the certificate is expired", "error")]
    assert values(rows, "certificate 2") == [("  └ CN=Root ✕ expired", "error")]
    assert values(rows, "certificate 0") == [("CN=feed.example", "head")]
    unseen = tls_rows(replace(failed, chain=(), culprit=None), START)
    assert "does not keep" in unseen[-1].value


def test_what_was_not_checked_is_red() -> None:
    """No check, and no check of the host, are told in red."""
    nothing = values(tls_rows(replace(FACTS, trusts=""), START), "verified")
    assert nothing == [("⚠ no: nothing was checked, this may be anybody", "error")]
    host = values(tls_rows(replace(FACTS, host_checked=False), START), "verified")
    assert host == [("⚠ against the system's trust store, but for any host", "error")]
    leaf = tls_rows(replace(FACTS, chain=(LEAF,), whole=False), START)
    assert "first certificate only" in leaf[-1].value


def test_odd_certificates() -> None:
    """One that could not be read has its fingerprint; thousands of names are counted."""
    rows = tls_rows(replace(FACTS, chain=(CertificateFacts("00" * 32),)), START)
    assert values(rows, "certificate 0") == [("a certificate that cannot be read", "head")]
    assert not values(rows, "valid")
    many = replace(LEAF, names=tuple(f"h{n}" for n in range(100)), more_names=900)
    (names, _), *_ = values(tls_rows(replace(FACTS, chain=(many,)), START), "names")
    assert names.endswith("h11 and 988 more")


def test_names_cannot_drive_the_terminal() -> None:
    """What a certificate says passes the screen's own rules, whoever made it."""
    hostile = replace(LEAF, subject="CN=\x1b[2J", issuer="\u202e[/x]", names=("\x9b1m",))
    facts = replace(FACTS, chain=(hostile,), alpn="\x07", server_name="\x1b]0;x")
    text = "".join(run.text for row in fact_rows(tls_rows(facts, START), 80) for run in row)
    assert text.isprintable()
    assert "␛[2J" in text


def test_it_stands_with_the_handshake() -> None:
    """TLS is told below the response, of a handshake that succeeded and of one that did not."""
    handshake = Handshake(status=101, status_text="Switching Protocols", tls=FACTS)
    assert values(handshake_facts(handshake, START), "TLS")
    assert not values(handshake_facts(replace(handshake, tls=None), START), "TLS")
    failure = Failure(FailureKind.CERTIFICATE, tls=replace(FACTS, failed=Check.HOST, culprit=0))
    assert values(failure_facts(failure, START), "verified")[0][1] == "error"


def test_what_a_server_knows_of_its_client() -> None:
    """The chain is the client's, and nothing claims that a server was checked."""
    nobody = tls_rows(replace(FACTS, chain=(), trusts="", host_checked=False), START, serving=True)
    assert values(nobody, "client") == [("it showed no certificate", "label")]
    assert not values(nobody, "verified")
    shown = tls_rows(replace(FACTS, trusts="clients.pem", host_checked=False), START, serving=True)
    assert values(shown, "client") == [
        ("✓ its certificate is checked against clients.pem", "success")
    ]
    assert values(shown, "server name")[0][0].endswith("(the client's SNI)")
    silent = tls_rows(replace(FACTS, sni=False, server_name=""), START, serving=True)
    assert values(silent, "server name")[0][0] == "the client asked for none"
