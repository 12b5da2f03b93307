"""`wstui handshake` of plain HTTP."""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import ssl
import zlib
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.headless_support import PATIENCE, Kept, stage, wstui
from tests.http_support import TEXT, answering, answers, ask, site
from tests.net_support import free_port, read_request, tcp_server, until
from tests.proxy_support import Asked, http_proxy, socks5_proxy, tls_server
from wstui.cli import named_connection
from wstui.command_line.handshake import read
from wstui.core.cells import cells
from wstui.core.options.listen import ListenOptions
from wstui.headless import http_handshake
from wstui.headless.paper import Paper
from wstui.net.demo import DemoServer
from wstui.net.http.asking import HttpAsking
from wstui.net.pool import ConnectionPool


async def asked(*words: str) -> dict[str, Any]:
    """What the server got, as it tells it."""
    done = await ask(*words, "--json")
    body: dict[str, Any] = json.loads(done.lines[0]["body"]["text"])
    return body


async def test_all_of_it_is_shown() -> None:
    """Steps, request and response as they went over the wire, and the body."""
    async with site() as uri:
        done = await ask(f"{uri}/chunks?a=%zz")
    text = done.out.decode()
    assert done.code == 0
    assert text.startswith(f"{uri}/chunks?a=%zz\n●  200 OK in ")
    assert "\nGET /chunks?a=%zz HTTP/1.1\nHost: 127.0.0.1:" in text
    assert "\nTransfer-Encoding: chunked\n" in text
    assert "\nBody 4.4 KiB ─" in text
    assert text.count("The quick brown fox jumps over the lazy dog.\n") == 100
    assert [line.split()[0] for line in text.splitlines()[4:7]] == ["TCP", "HTTP", "body"]


async def test_as_a_line_of_json() -> None:
    """All facts under names that stay."""
    async with site() as uri:
        (line,) = (await ask(f"{uri}/status/404", "--json")).lines
    assert (line["event"], line["outcome"], line["status"]) == ("http", "answered", 404)
    assert (line["uri"], line["method"]) == (f"{uri}/status/404", "GET")
    assert [step["step"] for step in line["steps"]] == ["tcp", "http", "body"]
    assert line["response"]["line"] == "HTTP/1.1 404 Not Found"
    assert (line["body"]["text"], line["body"]["complete"]) == ("no luck", True)


@pytest.mark.parametrize(("more", "code"), [((), 0), (("--fail",), 5)])
async def test_only_fail_makes_a_failure_of_a_status(more: tuple[str, ...], code: int) -> None:
    """As with curl: any status is an answer, unless --fail is given."""
    async with site() as uri:
        done = await ask(f"{uri}/status/503", *more)
    assert done.code == code
    assert "✕  503 Service Unavailable" in done.out.decode()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw-deflate", "br"])
async def test_codings_are_taken_off(coding: str) -> None:
    """Both sizes are told; with --no-compression nothing is offered, nor taken off."""
    async with site() as uri:
        (line,) = (await ask(f"{uri}/coded/{coding}", "--json")).lines
        (raw,) = (await ask(f"{uri}/coded/{coding}", "--json", "--no-compression")).lines
        text = (await ask(f"{uri}/coded/{coding}")).out.decode()
    body = line["body"]
    assert body["text"] == TEXT.decode()
    assert (body["size"], body["decoded"], body["complete"]) == (len(TEXT), True, True)
    assert body["wire_size"] < len(TEXT)
    assert f" as {coding.removeprefix('raw-')} ─" in text
    assert "text" not in raw["body"]
    assert raw["body"]["size"] == body["wire_size"]
    assert not any(name == "Accept-Encoding" for name, _ in raw["request"]["headers"])


async def test_compressed_is_known_to_users_of_curl() -> None:
    """It takes back what stands before it."""
    async with site() as uri:
        got = await asked(f"{uri}/mirror", "--no-compression", "--compressed")
    assert dict(got["headers"])["Accept-Encoding"] == "gzip, deflate, br"


async def test_connection_options_go_with_it() -> None:
    """Headers, cookies, credentials, origin and user agent, as a WebSocket sends them."""
    words = ["-H", "Upgrade: websocket", "-H", "Accept: text/x", "--cookie", "a=b"]
    words += ["--user", "joe:x", "--origin", "http://o.example", "--user-agent", "me"]
    async with site() as uri:
        got = await asked(f"{uri}/mirror/a//../b?x=|", *words)
    headers = dict(got["headers"])
    assert got["target"] == "/mirror/a//../b?x=|"
    assert got["headers"][0][0] == "Host"
    assert {
        ("Upgrade", "websocket"),
        ("Accept", "text/x"),
        ("Cookie", "a=b"),
        ("Authorization", "Basic am9lOng="),
        ("Origin", "http://o.example"),
        ("User-Agent", "me"),
    } <= set(headers.items())


async def test_secrets_are_dots() -> None:
    """In the text and in JSON, unless they are asked for."""
    async with site() as uri:
        uri = uri.replace("//", "//joe:geheim@")
        for more in ((), ("--json",)):
            hidden = (await ask(f"{uri}/status/200", *more)).out.decode()
            shown = (await ask(f"{uri}/status/200", *more, "--show-secrets")).out.decode()
            for secret in ("geheim", "am9lOmdlaGVpbQ=="):
                assert secret not in hidden
                assert secret in shown


@pytest.mark.parametrize(
    ("words", "method", "type", "body"),
    [
        (["-d", "a=1", "-d", "b=ü"], "POST", "application/x-www-form-urlencoded", "a=1&b=Ã¼"),
        (["-d", "@FILE"], "POST", "application/x-www-form-urlencoded", "onetwo"),
        (["--data-binary", "@FILE"], "POST", "application/x-www-form-urlencoded", "one\r\ntwo\n"),
        (["--data-raw", "@x"], "POST", "application/x-www-form-urlencoded", "@x"),
        (["--json-data", '{"a": 1}'], "POST", "application/json", '{"a": 1}'),
        (["-X", "PUT", "-d", "x", "-H", "Content-Type: a/b"], "PUT", "a/b", "x"),
        (["-X", "DELETE"], "DELETE", None, ""),
    ],
    ids=["texts", "lines", "binary", "raw", "json", "own-type", "no-body"],
)
async def test_data_becomes_the_body(
    words: list[str], method: str, type: str | None, body: str, tmp_path: Path
) -> None:
    """As curl's users write it; the server gets just these bytes."""
    file = tmp_path / "data"
    file.write_bytes(b"one\r\ntwo\n")
    async with site() as uri:
        got = await asked(f"{uri}/mirror", *(word.replace("FILE", str(file)) for word in words))
    headers = dict(got["headers"])
    assert (got["method"], got["body"]) == (method, body)
    assert headers.get("Content-Type") == type
    assert headers.get("Content-Length") == (str(len(body)) if body else None)


async def test_forms_are_sent_with_their_files(tmp_path: Path) -> None:
    """Fields, files that are handed in, and texts out of files."""
    file = tmp_path / "p.bin"
    file.write_bytes(bytes(range(256)) * 400)
    words = ["-F", "note=hello; world", "-F", f"file=@{file}", "-F", f"text=<{file}"]
    words += ["-F", f"odd=@{file};type=image/png;filename=x.png"]
    async with site() as uri:
        done = await ask(f"{uri}/form", *words, "--max-body", "off", "--json")
    fields = json.loads(done.lines[0]["body"]["text"])
    data = file.read_bytes().decode("latin-1")
    assert fields[0] == ["note", None, None, "hello; world"]
    assert fields[1] == ["file", "p.bin", "application/octet-stream", data]
    assert fields[2] == ["text", None, None, data]
    assert fields[3] == ["odd", "x.png", "image/png", data]
    assert done.lines[0]["request_body_size"] > 4 * len(data) // 4
    assert [step["step"] for step in done.lines[0]["steps"]][1:3] == ["sending", "http"]


async def test_standard_input_is_a_body_and_standard_output_takes_one() -> None:
    """-d - reads all of it; -o - writes the body alone, and what is told stands beside it."""
    async with site() as uri:
        done = await wstui(
            *("handshake", f"{uri}/mirror", "--data-binary", "-", "-o", "-"), stdin=b"a\nb"
        )
    assert done.code == 0
    assert json.loads(done.out)["body"] == "a\nb"
    assert "Written to standard output" in done.err


async def test_a_failure_is_told_once_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all is shown there it says enough; with --quiet, a sentence does. Who has closed it
    gets the body as well."""
    async with answers(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as uri:
        for more in ((), ("-q",)):
            assert (await ask(uri, "-o", "-", *more))[:2] == (6, b"half")
            assert capsys.readouterr().err.count("before it was whole") == 1
        monkeypatch.setattr("sys.stderr", None)
        assert (await ask(uri, "-o", "-"))[:2] == (6, b"half")


async def test_a_file_takes_the_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it held is overwritten, as by curl, and that is said. With --fail it is left alone
    where the status tells of a failure."""
    file = tmp_path / "out"
    file.write_text("before")
    async with site() as uri:
        failed = await ask(f"{uri}/status/500", "-o", str(file), "--fail")
        assert (failed.code, file.read_text()) == (5, "before")
        done = await ask(f"{uri}/coded/gzip", "-o", str(file), "--max-body", "10")
        assert (done.code, file.read_bytes()) == (0, TEXT)
        wrong = await ask(f"{uri}/chunks", "-o", str(tmp_path))
    assert f"Written to {file}" in done.out.decode()
    error = capsys.readouterr().err
    assert f"{file} held 6 bytes, which were overwritten." in error
    assert wrong.code == 1
    assert f"{tmp_path} cannot be written: " in error


async def test_missing_files_are_told() -> None:
    """Nothing is asked then."""
    async with answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as uri:
        done = await ask(uri, "-d", "@/nowhere/to/be/found")
    assert done.code == 2
    assert b"The file /nowhere/to/be/found cannot be read: No such file" in done.out


async def test_redirects_are_told_or_followed_hop_by_hop() -> None:
    """Each with its messages; a POST becomes a GET where browsers make it one."""
    async with site() as uri:
        first = f"{uri}/lead?status=302&to=/lead%3Fstatus%3D307%26to%3D/mirror"
        told = (await ask(first)).out.decode()
        (line,) = (await ask(first, "--follow", "5", "-d", "x", "--json")).lines
        (kept,) = (
            await ask(f"{uri}/lead?status=307&to=/mirror", "--follow", "1", "-d", "x", "--json")
        ).lines
        text = (await ask(first, "--follow", "2")).out.decode()
    assert "It points to /lead?status=307&to=/mirror. Ask there, or follow" in told
    assert [hop["status"] for hop in line["redirects"]] == [302, 307]
    assert line["redirects"][1]["target"] == f"{uri}/mirror"
    assert line["redirects"][0]["request"]["line"].startswith("POST /lead")
    assert json.loads(line["body"]["text"])["method"] == "GET"
    assert json.loads(kept["body"]["text"])["body"] == "x"
    assert "Redirect 1 302 Found → http://127.0.0.1" in text


async def test_a_redirect_too_many_is_a_failure() -> None:
    """It is shown where it points to; credentials do not go to another origin."""
    async with site() as other, site() as uri:
        away = f"{uri}/lead?status=302&to={other}/mirror"
        got = await asked(away, "--follow", "1", "--bearer", "geheim")
        chain = f"{uri}/lead?status=302&to=/lead%3Fstatus%3D302%26to%3D/mirror"
        (line,) = (await ask(chain, "--follow", "1", "--json")).lines
    assert "Authorization" not in dict(got["headers"])
    assert line["failure"]["kind"] == "redirect"
    assert f"points to {uri}/mirror" in line["failure"]["text"]


async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that greets, as those of mail do."""
    writer.write(b"220 mail.example ESMTP\r\n")
    await reader.read()


async def test_tls_and_its_failures_are_told(tmp_path: Path) -> None:
    """The chain, which check failed, and what helps, by the names of HTTP."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trust = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trust)
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    async with tls_server(script, context) as port, tcp_server(speak_first) as plain:
        uri = f"https://localhost:{port}/"
        (line,) = (await ask(uri, "--trust", str(trust), "--json")).lines
        any_host = await ask(uri, "--insecure")
        bad = await ask(uri)
        no_tls = await ask(f"https://127.0.0.1:{plain}/")
    assert [step["step"] for step in line["steps"]] == ["name", "tcp", "tls", "http", "body"]
    assert line["tls"]["chain"][0]["names"] == ["localhost"]
    assert any_host.code == 0
    assert "TLS is unverified" in any_host.out.decode()
    assert (bad.code, no_tls.code) == (4, 4)
    assert b"\nTLS " in bad.out
    assert "use http:// instead of https://" in no_tls.out.decode()


async def test_tls_within_a_tunnel(tmp_path: Path) -> None:
    """The proxy sees CONNECT alone; the certificate is the server's."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("far.example").configure_cert(context)
    trust = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trust)
    through = Asked()
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    async with (
        tls_server(script, context) as port,
        tcp_server(http_proxy(through, port)) as proxy,
    ):
        words = ("--proxy", f"http://127.0.0.1:{proxy}", "--trust", str(trust), "--json")
        (line,) = (await ask("https://far.example/x", *words)).lines
    assert (line["status"], line["body"]["text"]) == (200, "hi")
    assert through.requests[0].startswith(b"CONNECT far.example:443 ")
    assert [step["step"] for step in line["steps"]] == ["tcp", "proxy", "tls", "http", "body"]


async def test_a_refusing_proxy_is_told_apart() -> None:
    """Its answer is shown as its own, with exit code 3."""
    async with answers(b"HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nnay") as proxy:
        done = await ask("http://far.example/", "--proxy", proxy.rstrip("/"))
    assert done.code == 3
    assert b"\nHTTP/1.1 403 No\n" in done.out
    assert b"B from the proxy " in done.out
    assert b"None was sent to the server: the proxy did not join us to it." in done.out


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")
async def test_a_unix_socket_is_asked(tmp_path: Path) -> None:
    """As daemons offer them."""
    path = str(tmp_path / "s")
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await script(reader, writer)
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        (line,) = (await ask("http://daemon/", "--unix-socket", path, "--json")).lines
    assert line["body"]["text"] == "hi"
    assert line["steps"][0]["step"] == "unix"


async def test_a_passphrase_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody is there to type it; it is asked again with it then."""
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"typed"),
    )
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    certificate = tmp_path / "me.pem"
    certificate.write_bytes(locked + _certificate(key))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("wstui.headless.stage.getpass", lambda _: "typed")
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    async with tls_server(script, context) as port:
        words = ("--insecure", "--cert", str(certificate))
        done = await ask(f"https://localhost:{port}/", *words)
    assert done.code == 0
    assert b"200 OK" in done.out


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    """One that says of itself who it is."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "me")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin.replace(year=2120))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


async def test_it_goes_through_proxies() -> None:
    """Through HTTP proxies by CONNECT, and SOCKS, as a WebSocket goes."""
    through, socks = Asked(), Asked()
    async with site() as uri:
        port = int(uri.rpartition(":")[2])
        async with (
            tcp_server(http_proxy(through, port)) as proxy,
            tcp_server(socks5_proxy(socks, port)) as sox,
        ):
            first = await ask("http://far.example/mirror", "--proxy", f"http://127.0.0.1:{proxy}")
            words = ("http://far.example/mirror", "--proxy", f"socks5h://127.0.0.1:{sox}")
            (line,) = (await ask(*words, "--json")).lines
    assert (first.code, line["status"]) == (0, 200)
    assert through.requests[0].startswith(b"CONNECT far.example:80 ")
    assert socks.targets == [("far.example", 80)]
    assert "proxy" in [step["step"] for step in line["steps"]]


async def test_another_address_is_connected_to() -> None:
    """--connect-to keeps uri and Host."""
    async with site() as uri:
        got = await asked("http://far.example/mirror", "--connect-to", uri.removeprefix("http://"))
    assert dict(got["headers"])["Host"] == "far.example"


async def test_a_websocket_endpoint_is_recognised() -> None:
    """426, or words about it, lead to the handshake; a listener of ours shows its page."""
    refusal = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n"
    async with answers(refusal) as uri, ConnectionPool() as pool:
        done = await ask(uri)
        listener = pool.listen(ListenOptions("127.0.0.1:0"))
        await until(lambda: bool(listener.uris))
        page = await ask(listener.uris[0].replace("ws:", "http:"))
    assert f"WebSocket endpoint: wstui handshake {uri.replace('http', 'ws')}" in done.out.decode()
    assert page.code == 0
    assert b"\nHTTP/1.1 " in page.out


async def test_large_and_binary_bodies() -> None:
    """No more is read than is shown, and what is no text is shown as hex."""
    data = bytes(range(256)) * 4
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999\r\n\r\n"
    async with answers(head + data, stay=True) as uri:
        done = await ask(uri, "--max-body", "512")
        (line,) = (await ask(uri, "--max-body", "512", "--json")).lines
    text = done.out.decode()
    assert done.code == 0
    assert "00000000  00 01 02 03 04 05 06 07  08 09" in text
    assert "000001f0  " in text
    assert "00000200  " not in text
    assert "… not read further: --max-body shows more" in text
    assert (line["body"]["complete"], line["body"]["expected"]) == (False, 99999999)


@pytest.mark.parametrize(
    ("response", "stay", "code", "words"),
    [
        (b"", False, 3, "ended it without an HTTP response"),
        (b"", True, 8, "sent no response within 0.1 s"),
        (b"HTTP/1.1 200 OK\r\nX-Half: ", True, 8, "began a response, but did not end it"),
        (b"SSH-2.0-x\r\n", False, 5, "Not an HTTP server"),
        (b"SSH-2.0-x\r\n", True, 5, "Not an HTTP server"),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", False, 5, "HTTP/1.1: illegal header line: bad"),
        (b"\x15\x03\x01\x00\x02\x02\x46", False, 4, "Use https:// instead of http://."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", False, 6, "before it was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", True, 8, "Nothing more came within"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
            *(False, 6, "It is not gzip"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
            *(False, 6, "rules of HTTP/1.1: illegal chunk header: zz"),
        ),
    ],
    ids=[
        *("nothing", "silence", "half-a-head", "ssh", "ssh-stays", "no-header", "tls"),
        *("half-a-body", "body-hangs", "no-gzip", "no-chunk"),
    ],
)
async def test_broken_answers(
    response: bytes, stay: bool, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came is shown, the code tells what happened, and nothing hangs."""
    async with answers(response, stay=stay) as uri:
        done = await ask(uri, "--open-timeout", "100ms")
    assert done.code == code
    assert words in done.out.decode()
    assert words in capsys.readouterr().err


async def test_what_came_is_shown_when_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal, or --timeout, ends an endless body at once; its beginning is there."""
    kept = Kept()
    made: list[HttpAsking] = []

    class Noted(HttpAsking):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words)
            made.append(self)

    monkeypatch.setattr(http_handshake, "HttpAsking", Noted)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ntick\n"
    async with stage(kept=kept) as here, answers(head, stay=True) as uri:

        async def give_up() -> int:
            await until(lambda: bool(made and made[0].answer.body.kept))
            here.ending.set()
            return 0

        work = http_handshake.ask_over_http(here, read([uri], named_connection), Paper())
        code, _ = await asyncio.gather(work, give_up())
        await here.output.finish(PATIENCE)
    assert code == 6
    assert b"The body: It was given up." in kept.data
    assert b"\ntick\n" in kept.data


async def test_refused_ports_are_told() -> None:
    """By the uri that was asked for."""
    uri = f"http://127.0.0.1:{free_port()}/"
    done = await ask(uri)
    assert done.code == 3
    assert done.out.startswith(f"{uri}\n✕  Connection refused".encode())


async def test_an_early_answer_ends_the_sending(tmp_path: Path) -> None:
    """A server that has enough of a large body is heard all the same."""
    file = tmp_path / "large"
    file.write_bytes(bytes(8 << 20))
    response = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(response)
        while await reader.read(1 << 16):
            pass

    async with tcp_server(script) as port:
        done = await ask(f"http://127.0.0.1:{port}/", "--data-binary", f"@{file}", "--fail")
    assert done.code == 5
    assert b"413 Content Too Large" in done.out


async def test_hostile_texts_are_inert_on_a_terminal() -> None:
    """Status, headers and body of any kind, in 80 columns."""
    response = (
        b"HTTP/1.1 200 \x1b[1mOK\r\nX-A: \x1b]0;t\x07" + b"b" * 99 + b"\r\n"
        b"Content-Type: text/\x1b[2J\r\nContent-Length: 16\r\n\r\n\x1b[31mred \xe2\x80\xae\x07..\n"
    )
    async with answers(response) as uri:
        done = await ask(uri, paper=Paper(80))
    text = done.out.decode()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "‹RLO›" in text
    assert all(cells(line) <= 80 for line in text.splitlines())


async def test_long_lines_are_whole_in_a_pipe_and_quick_on_a_terminal() -> None:
    """A line of a megabyte takes a moment, and tabs stay tabs where nothing is laid out."""
    line = b"a\t" + b"x" * (1 << 20)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(line)}\r\n\r\n".encode()
    async with answers(head + line) as uri:
        piped = await ask(uri, "--max-body", "off")
        shown = await ask(uri, "--max-body", "off", paper=Paper(80))
    assert b"\n" + line + b"\n" in piped.out
    assert shown.out.count(b"x") >= 1 << 20


async def test_a_bomb_is_defused() -> None:
    """A few bytes that stand for gigabytes take no more memory than is shown."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packed.compress(bytes(1 << 20)) for _ in range(64)) + packed.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    async with answers(head.encode() + bomb) as uri:
        (line,) = (await ask(uri, "--json", "--max-body", "1000")).lines
    assert line["body"]["size"] < 1 << 20
    assert len(line["body"]["base64"]) < 2000


async def test_the_demonstration_server_answers() -> None:
    """Its list is a page of text."""
    async with DemoServer("127.0.0.1", 0) as demo:
        done = await ask(demo.url("/").replace("ws:", "http:"))
    assert b"demonstration server" in done.out
