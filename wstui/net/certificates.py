"""Reading certificates, and what a TLS handshake agreed on or failed with.

Owns the way from OpenSSL's objects to `handshake.tls_facts`. Certificates come from the peer:
whatever they hold, reading them raises nothing. OpenSSL takes at most some 100 KiB of them, which
are read in a few milliseconds.
"""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from wstui.core.handshake.tls_facts import CertificateFacts, TlsFacts, check_of, find_culprit
from wstui.core.options.tls import TlsOptions

if TYPE_CHECKING:
    from cryptography import x509

KEPT_NAMES: Final = 100
"""Alternative names that are kept of a certificate; more are counted."""

KEPT_TEXT: Final = 500
"""Characters that are kept of a name."""


class WatchedSSLObject(ssl.SSLObject):
    """Keeps the certificates that were not accepted with the error that says so."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            error.chain = certificates_of(self)[0]  # type: ignore[attr-defined]
            raise


def certificates_of(tls: ssl.SSLObject) -> tuple[tuple[bytes, ...], bool]:
    """The certificates that the peer sent, its own first, as DER, and whether they are all."""
    try:
        if hasattr(tls, "get_unverified_chain"):  # from Python 3.13 on
            return tuple(tls.get_unverified_chain()), True
        chain = tls._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]
        return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain), True
    except (AttributeError, ValueError, ssl.SSLError):
        pass  # another build of Python, which keeps only the first one
    try:
        leaf = tls.getpeercert(binary_form=True)
    except ValueError:  # the handshake is not done
        leaf = None
    return ((leaf,), False) if leaf else ((), False)


def agreed(tls: ssl.SSLObject, options: TlsOptions) -> TlsFacts:
    """What a handshake that is done agreed on."""
    cipher = tls.cipher()
    chain, whole = certificates_of(tls)
    name = tls.server_hostname or ""
    return TlsFacts(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        bits=cipher[2] if cipher else None,
        server_name=name,
        sni=bool(name) and not _is_address(name),
        alpn_offered=options.alpn,
        alpn=tls.selected_alpn_protocol(),
        resumed=bool(tls.session_reused),
        chain=tuple(map(read_certificate, chain)),
        whole=whole,
        trusts=options.trust_words,
        host_checked=options.check_host,
    )


def refused(error: ssl.SSLError | None, options: TlsOptions, host: str, now: float) -> TlsFacts:
    """What is known of a handshake with `host` that failed with `error`, None for a time-out."""
    name = options.server_name or host
    facts = TlsFacts(
        server_name=name,
        sni=not _is_address(name),
        alpn_offered=options.alpn,
        trusts=options.trust_words,
        host_checked=options.check_host,
    )
    if not isinstance(error, ssl.SSLCertVerificationError):
        return facts
    check = check_of(getattr(error, "verify_code", 0))
    chain = tuple(map(read_certificate, getattr(error, "chain", ())))
    return TlsFacts(
        server_name=name,
        sni=facts.sni,
        alpn_offered=options.alpn,
        chain=chain,
        trusts=facts.trusts,
        host_checked=facts.host_checked,
        failed=check,
        culprit=find_culprit(check, chain, now),
    )


def tls_error(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS that `error` is, or comes from; None when it does not."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None or isinstance(seen, ssl.SSLError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def tls_alert(error: BaseException | None) -> ssl.SSLError | None:
    """The refusal of the handshake that `error` is; None when it is something else.

    With TLS 1.3 a server refuses a client's certificate once the handshake is done for the client.
    """
    if not isinstance(error, ssl.SSLError):
        return None
    # An end of TCP, and of TLS, is an error to OpenSSL, too, but says nothing.
    return None if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) else error


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def read_certificate(der: bytes) -> CertificateFacts:
    """What a certificate says; of one that cannot be read no more than its fingerprint."""
    import hashlib

    from cryptography import x509

    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what breaks RFC 5280, which others make
            certificate = x509.load_der_x509_certificate(der)
            return _read(certificate, fingerprint)
    except Exception:  # a border: the certificate is the peer's, and the reader a foreign one
        return CertificateFacts(fingerprint)


def _read(certificate: x509.Certificate, fingerprint: str) -> CertificateFacts:
    names = _names(certificate)
    key, bits = _key(certificate)
    return CertificateFacts(
        fingerprint,
        subject=certificate.subject.rfc4514_string()[:KEPT_TEXT],
        issuer=certificate.issuer.rfc4514_string()[:KEPT_TEXT],
        names=tuple(name[:KEPT_TEXT] for name in names[:KEPT_NAMES]),
        more_names=max(len(names) - KEPT_NAMES, 0),
        begins=certificate.not_valid_before_utc.timestamp(),
        ends=certificate.not_valid_after_utc.timestamp(),
        key=key,
        key_bits=bits,
    )


def _names(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [str(getattr(name, "value", name)) for name in names]


def _key(certificate: x509.Certificate) -> tuple[str, int | None]:
    """Kind and bits of the public key."""
    try:
        key: Any = certificate.public_key()
    except Exception:  # a border: of a kind that the reader does not know
        return "of an unknown kind", None
    curve = getattr(key, "curve", None)
    if curve is not None:
        return f"EC {curve.name}", key.key_size
    kind = type(key).__name__.lstrip("_").removesuffix("PublicKey")
    return kind, getattr(key, "key_size", None)
