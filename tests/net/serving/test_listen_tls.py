"""Listeners that speak TLS, against foreign clients and those who do not speak it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme

from tests.net_support import until
from tests.serving_support import listening
from wstui.core.connection import State
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_tls import ListenTls
from wstui.core.options.tls import TlsOptions
from wstui.net.pool import ConnectionPool


def told(listener: Listener) -> list[str]:
    """What a listener's transcript says."""
    transcript = listener.transcript
    return [transcript.event(number).text for number in range(len(transcript))]


def port_of(listener: Listener) -> int:
    """The port that a listener has."""
    return int(listener.addresses[0].rpartition(":")[2])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority of our own."""
    return trustme.CA()


@pytest.fixture
def identity(authority: trustme.CA, tmp_path: Path) -> str:
    """Path of a file with a server's certificate and key."""
    path = tmp_path / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        path
    )
    return str(path)


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    """Path of a file with the authority."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.mark.parametrize("library", [True, False])
async def test_a_certificate_that_clients_trust(
    pool: ConnectionPool, authority: trustme.CA, identity: str, trusted: str, library: bool
) -> None:
    """A client that trusts the authority gets its echo; both sides know what was agreed."""
    options = ListenOptions("0", behaviours=("echo",), tls=ListenTls(certificate=identity))
    listener = await listening(pool, options)
    assert listener.uris[0].startswith("wss://127.0.0.1:")
    if library:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        async with aiohttp.ClientSession() as session:
            uri = listener.uris[0].replace("wss", "https")
            async with session.ws_connect(uri, ssl=context) as socket_:
                await socket_.send_str("hello")
                assert (await socket_.receive_str()) == "hello"
    else:
        ours = pool.connect(ConnectOptions(listener.uris[0], tls=TlsOptions(trust=trusted)))
        await until(lambda: ours.is_open)
        pool.send(ours.id, b"hello")
        await until(lambda: ours.transcript.received == 1)
    client = pool.connections[next(iter(listener.clients))]
    assert client.handshake.tls is not None
    assert client.handshake.tls.version == "TLSv1.3"
    assert client.options.uri.startswith("wss://")


async def test_a_certificate_made_on_the_spot(pool: ConnectionPool) -> None:
    """A listener signs for itself, names its fingerprint, and verification by it succeeds."""
    listener = await listening(pool, ListenOptions("0", tls=ListenTls(self_signed=True)))
    words = next(text for text in told(listener) if "SHA-256" in text)
    fingerprint = words.rpartition(" ")[2]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port_of(listener), ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    pem = ssl.DER_cert_to_PEM_cert(shown)
    ours = pool.connect(ConnectOptions(listener.uris[0], tls=TlsOptions(trust=pem)))
    await until(lambda: ours.is_open)
    assert ours.handshake.tls is not None
    assert ours.handshake.tls.chain[0].fingerprint == fingerprint


@pytest.mark.parametrize("clients", ["optional", "required"])
async def test_client_certificates(
    pool: ConnectionPool,
    authority: trustme.CA,
    identity: str,
    trusted: str,
    tmp_path: Path,
    clients: str,
) -> None:
    """A client's certificate names it; without one it is let in only where that is optional."""
    tls = ListenTls(certificate=identity, clients=clients, client_ca=trusted)
    listener = await listening(pool, ListenOptions("0", tls=tls))
    own = tmp_path / "client.pem"
    certificate = authority.issue_cert("ada@example.org", common_name="Ada")
    certificate.private_key_and_cert_chain_pem.write_to_path(own)
    known = TlsOptions(trust=trusted, certificate=str(own))
    ours = pool.connect(ConnectOptions(listener.uris[0], tls=known))
    await until(lambda: ours.is_open)
    client = pool.connections[next(iter(listener.clients))]
    assert client.peer is not None
    assert client.peer.tls_name == "Ada"
    stranger = pool.connect(ConnectOptions(listener.uris[0], tls=TlsOptions(trust=trusted)))
    await until(lambda: stranger.state in (State.OPEN, State.FAILED))
    assert stranger.is_open is (clients == "optional")
    if clients == "required":
        await until(lambda: "it showed no certificate, which is required" in told(listener)[-1])
        assert listener.tally.dropped == 1


async def test_a_client_certificate_of_a_stranger(
    pool: ConnectionPool, identity: str, trusted: str, tmp_path: Path
) -> None:
    """A certificate that none of the given authorities signed is refused, and that is told."""
    tls = ListenTls(certificate=identity, clients="optional", client_ca=trusted)
    listener = await listening(pool, ListenOptions("0", tls=tls))
    own = tmp_path / "client.pem"
    trustme.CA().issue_cert("eve").private_key_and_cert_chain_pem.write_to_path(own)
    options = TlsOptions(trust=trusted, certificate=str(own))
    ours = pool.connect(ConnectOptions(listener.uris[0], tls=options))
    await until(lambda: ours.state is State.FAILED)
    await until(lambda: "its certificate was not accepted" in told(listener)[-1])
    assert not listener.clients


async def test_plain_text_on_a_port_for_tls(pool: ConnectionPool) -> None:
    """Who speaks plain HTTP is dropped, and the listener says what was wrong."""
    listener = await listening(pool, ListenOptions("0", tls=ListenTls(self_signed=True)))
    ours = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port_of(listener)}"))
    await until(lambda: ours.state is State.FAILED)
    await until(lambda: "it speaks plain HTTP" in told(listener)[-1])
    assert listener.tally.dropped == 1


async def test_silence_where_tls_is_awaited(pool: ConnectionPool) -> None:
    """Who says nothing is dropped by the deadline of the handshake."""
    options = ListenOptions("0", tls=ListenTls(self_signed=True), open_timeout=0.05)
    listener = await listening(pool, options)
    with socket.create_connection(("127.0.0.1", port_of(listener))):
        await until(lambda: "took too long" in told(listener)[-1])


async def test_a_reset_within_the_tls_handshake(pool: ConnectionPool) -> None:
    """Who leaves in the middle is told of, and the listener goes on."""
    listener = await listening(pool, ListenOptions("0", tls=ListenTls(self_signed=True)))
    with socket.create_connection(("127.0.0.1", port_of(listener))) as sock:
        sock.send(b"\x16\x03\x01\x02\x00\x01")
        await until(lambda: listener.tally.connections == 1)
    await until(lambda: "within the TLS handshake" in told(listener)[-1])
    trust = TlsOptions(trust="NONE")
    ours = pool.connect(ConnectOptions(listener.uris[0], tls=trust))
    await until(lambda: ours.is_open)


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        (ListenTls(certificate="/nowhere/cert.pem"), "certificate's file /nowhere/cert.pem does"),
        (ListenTls(self_signed=True, ciphers="NOTHING"), "list of ciphers NOTHING chooses no"),
        (
            ListenTls(self_signed=True, clients="required", client_ca="/nowhere/ca.pem"),
            "authorities of clients /nowhere/ca.pem does not exist",
        ),
    ],
)
async def test_settings_that_cannot_be_used(
    pool: ConnectionPool, tls: ListenTls, words: str
) -> None:
    """A listener whose TLS cannot be set up fails and says which setting it is."""
    listener = await listening(pool, ListenOptions("0", tls=tls))
    assert listener.state is ListenerState.FAILED
    assert words in listener.failure


def test_what_is_valid() -> None:
    """Contradictions among the options are told, each by its path."""
    both = ListenTls(certificate="a.pem", self_signed=True)
    assert [one.option for one in both.problems()] == ["tls.self_signed"]
    nobody = ListenTls(self_signed=True, clients="required")
    assert [one.option for one in nobody.problems()] == ["tls.client_ca"]
    plain = ListenTls(client_ca="ca.pem", clients="optional")
    assert [one.option for one in plain.problems()] == ["tls.client_ca"]
    assert not ListenTls(self_signed=True).problems()
