"""TLS on real sockets: whom we trust, who we say we are, what was agreed, and what failed."""

from __future__ import annotations

import asyncio
import datetime
import os
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.net_support import PATIENCE, accept, close_frame, reach, read_frame, read_request
from wstui.core.connection import Connection, Failure, FailureKind, State
from wstui.core.explain.failures import explain
from wstui.core.handshake.tls_facts import Check, date_text
from wstui.core.handshake.tls_faults import Fault
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.net.certificates import read_certificate
from wstui.net.pool import ConnectionPool
from wstui.net.tls import KEPT, TlsContexts, TlsSettingError

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

UTC = datetime.UTC
SECRET = "pass phrase"


class Files(NamedTuple):
    """An authority and what it signed, as files."""

    authority: trustme.CA
    folder: Path

    @property
    def ca(self) -> str:
        """The authority's certificate."""
        return str(self.folder / "ca.pem")

    @property
    def ca_text(self) -> str:
        """The same as text."""
        return self.authority.cert_pem.bytes().decode()

    @property
    def cert(self) -> str:
        """A client's certificate."""
        return str(self.folder / "client.pem")

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.folder / "client.key")

    @property
    def locked(self) -> str:
        """The same key, which `SECRET` opens."""
        return str(self.folder / "locked.key")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    made = Files(authority, folder)
    authority.cert_pem.write_to_path(made.ca)
    client = authority.issue_cert("client@example.org", common_name="a client")
    client.cert_chain_pems[0].write_to_path(made.cert)
    client.private_key_pem.write_to_path(made.key)
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(SECRET.encode()),
    )
    Path(made.locked).write_bytes(locked)
    return made


def context(files: Files, *names: str, **how: object) -> ssl.SSLContext:
    """A server's context with a certificate of the authority for `names`."""
    certificate = files.authority.issue_cert(*(names or ("localhost",)), **how)  # type: ignore[arg-type]
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def self_made(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Path:
    """A file with a self-signed certificate for localhost and its key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return file


async def welcome(reader: Reader, writer: Writer) -> None:
    """Accept, and close at once."""
    writer.write(accept(await read_request(reader)) + close_frame())
    await read_frame(reader)
    writer.close()


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext, script: Callable[[Reader, Writer], object] = welcome
) -> AsyncIterator[int]:
    """A TLS server on loopback; yields its port."""

    async def serve(reader: Reader, writer: Writer) -> None:
        try:
            await script(reader, writer)  # type: ignore[misc]
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@contextmanager
def refusing(tls: ssl.SSLContext) -> Iterator[int]:
    """A TLS server in a thread, which sends its alerts, as asyncio's does not; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:  # the test is over
                return
            server = tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with suppress(OSError):
                server.do_handshake()
                server.recv(1)
            with socket.socket(fileno=server.detach()) as rest, suppress(OSError):
                rest.shutdown(socket.SHUT_WR)
                while rest.recv(4096):  # what is left unread would reset TCP before the alert
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE)


async def connect(
    port: int, tls: TlsOptions, *, host: str = "localhost", pool: ConnectionPool | None = None
) -> Connection:
    """Connect, and wait until that has come to an end."""
    options = ConnectOptions(f"wss://{host}:{port}/", tls=tls)
    if pool is not None:
        connection = pool.connect(options)
        await reach(pool, connection, State.CLOSED, State.FAILED)
        return connection
    async with ConnectionPool() as own:
        return await connect(port, tls, host=host, pool=own)


async def fail(port: int, tls: TlsOptions, **how: str) -> Failure:
    """Connect, expect that to fail, and tell why."""
    connection = await connect(port, tls, **how)  # type: ignore[arg-type]
    assert connection.failure is not None
    return connection.failure


async def setting(**tls: object) -> Failure:
    """The failure that settings lead to before anything goes out: nobody listens there."""
    failure = await fail(1, TlsOptions(**tls))  # type: ignore[arg-type]
    assert failure.kind is FailureKind.TLS_SETTING
    assert failure.fault is not None
    assert "Nothing was sent" in explain(failure).sentence
    return failure


# Whom we trust


@pytest.mark.parametrize("how", ["file", "text", "variable"])
async def test_an_authority_of_ones_own(files: Files, how: str) -> None:
    """A file of authorities, their text, and text with written-out line feeds are trusted."""
    text = files.ca_text
    trust = {"file": files.ca, "text": f"\n{text}", "variable": text.replace("\n", "\\n")}[how]
    async with serving(context(files)) as port:
        connection = await connect(port, TlsOptions(trust=trust))
    facts = connection.handshake.tls
    assert facts is not None
    assert facts.version == "TLSv1.3"
    assert facts.bits in (128, 256)
    assert facts.server_name == "localhost"
    assert facts.sni
    assert facts.trusts == (files.ca if how == "file" else "the certificates given as text")
    assert not facts.resumed
    assert [one.names for one in facts.chain] == [("localhost",)]
    assert facts.chain[0].issuer == read_certificate(der(files.ca)).subject
    assert facts.chain[0].key == "EC secp256r1"
    assert not connection.insecure


def der(path: str) -> bytes:
    """The certificate in a PEM file."""
    return ssl.PEM_cert_to_DER_cert(Path(path).read_text())


async def test_the_chain_is_told_as_sent(files: Files) -> None:
    """Certificates in between are listed in the order in which they came."""
    between = files.authority.create_child_ca()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    between.issue_cert("localhost").configure_cert(server)
    async with serving(server) as port:
        connection = await connect(port, TlsOptions(trust=files.ca))
    facts = connection.handshake.tls
    assert facts is not None
    assert facts.whole
    leaf, middle = facts.chain
    assert leaf.issuer == middle.subject
    assert middle.issuer == read_certificate(der(files.ca)).subject


async def test_a_leaf_may_be_trusted_by_itself(files: Files, tmp_path: Path) -> None:
    """The server's own certificate in the trust file is enough, without its authority."""
    certificate = files.authority.issue_cert("localhost")
    leaf = tmp_path / "leaf.pem"
    certificate.cert_chain_pems[0].write_to_path(leaf)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(server)
    async with serving(server) as port:
        connection = await connect(port, TlsOptions(trust=str(leaf)))
    assert connection.failure is None


async def test_secure_and_plain_side_by_side(files: Files) -> None:
    """One pool holds connections with TLS of several kinds, and without."""
    plain_server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    async with serving(context(files)) as port, plain_server, ConnectionPool() as pool:
        trusting = await connect(port, TlsOptions(trust=files.ca), pool=pool)
        doubting = await connect(port, TlsOptions(), pool=pool)
        careless = await connect(port, TlsOptions(trust="NONE"), pool=pool)
        plain_port = plain_server.sockets[0].getsockname()[1]
        plain = pool.connect(
            ConnectOptions(f"ws://localhost:{plain_port}", tls=careless.options.tls)
        )
        await reach(pool, plain, State.CLOSED, State.FAILED)
    assert [one.failure is None for one in (trusting, doubting, careless, plain)] == [
        True,
        False,
        True,
        True,
    ]
    assert [one.insecure for one in (trusting, doubting, careless, plain)] == [
        False,
        False,
        True,
        False,
    ]
    assert plain.handshake.tls is None
    assert careless.handshake.tls is not None
    assert careless.handshake.tls.trusts == ""
    assert careless.handshake.tls.chain


# Which check failed


async def test_unknown_authority(files: Files) -> None:
    """An authority that nobody knows: the certificate that failed is shown all the same."""
    async with serving(context(files)) as port:
        failure = await fail(port, TlsOptions())
    assert failure.kind is FailureKind.CERTIFICATE
    assert failure.tls is not None
    assert failure.tls.failed is Check.ISSUER_MISSING
    assert failure.tls.chain[0].names == ("localhost",)
    assert failure.tls.culprit == 0
    assert "--trust FILE" in explain(failure).hint


async def test_expired(files: Files) -> None:
    """A certificate that has expired is told with the day when it did."""
    past = datetime.datetime.now(UTC) - datetime.timedelta(days=3)
    server = context(files, not_before=past - datetime.timedelta(days=9), not_after=past)
    async with serving(server) as port:
        failure = await fail(port, TlsOptions(trust=files.ca))
    assert failure.tls is not None
    assert (failure.tls.failed, failure.tls.culprit) == (Check.EXPIRED, 0)
    assert f"valid until {past:%Y-%m-%d}" in explain(failure).sentence


async def test_not_yet_valid(files: Files) -> None:
    """A certificate from the future is told with the day when it begins."""
    later = datetime.datetime.now(UTC) + datetime.timedelta(days=3)
    server = context(files, not_before=later, not_after=later + datetime.timedelta(days=9))
    async with serving(server) as port:
        failure = await fail(port, TlsOptions(trust=files.ca))
    assert failure.tls is not None
    assert failure.tls.failed is Check.NOT_YET_VALID
    assert f"valid from {later:%Y-%m-%d}" in explain(failure).sentence


async def test_wrong_host(files: Files) -> None:
    """A certificate for others names them; another server name, or no check, lets it pass."""
    trust = TlsOptions(trust=files.ca)
    async with serving(context(files, "a.example", "b.example")) as port:
        failure = await fail(port, trust)
        address = await fail(port, trust, host="127.0.0.1")
        named = await connect(port, replace(trust, server_name="b.example"))
        unchecked = await connect(port, replace(trust, check_host=False))
    assert failure.tls is not None
    assert failure.tls.failed is Check.HOST
    assert "is not for localhost. It holds a.example, b.example." in explain(failure).sentence
    assert address.tls is not None
    assert (address.tls.failed, address.tls.sni) == (Check.HOST, False)
    assert named.failure is None
    assert named.handshake.tls is not None
    assert named.handshake.tls.server_name == "b.example"
    assert not named.insecure
    assert unchecked.failure is None
    assert unchecked.insecure
    assert unchecked.doubt == "host unchecked"


async def test_the_server_name_is_sent(files: Files) -> None:
    """The name that is to be in the certificate is the one sent as SNI."""
    server = context(files, "localhost", "other.example")
    seen: list[str | None] = []
    server.sni_callback = lambda _, name, __: seen.append(name)
    async with serving(server) as port:
        await connect(port, TlsOptions(trust=files.ca))
        await connect(port, TlsOptions(trust=files.ca, server_name="other.example"))
    assert seen == ["localhost", "other.example"]


async def test_self_signed(tmp_path: Path) -> None:
    """A certificate that signed itself is refused as that, and accepted once it is trusted."""
    file = self_made(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    async with serving(server) as port:
        failure = await fail(port, TlsOptions())
        trusted = await connect(port, TlsOptions(trust=str(file)))
    assert failure.tls is not None
    assert failure.tls.failed is Check.SELF_SIGNED
    assert failure.tls.chain[0].is_own_issuer
    assert failure.tls.chain[0].subject == "CN=nobody"
    assert trusted.failure is None


async def test_weak_key(tmp_path: Path) -> None:
    """A key that is too small is refused, and accepted at OpenSSL's lowest level."""
    file = self_made(tmp_path, rsa.generate_private_key(65537, 1024))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT@SECLEVEL=0")
    server.load_cert_chain(file)
    strong = TlsOptions(trust=str(file), ciphers="DEFAULT@SECLEVEL=2")
    async with serving(server) as port:
        failure = await fail(port, strong)
        weak = await connect(port, replace(strong, ciphers="DEFAULT@SECLEVEL=0"))
    assert "SECLEVEL=0" in explain(failure).hint
    assert weak.failure is None
    assert weak.handshake.tls is not None
    assert (weak.handshake.tls.chain[0].key, weak.handshake.tls.chain[0].key_bits) == ("RSA", 1024)


# What is agreed on


@pytest.mark.parametrize(
    ("lowest", "highest", "version"),
    [("1.2", "TLSv1_2", "TLSv1.2"), ("1.3", "TLSv1_3", "TLSv1.3")],
)
async def test_versions(files: Files, lowest: str, highest: str, version: str) -> None:
    """The lowest version is kept to, and what is missing is explained."""
    server = context(files)
    server.maximum_version = ssl.TLSVersion[highest]
    async with serving(server) as port:
        connection = await connect(port, TlsOptions(trust=files.ca, lowest=lowest))
    assert connection.handshake.tls is not None
    assert connection.handshake.tls.version == version


async def test_no_common_version(files: Files) -> None:
    """A server that speaks older versions only is told as that."""
    server = context(files)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    with refusing(server) as port:
        failure = await fail(port, TlsOptions(trust=files.ca, lowest="1.3"))
    assert failure.kind is FailureKind.TLS
    assert explain(failure).title == "No common version of TLS"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
@pytest.mark.skipif(not ssl.HAS_TLSv1_1, reason="this OpenSSL has no TLS 1.1")
async def test_old_versions(files: Files) -> None:
    """An old server is reached with the options that the failure names."""
    server = context(files)
    server.set_ciphers("DEFAULT@SECLEVEL=0")
    server.minimum_version = server.maximum_version = ssl.TLSVersion.TLSv1_1
    trust = TlsOptions(trust=files.ca)
    with refusing(server) as port:
        failure = await fail(port, trust)
    async with serving(server) as port:
        old = await connect(port, replace(trust, lowest="1.0", ciphers="DEFAULT@SECLEVEL=0"))
    assert failure.kind is FailureKind.TLS
    assert "--tls-min 1.0 --ciphers DEFAULT@SECLEVEL=0" in explain(failure).hint
    assert old.failure is None
    assert old.handshake.tls is not None
    assert old.handshake.tls.version == "TLSv1.1"


async def test_ciphers(files: Files) -> None:
    """A cipher that was chosen is used, and one that the server lacks is explained."""
    server = context(files)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    trust = TlsOptions(trust=files.ca)
    async with serving(server) as port:
        connection = await connect(port, replace(trust, ciphers="ECDHE+AESGCM"))
    with refusing(server) as port:
        failure = await fail(port, replace(trust, ciphers="ECDHE+CHACHA20"))
    assert connection.handshake.tls is not None
    assert connection.handshake.tls.cipher == "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert connection.handshake.tls.bits == 256
    assert explain(failure).title == "TLS handshake refused"
    assert "--ciphers" in explain(failure).hint


async def test_alpn(files: Files) -> None:
    """Protocols are offered in order, and the server's choice is told."""
    server = context(files)
    server.set_alpn_protocols(["http/1.1"])
    trust = TlsOptions(trust=files.ca)
    async with serving(server) as port:
        chosen = await connect(port, replace(trust, alpn=("x", "http/1.1")))
        silent = await connect(port, trust)
    assert chosen.handshake.tls is not None
    assert chosen.handshake.tls.alpn_offered == ("x", "http/1.1")
    assert chosen.handshake.tls.alpn == "http/1.1"
    assert silent.handshake.tls is not None
    assert silent.handshake.tls.alpn is None


async def test_key_log(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's keys go into the file that is named, which is for its owner alone."""
    named, usual = tmp_path / "keys.txt", tmp_path / "usual.txt"
    async with serving(context(files)) as port:
        await connect(port, TlsOptions(trust=files.ca, key_log=str(named)))
        monkeypatch.setenv("SSLKEYLOGFILE", str(usual))
        await connect(port, TlsOptions(trust=files.ca))
    assert "CLIENT_TRAFFIC_SECRET_0" in named.read_text()
    assert "CLIENT_TRAFFIC_SECRET_0" in usual.read_text()
    if os.name == "posix":
        assert named.stat().st_mode & 0o077 == 0


async def test_a_key_log_that_was_moved_away(files: Files, tmp_path: Path) -> None:
    """A key log that is gone is begun anew, in the same run."""
    log = tmp_path / "keys.txt"
    tls = TlsOptions(trust=files.ca, key_log=str(log))
    async with serving(context(files)) as port, ConnectionPool() as pool:
        await connect(port, tls, pool=pool)
        log.rename(tmp_path / "old.txt")
        await connect(port, tls, pool=pool)
    assert "CLIENT_TRAFFIC_SECRET_0" in log.read_text()


# Who we are


def asking(files: Files, version: str = "TLSv1_3") -> ssl.SSLContext:
    """A server's context that wants a client certificate."""
    server = context(files)
    server.verify_mode = ssl.CERT_REQUIRED
    server.maximum_version = ssl.TLSVersion[version]
    files.authority.configure_trust(server)
    return server


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
async def test_client_certificate(files: Files, version: str) -> None:
    """With a certificate the server lets us in; without one it is said what is missing."""
    trust = TlsOptions(trust=files.ca)
    async with serving(asking(files, version)) as port:
        known = await connect(port, replace(trust, certificate=files.cert, key=files.key))
        silent = await fail(port, trust)
    with refusing(asking(files, version)) as port:
        unknown = await fail(port, trust)
    assert known.failure is None
    assert unknown.kind is FailureKind.TLS
    assert "--cert" in explain(unknown).hint
    assert "--cert" in explain(silent).hint  # which does not say why, as servers in Python do
    assert unknown.tls is not None


async def test_client_certificate_of_others(files: Files, tmp_path: Path) -> None:
    """A client certificate that the server does not know is refused, and that is said."""
    both = self_made(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with refusing(asking(files)) as port:
        failure = await fail(port, TlsOptions(trust=files.ca, certificate=str(both)))
    assert explain(failure).title == "Client certificate refused"


async def test_passphrase(files: Files) -> None:
    """A locked key is opened by the option, or by what was typed, which is kept for the run."""
    tls = TlsOptions(trust=files.ca, certificate=files.cert, key=files.locked)
    async with serving(asking(files)) as port, ConnectionPool() as pool:
        needed = await connect(port, tls, pool=pool)
        pool.unlock(needed.id, "wrong")
        wrong = await connect(port, tls, pool=pool)
        forgotten = await connect(port, tls, pool=pool)
        pool.unlock(needed.id, SECRET)
        typed = await connect(port, tls, pool=pool)
        again = await connect(port, tls, pool=pool)
        given_wrong = await connect(port, replace(tls, passphrase="no"), pool=pool)
    async with serving(asking(files)) as port:
        option = await connect(port, replace(tls, passphrase=SECRET))
        bad = await connect(port, replace(tls, passphrase="no"))
    faults = [
        one.failure and one.failure.fault and one.failure.fault.fault
        for one in (needed, wrong, forgotten, typed, again, given_wrong, option, bad)
    ]
    assert faults == [
        Fault.PASSPHRASE_NEEDED,
        Fault.PASSPHRASE_WRONG,
        Fault.PASSPHRASE_NEEDED,
        None,
        None,
        None,
        None,
        Fault.PASSPHRASE_WRONG,
    ]
    assert needed.failure is not None
    assert needed.failure.fault is not None
    assert needed.failure.fault.file == files.locked
    assert needed.failure.fault.asks_for_passphrase
    assert typed.options.tls.passphrase is None


async def test_variables(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authorities, files and the passphrase may be in variables, whose values are not shown."""
    for name, value in {
        "CA_TEXT": files.ca_text,
        "CERT": files.cert,
        "KEY": files.locked,
        "PASS": SECRET,
        "WRONG": "wrong",
        "NOBODY": "NONE",
    }.items():
        monkeypatch.setenv(f"WSTUI_{name}", value)
    tls = TlsOptions(
        trust="${env:WSTUI_CA_TEXT}",
        certificate="${env:WSTUI_CERT}",
        key="${env:WSTUI_KEY}",
        passphrase="${env:WSTUI_PASS}",
    )
    async with serving(asking(files)) as port, ConnectionPool() as pool:
        known = await connect(port, tls, pool=pool)
        careless = await connect(port, replace(tls, trust="${env:WSTUI_NOBODY}"), pool=pool)
        wrong = await connect(port, replace(tls, passphrase="${env:WSTUI_WRONG}"), pool=pool)
        pool.unlock(wrong.id, SECRET)
        pool.reconnect(wrong.id)
        await reach(pool, wrong, State.CLOSED)
    assert known.failure is None
    assert known.options.tls == tls
    assert not known.insecure
    assert careless.insecure


# Files that are of no use


def spoiled(files: Files, folder: Path) -> dict[str, str]:
    """Paths of files with everything wrong in them."""
    contents = {
        "empty": b"",
        "der": der(files.cert),
        "text": b"no certificate at all\n",
        "damaged": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "other key": trustme.CA().issue_cert("x").private_key_pem.bytes(),
        "damaged key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }
    paths = {name: folder / name for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    named = {name: str(path) for name, path in paths.items()}
    own = {"ca": files.ca, "cert": files.cert, "key": files.key}
    return {
        **named,
        **own,
        "folder": str(folder),
        "missing": str(folder / "missing"),
        "below": f"{files.ca}/x",
    }


@pytest.mark.parametrize(
    ("tls", "option", "fault"),
    [
        ({"trust": "missing"}, "trust", Fault.NOT_FOUND),
        ({"trust": "below"}, "trust", Fault.NOT_FOUND),
        ({"trust": "folder"}, "trust", Fault.FOLDER),
        ({"trust": "empty"}, "trust", Fault.NOT_PEM),
        ({"trust": "der"}, "trust", Fault.NOT_PEM),
        ({"trust": "key"}, "trust", Fault.NO_CERTIFICATE),
        ({"trust": "damaged"}, "trust", Fault.DAMAGED),
        ({"certificate": "missing"}, "certificate", Fault.NOT_FOUND),
        ({"certificate": "folder"}, "certificate", Fault.FOLDER),
        ({"certificate": "text"}, "certificate", Fault.NOT_PEM),
        ({"certificate": "key"}, "certificate", Fault.NO_CERTIFICATE),
        ({"certificate": "cert"}, "certificate", Fault.NO_KEY),
        ({"certificate": "damaged", "key": "key"}, "certificate", Fault.DAMAGED),
        ({"certificate": "cert", "key": "missing"}, "key", Fault.NOT_FOUND),
        ({"certificate": "cert", "key": "folder"}, "key", Fault.FOLDER),
        ({"certificate": "cert", "key": "text"}, "key", Fault.NOT_PEM),
        ({"certificate": "cert", "key": "ca"}, "key", Fault.NO_KEY),
        ({"certificate": "cert", "key": "damaged key"}, "key", Fault.DAMAGED),
        ({"certificate": "cert", "key": "other key"}, "key", Fault.KEY_MISMATCH),
        ({"key_log": "folder"}, "key_log", Fault.FOLDER),
        ({"key_log": "below"}, "key_log", Fault.NOT_FOUND),
    ],
)
async def test_useless_files(
    files: Files, tmp_path: Path, tls: dict[str, str], option: str, fault: Fault
) -> None:
    """A file that is of no use is named, with the reason, and nothing goes out."""
    paths = spoiled(files, tmp_path)
    failure = await setting(**{name: paths[which] for name, which in tls.items()})
    assert failure.fault is not None
    assert (failure.fault.option, failure.fault.fault) == (f"tls.{option}", fault)
    assert failure.fault.file == paths[tls[option]]
    assert failure.fault.file[:100] in explain(failure).sentence


@pytest.mark.parametrize(
    ("tls", "option", "fault"),
    [
        ({"ciphers": "NONSENSE"}, "tls.ciphers", Fault.NO_CIPHER),
        (
            {"trust": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
            "tls.trust",
            Fault.DAMAGED,
        ),
    ],
)
async def test_useless_texts(tls: dict[str, str], option: str, fault: Fault) -> None:
    """A list of ciphers without any, and damaged certificates as text, are told."""
    failure = await setting(**tls)
    assert failure.fault is not None
    assert (failure.fault.option, failure.fault.fault) == (option, fault)


@pytest.mark.skipif(sys.platform == "win32", reason="no permissions of this kind there")
@pytest.mark.parametrize("option", ["trust", "certificate", "key_log"])
async def test_no_permission(files: Files, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """A file that may not be read, or written, is told as that."""

    def forbid(path: object, *rest: object, **more: object) -> int:
        raise PermissionError(13, "Permission denied", path)

    # The tests may run as a user to whom everything is permitted.
    monkeypatch.setattr("wstui.net.tls.open", forbid, raising=False)
    monkeypatch.setattr("wstui.net.tls.os.open", forbid)
    failure = await setting(**{option: files.cert})
    assert failure.fault is not None
    wanted = Fault.NOT_WRITABLE if option == "key_log" else Fault.NO_PERMISSION
    assert failure.fault.fault is wanted


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files there")
async def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """What may never end to be read is not begun."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    failure = await setting(trust=str(pipe))
    assert failure.fault is not None
    assert failure.fault.fault is Fault.NO_FILE


async def test_the_environments_key_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the environment names a key log that cannot be written, that is said."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    failure = await setting()
    assert failure.fault is not None
    assert failure.fault.option == "tls.key_log"
    assert failure.fault.file == str(tmp_path)


async def test_files_that_never_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that cannot be read in time do not hold up a connection for ever."""
    over = threading.Event()
    monkeypatch.setattr("wstui.net.tls.FILE_TIME", 0.01)
    monkeypatch.setattr("wstui.net.tls.stamp_files", lambda options: over.wait(PATIENCE))
    try:
        failure = await setting(trust="/far/away.pem")
    finally:
        over.set()
    assert "not within 0.01 s" in explain(failure).sentence


# Contexts


async def test_contexts_are_kept(files: Files, tmp_path: Path) -> None:
    """The same options give the same context until a file changes; a few are kept."""
    contexts = TlsContexts()
    ca = tmp_path / "ca.pem"
    ca.write_text(files.ca_text)
    options = TlsOptions(trust=str(ca))
    first, second = await asyncio.gather(contexts.get(options), contexts.get(options))
    assert first is second
    assert await contexts.get(replace(options, server_name="other.example")) is first
    ca.write_text(f"{files.ca_text}# changed\n")
    assert await contexts.get(options) is not first
    ca.unlink()
    with pytest.raises(TlsSettingError):
        await contexts.get(options)
    text = files.ca_text
    for name in range(KEPT + 2):
        await contexts.get(TlsOptions(trust=text, alpn=(f"p{name}",)))
    assert len(contexts._made) == KEPT


# Certificates


def test_odd_certificates_are_read() -> None:
    """What is no certificate has a fingerprint all the same."""
    facts = read_certificate(b"no certificate")
    assert len(facts.fingerprint) == 64
    assert facts.subject == ""


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_broken_certificates_are_read(at: int, noise: bytes) -> None:
    """A certificate with any bytes in it changed is read, or is not, without an error."""
    whole = BROKEN
    place = at % len(whole)
    facts = read_certificate(whole[:place] + noise + whole[place + len(noise) :])
    assert len(facts.fingerprint) == 64
    assert date_text(facts.ends)


BROKEN = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())
"""A certificate to be broken."""


def test_many_names_are_counted() -> None:
    """Of thousands of names some are kept; kinds of keys are told."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "many")])
    now = datetime.datetime.now(UTC)
    names = [x509.DNSName(f"h{number}.example") for number in range(3000)]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, None)
    )
    facts = read_certificate(certificate.public_bytes(serialization.Encoding.DER))
    assert len(facts.names) + facts.more_names == 3000
    assert facts.key == "Ed25519"
    assert facts.key_bits is None
