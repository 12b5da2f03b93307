"""TLS: which options are valid, what is told of certificates, and failures in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.connection import Failure, FailureKind
from wstui.core.explain.failures import explain
from wstui.core.handshake.tls_facts import (
    DAY,
    CertificateFacts,
    Check,
    TlsFacts,
    check_of,
    date_text,
    days_text,
    find_culprit,
)
from wstui.core.handshake.tls_faults import Fault, TlsFault
from wstui.core.options.table import BY_PATH, build_options
from wstui.core.options.tls import (
    PEM_BEGIN,
    PEM_END,
    TLS_ROWS,
    TlsOptions,
    tls_cautions,
)

NOW = 1_795_000_000.0
LEAF = CertificateFacts(
    "ab" * 32,
    subject="CN=feed.example",
    issuer="CN=Authority",
    names=("feed.example", "www.feed.example"),
    begins=NOW - 100 * DAY,
    ends=NOW + 40 * DAY,
    key="EC secp256r1",
    key_bits=256,
)
ROOT = replace(LEAF, subject="CN=Authority", names=())


def problems(**options: object) -> list[str]:
    """Paths of the options that are not valid."""
    return [problem.option for problem in TlsOptions(**options).problems()]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, []),
        ({"trust": "NONE", "check_host": False, "lowest": "1.0"}, []),
        ({"trust": f"{PEM_BEGIN}\nMIIB\n{PEM_END}\n"}, []),
        ({"trust": f"{PEM_BEGIN}\nMIIB\n"}, ["tls.trust"]),
        ({"trust": "a\nb"}, ["tls.trust"]),
        ({"trust": " "}, ["tls.trust"]),
        ({"server_name": "münchen.example"}, []),
        ({"server_name": "10.0.0.7"}, []),
        ({"server_name": "::1"}, []),
        ({"server_name": "${env:SNI}.example", "trust": "${env:CA}"}, []),
        ({"server_name": "host:443"}, ["tls.server_name"]),
        ({"server_name": "host/path"}, ["tls.server_name"]),
        ({"server_name": f"{'x' * 64}.example"}, ["tls.server_name"]),
        ({"key": "key.pem"}, ["tls.key"]),
        ({"passphrase": "x"}, ["tls.passphrase"]),
        ({"certificate": "a\0b", "key_log": ""}, ["tls.certificate", "tls.key_log"]),
        ({"lowest": "1.4"}, ["tls.lowest"]),
        ({"ciphers": "ä"}, ["tls.ciphers"]),
        ({"alpn": ("http/1.1", "http/1.1")}, ["tls.alpn"]),
        ({"alpn": ("x" * 256, "ä")}, ["tls.alpn", "tls.alpn"]),
        (
            {"trust": "", "lowest": "2", "key": ""},
            ["tls.trust", "tls.key", "tls.key", "tls.lowest"],
        ),
    ],
)
def test_problems(options: dict[str, object], wrong: list[str]) -> None:
    """All that is wrong is told at once, each by the path of its option."""
    assert problems(**options) == wrong


def test_flags() -> None:
    """Every option of TLS has a flag, and --insecure is a short one."""
    given_flags = (
        ("--trust", "ca.pem"),
        ("--no-check-host", ""),
        ("--server-name", "feed.example"),
        ("--cert", "me.pem"),
        ("--key", "me.key"),
        ("--passphrase", " s3cret "),
        ("--tls-min", "TLSv1.3"),
        ("--ciphers", "ECDHE+AESGCM"),
        ("--alpn", "http/1.1,x"),
        ("--key-log", "keys.txt"),
    )
    options = build_options("wss://h", given_flags).tls
    assert options == TlsOptions(
        trust="ca.pem",
        check_host=False,
        server_name="feed.example",
        certificate="me.pem",
        key="me.key",
        passphrase=" s3cret ",
        lowest="1.3",
        ciphers="ECDHE+AESGCM",
        alpn=("http/1.1", "x"),
        key_log="keys.txt",
    )
    assert build_options("wss://h", [("--insecure", "")]).tls.trust == "NONE"
    assert build_options("wss://h", [("--trust", "system")]).tls.trust == "SYSTEM"
    assert "s3cret" not in repr(options)


@given(st.text())
def test_what_is_read_is_written_the_same(text: str) -> None:
    """Whatever an option of TLS is read from, it is written as something that means the same."""
    for info in TLS_ROWS:
        if not text.strip():
            continue
        try:
            value = info.codec.parse(text)
        except ValueError:
            continue
        shown = info.codec.show(value)
        assert not shown.strip() or info.codec.parse(shown) == value


def test_cautions() -> None:
    """What is valid and yet dangerous, or of no use, is said."""
    assert tls_cautions(TlsOptions()) == {}
    assert list(tls_cautions(TlsOptions(trust="NONE", check_host=False))) == ["tls.trust"]
    careless = TlsOptions(check_host=False, lowest="1.0", alpn=("h2",), key_log="keys")
    assert list(tls_cautions(careless)) == [
        "tls.check_host",
        "tls.lowest",
        "tls.alpn",
        "tls.key_log",
    ]
    assert not tls_cautions(TlsOptions(lowest="1.1", ciphers="ALL:@SECLEVEL=0"))
    assert set(tls_cautions(careless)) <= set(BY_PATH)


def test_doubt() -> None:
    """A connection is marked for what is not checked."""
    assert TlsOptions().doubt == ""
    assert TlsOptions(check_host=False).doubt == "host unchecked"
    assert TlsOptions(trust="NONE", check_host=False).doubt == "unverified"


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (-1, 40 * DAY, "40 days left"),
        (-1, 1.5 * DAY, "1 day left"),
        (-1, 2 * 3600, "2 hours left"),
        (-1, 60, "less than an hour left"),
        (-9, -3 * DAY, "expired 3 days ago"),
        (-9, -1, "expired less than an hour ago"),
        (2 * DAY, 9 * DAY, "valid in 2 days"),
    ],
)
def test_days_left(begins: float, ends: float, words: str) -> None:
    """How long a certificate is valid is told in whole days."""
    certificate = replace(LEAF, begins=NOW + begins, ends=NOW + ends)
    assert days_text(certificate, NOW) == words


def test_days_of_old() -> None:
    """Days before 1970, and beyond any clock, are dates, too."""
    assert date_text(-DAY) == "1969-12-31"
    assert date_text(253_402_300_799.0) == "9999-12-31"
    assert date_text(None) == "?"


def test_days_left_unknown() -> None:
    """A certificate that could not be read promises nothing."""
    assert days_text(CertificateFacts("00"), NOW) == "?"
    assert CertificateFacts("00").days_left(NOW) is None
    assert not CertificateFacts("00").is_own_issuer


def test_culprit() -> None:
    """Which certificate of a chain failed is found by its dates and place."""
    late = replace(ROOT, ends=NOW - 1)
    early = replace(ROOT, begins=NOW + 1)
    assert find_culprit(Check.EXPIRED, (LEAF, late), NOW) == 1
    assert find_culprit(Check.EXPIRED, (LEAF, ROOT), NOW) is None
    assert find_culprit(Check.NOT_YET_VALID, (early, ROOT), NOW) == 0
    assert find_culprit(Check.HOST, (LEAF, ROOT), NOW) == 0
    assert find_culprit(Check.ISSUER_MISSING, (LEAF, ROOT), NOW) == 1
    weak = replace(ROOT, key="RSA", key_bits=1024)
    assert find_culprit(Check.WEAK, (LEAF, weak), NOW) == 1
    assert find_culprit(Check.WEAK, (LEAF, ROOT), NOW) is None
    assert find_culprit(Check.HOST, (), NOW) is None


@pytest.mark.parametrize(
    ("code", "title", "sentence", "hint"),
    [
        (10, "Certificate expired", "valid until 2026-12-28", "renewed"),
        (9, "Certificate not yet valid", "valid from 2026-08-10", "clock"),
        (
            62,
            "Certificate for another host",
            "holds feed.example, www.feed.example",
            "--server-name",
        ),
        (64, "Certificate for another host", "is not for other.example", "--no-check-host"),
        (18, "Self-signed certificate", "Trusted is the system's", "--trust FILE"),
        (19, "Self-signed authority", "ends at CN=feed.example", "--trust FILE"),
        (20, "Untrusted certificate", "needs CN=Authority", "--trust FILE"),
        (66, "Certificate too weak", "words", "SECLEVEL"),
        (26, "Certificate not for a server", "words", "another"),
        (23, "Certificate revoked", "words", "took it back"),
        (999, "Untrusted certificate", "words", "verification off"),
    ],
)
def test_certificates(code: int, title: str, sentence: str, hint: str) -> None:
    """A failed check is named, with what the certificate says and the option that helps."""
    check = check_of(code)
    facts = TlsFacts(
        server_name="other.example",
        chain=(LEAF,),
        trusts="the system's trust store",
        failed=check,
        culprit=0,
    )
    failure = Failure(
        FailureKind.CERTIFICATE, "the words", host="feed.example", port=443, tls=facts
    )
    words = explain(failure)
    assert words.title == title
    assert sentence in words.sentence
    assert hint in words.hint
    for part in (title, explain(replace(failure, tls=None)).title):
        assert part


def test_an_authority_in_the_chain_is_named() -> None:
    """When not the server's own certificate expired, the one that did is named."""
    facts = TlsFacts(chain=(LEAF, replace(ROOT, ends=NOW - DAY)), failed=Check.EXPIRED, culprit=1)
    words = explain(Failure(FailureKind.CERTIFICATE, "certificate has expired", "h", tls=facts))
    assert "the certificate of CN=Authority" in words.sentence


def test_names_are_counted() -> None:
    """Of a certificate for many hosts a few are named."""
    many = replace(LEAF, names=tuple(f"h{n}.example" for n in range(100)), more_names=900)
    facts = TlsFacts(chain=(many,), failed=Check.HOST, culprit=0)
    words = explain(Failure(FailureKind.CERTIFICATE, "x", "h", tls=facts))
    assert "h3.example and 996 more" in words.sentence
    none = replace(facts, chain=(replace(LEAF, names=()),))
    words = explain(Failure(FailureKind.CERTIFICATE, "x", "h", tls=none))
    assert "no names at all" in words.sentence


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("option", ["tls.trust", "tls.key", "tls.ciphers", "tls.key_log", "?"])
def test_settings(fault: Fault, option: str) -> None:
    """A setting that cannot be used is named with its file and the reason; nothing was sent."""
    setting = TlsFault(option, fault, "/a/file.pem", "[Errno 5] why")
    words = explain(Failure(FailureKind.TLS_SETTING, fault=setting))
    assert "/a/file.pem" in words.sentence
    assert f"{fault}: why. Nothing was sent." in words.sentence
    assert "{" not in words.hint.replace("${env:NAME}", "")
    assert words.hint or fault is Fault.TOO_LARGE or fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("message", "title", "hint"),
    [
        (
            "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required",
            "wanted",
            "--cert",
        ),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "refused", "--cert"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "No common version", "--tls-min"),
        ("[SSL: NO_PROTOCOLS_AVAILABLE] no protocols available", "No common version", "SECLEVEL=0"),
        ("[SSL: DH_KEY_TOO_SMALL] dh key too small", "too weak", "SECLEVEL=0"),
        ("tlsv1 unrecognized name", "Unknown server name", "--server-name"),
        ("tlsv1 alert no application protocol", "ALPN", "--alpn"),
        ("unsafe legacy renegotiation disabled", "too old", "RFC 5746"),
        ("sslv3 alert handshake failure", "refused", "--ciphers"),
        ("something else", "TLS handshake failed", "ws://"),
    ],
)
def test_refused_handshakes(message: str, title: str, hint: str) -> None:
    """What OpenSSL and TLS alerts say is told with the option that may help."""
    words = explain(Failure(FailureKind.TLS, message, host="h", port=1))
    assert title in words.title
    assert hint in words.hint
    assert message.rpartition("] ")[2] in words.sentence
