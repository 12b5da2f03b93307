"""Through proxies that nobody here wrote: tinyproxy, squid and microsocks."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from tests.net_support import free_port, listens, reach, tcp_server, until
from tests.proxy_support import greet, tls_server
from wstui.core.connection import Connection, FailureKind, State, Step
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.proxy import ProxyOptions
from wstui.net.pool import ConnectionPool

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
BasicAuth me secret
"""

SQUID = """
https_port 127.0.0.1:{port} tls-cert={folder}/chain.pem tls-key={folder}/key.pem
auth_param basic program /bin/sh {folder}/check.sh
acl users proxy_auth REQUIRED
acl closed port 9
http_access deny closed
http_access allow users
http_access deny all
cache deny all
access_log none
cache_log {folder}/log
pid_filename none
netdb_filename none
shutdown_lifetime 0 seconds
visible_hostname localhost
"""

CHECK = """
while read -r who; do
  if [ "$who" = "me secret" ]; then echo OK; else echo ERR; fi
done
"""


@asynccontextmanager
async def program(name: str, *arguments: str, port: int) -> AsyncIterator[None]:
    """A program that listens on `port`."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    process = await asyncio.create_subprocess_exec(
        found,
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: listens(port) or process.returncode is not None)
        assert process.returncode is None, f"{name} ended by itself"
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can read, since proxies give up being root."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


@pytest.fixture
def authority(folder: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this system trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return authority


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """TLS of a server named localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def attempt(uri: str, proxy: ProxyOptions) -> Connection:
    """A connection that was open and exchanged messages, or failed."""
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, proxy=proxy))
        await reach(pool, connection, State.OPEN, State.FAILED)
        if connection.failure is None:
            await until(lambda: connection.transcript.received > 0)
            pool.send(connection.id, b"hello")
            await reach(pool, connection, State.CLOSED)
    return connection


async def test_tinyproxy(folder: Path, server_tls: ssl.SSLContext) -> None:
    """Plain and secure connections go through it; what it refuses is told."""
    port = free_port()
    (folder / "conf").write_text(TINYPROXY.format(port=port))
    place = f"http://127.0.0.1:{port}"
    known = ProxyOptions(place, "me", "secret")
    async with (
        program("tinyproxy", "-d", "-c", str(folder / "conf"), port=port),
        tcp_server(greet) as plain,
        tls_server(greet, server_tls) as secure,
    ):
        for uri in (f"ws://localhost:{plain}/", f"wss://localhost:{secure}/"):
            connection = await attempt(uri, known)
            assert connection.failure is None
            assert connection.handshake.proxy == place
        nobody = await attempt(f"ws://localhost:{plain}/", ProxyOptions(place))
        nowhere = await attempt(f"ws://localhost:{free_port()}/", known)
    assert nobody.failure is not None
    assert (nobody.failure.kind, nobody.failure.status) == (FailureKind.PROXY_AUTH, 407)
    assert any(name == "Proxy-Authenticate" for name, _ in nobody.failure.headers)
    assert nowhere.failure is not None
    assert nowhere.failure.kind is FailureKind.PROXY_STATUS
    assert nowhere.failure.body


async def squid_speaks_tls() -> bool:
    """Whether squid is there and was built with TLS; some distributions have it without."""
    found = shutil.which("squid") or shutil.which("squid", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        return False
    process = await asyncio.create_subprocess_exec(found, "-v", stdout=asyncio.subprocess.PIPE)
    about, _ = await process.communicate()
    return b"--with-openssl" in about or b"--with-gnutls" in about


async def test_squid(folder: Path, authority: trustme.CA, server_tls: ssl.SSLContext) -> None:
    """Squid is spoken to in TLS, with TLS to the server inside of that."""
    if not await squid_speaks_tls():
        pytest.skip("squid with TLS is not installed")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "chain.pem"), append=True)
    port = free_port()
    (folder / "conf").write_text(SQUID.format(port=port, folder=folder))
    (folder / "check.sh").write_text(CHECK)
    place = f"https://localhost:{port}"
    known = ProxyOptions(f"https://me:secret@localhost:{port}")
    async with (
        program("squid", "-N", "-f", str(folder / "conf"), port=port),
        tcp_server(greet) as plain,
        tls_server(greet, server_tls) as secure,
    ):
        inner = await attempt(f"wss://localhost:{secure}/", known)
        assert inner.failure is None
        outer = await attempt(f"ws://localhost:{plain}/", known)
        assert outer.failure is None
        wrong = await attempt(f"ws://localhost:{plain}/", ProxyOptions(place, "me", "guess"))
        closed = await attempt("ws://localhost:9/", known)
        text = (folder / "ca.pem").read_text()
        pasted = await attempt(f"ws://localhost:{plain}/", ProxyOptions(known.uri, trust=text))
        assert pasted.failure is None
    steps = [Step.NAME, Step.TCP, Step.PROXY_TLS, Step.PROXY, Step.TLS, Step.HTTP]
    assert [step for step, _ in inner.steps] == steps
    assert wrong.failure is not None
    assert (wrong.failure.kind, wrong.failure.status) == (FailureKind.PROXY_AUTH, 407)
    assert closed.failure is not None
    assert (closed.failure.kind, closed.failure.status) == (FailureKind.PROXY_STATUS, 403)
    assert ("Server", "squid/") in [(name, value[:6]) for name, value in closed.failure.headers]
    assert b"squid" in closed.failure.body.lower()


async def test_microsocks(server_tls: ssl.SSLContext) -> None:
    """A SOCKS5 proxy with a password, names looked up there or here."""
    port = free_port()
    credentials = ("-u", "me", "-P", "secret")
    place = f"127.0.0.1:{port}"
    async with (
        program("microsocks", "-i", "127.0.0.1", "-p", str(port), *credentials, port=port),
        tls_server(greet, server_tls) as secure,
    ):
        for scheme in ("socks5", "socks5h"):
            known = ProxyOptions(f"{scheme}://{place}", "me", "secret")
            assert (await attempt(f"wss://localhost:{secure}/", known)).failure is None
        wrong = await attempt("ws://localhost/", ProxyOptions(f"socks5h://me:guess@{place}"))
        nowhere = await attempt(f"ws://127.0.0.1:{free_port()}/", known)
    assert wrong.failure is not None
    assert wrong.failure.kind is FailureKind.PROXY_AUTH
    assert nowhere.failure is not None
    assert nowhere.failure.kind is FailureKind.PROXY_REPLY
