"""TLS from the server's side: contexts, certificates made on the spot, and what clients show."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import tempfile
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.handshake.tls_faults import Fault, TlsFault
from wstui.core.options.listen_tls import OPTIONAL, REQUIRED, ListenTls
from wstui.core.options.tls import TlsOptions
from wstui.core.serving.address import ListenAddress
from wstui.net.certificates import WatchedSSLObject, certificates_of, read_certificate
from wstui.net.tls import (
    TlsSettingError,
    load_identity,
    load_key_log,
    read_authorities,
    stamp_files,
)

if TYPE_CHECKING:
    from cryptography import x509

VALID: Final = datetime.timedelta(days=30)
"""How long a certificate made on the spot is valid."""


class ServerTls(NamedTuple):
    """What TLS connections of a listener are made with."""

    context: ssl.SSLContext
    fingerprint: str = ""
    """SHA-256 of a certificate made on the spot, in hex digits; empty for another."""


class ServerObject(WatchedSSLObject):
    """Knows which server the client asked for (RFC 6066 section 3)."""

    wanted: str | None = None


def make_server_tls(options: ListenTls, where: ListenAddress) -> ServerTls:
    """What the connections of a listener at `where` are made with. May take a while.

    Raises:
        TlsSettingError: an option cannot be used.
    """
    like = options.like_client
    try:
        stamp_files(like)  # says which file is missing, before OpenSSL stumbles over it
    except TlsSettingError as error:
        raise TlsSettingError(_about_listener(error.fault)) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = ServerObject
    context.sni_callback = _note_name
    if options.ciphers is not None:
        try:
            context.set_ciphers(options.ciphers)
        except ssl.SSLError as error:
            fault = TlsFault("tls.ciphers", Fault.NO_CIPHER, options.ciphers)
            raise TlsSettingError(fault) from error
    context.set_alpn_protocols(["http/1.1"])
    fingerprint = ""
    if options.certificate is not None:
        load_identity(context, like, options.certificate)
    else:
        fingerprint = _load_own(context, where)
    if options.client_ca is not None:
        _trust_clients(context, like)
    context.verify_mode = {OPTIONAL: ssl.CERT_OPTIONAL, REQUIRED: ssl.CERT_REQUIRED}.get(
        options.clients, ssl.CERT_NONE
    )
    load_key_log(context, like)
    return ServerTls(context, fingerprint)


def _about_listener(fault: TlsFault) -> TlsFault:
    """The fault by the names that a listener's options have."""
    return replace(fault, option="tls.client_ca") if fault.option == "tls.trust" else fault


def _trust_clients(context: ssl.SSLContext, like: TlsOptions) -> None:
    try:
        context.load_verify_locations(cadata=read_authorities(like))
    except TlsSettingError as error:
        raise TlsSettingError(_about_listener(error.fault)) from error
    except ssl.SSLError as error:
        fault = TlsFault("tls.client_ca", Fault.DAMAGED, like.trust, str(error))
        raise TlsSettingError(fault) from error


def _note_name(tls: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
    if isinstance(tls, ServerObject):
        tls.wanted = name


def _load_own(context: ssl.SSLContext, where: ListenAddress) -> str:
    """Have `context` use a new certificate that signs itself; its fingerprint."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(key, where)
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Python takes certificates out of files only.
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return certificate.fingerprint(hashes.SHA256()).hex()


def _sign(key: object, where: ListenAddress) -> x509.Certificate:
    """A certificate for this machine under all names that it may be asked for by."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(("localhost", "127.0.0.1", "::1", where.host, socket.gethostname())):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host.partition("%")[0])))
        except ValueError:
            with suppress(ValueError, UnicodeError):  # no name that a certificate can hold
                if host and host != "*":
                    names.append(x509.DNSName(host.encode("idna").decode()))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wstui, self-signed")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def agreed_with_client(tls: ssl.SSLObject, options: ListenTls) -> TlsFacts:
    """What a handshake with a client agreed on; the chain is the client's."""
    cipher = tls.cipher()
    chain, whole = certificates_of(tls)
    wanted = getattr(tls, "wanted", None) or ""
    return TlsFacts(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        bits=cipher[2] if cipher else None,
        server_name=wanted,
        sni=bool(wanted),
        alpn=tls.selected_alpn_protocol(),
        resumed=bool(tls.session_reused),
        chain=tuple(map(read_certificate, chain)),
        whole=whole,
        trusts=options.client_ca or "",
        host_checked=False,
    )


def client_name(facts: TlsFacts) -> str:
    """Who the client says it is: the common name in its certificate, or else the first alternative
    name; empty without one. It comes from the peer."""
    if not facts.chain:
        return ""
    own = facts.chain[0]
    common = next((part[3:] for part in own.subject.split(",") if part.startswith("CN=")), "")
    return common or next(iter(own.names), own.subject)


def tls_trouble(error: BaseException) -> str:
    """Why a TLS handshake with a client failed, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        known = {
            "http request": "it speaks plain HTTP, and this port TLS: use wss:// or https://",
            "wrong version number": "it does not speak TLS, or a version that is too old",
            "unsupported protocol": "it speaks no version of TLS that is allowed here",
            "peer did not return a certificate": "it showed no certificate, which is required",
            "no shared cipher": "no cipher in common",
            "unknown protocol": "it does not speak TLS",
        }
        if reason in known:
            return known[reason]
        if "alert" in reason:
            return f"it gave up the TLS handshake: {reason}"
        return f"TLS handshake failed: {reason}"
    if isinstance(error, TimeoutError | ConnectionAbortedError):
        return "the TLS handshake took too long"
    return f"TCP ended within the TLS handshake: {str(error) or type(error).__name__}"
