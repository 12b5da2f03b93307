"""`wstui handshake` of WebSockets."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.headless_support import done, wstui
from tests.http_support import answers, ask
from tests.net_support import (
    accept,
    close_frame,
    free_port,
    read_frame,
    read_request,
    tcp_server,
)
from tests.proxy_support import Asked, http_proxy, tls_server
from wstui.cli import named_connection
from wstui.command_line.handshake import read
from wstui.core.cells import cells
from wstui.headless.handshake import handshake
from wstui.headless.paper import Paper
from wstui.net.demo import DemoServer

TERMINAL = Paper(80, colour=True)


async def test_all_of_an_opening_is_shown() -> None:
    """Steps with bars, request and response line by line, and what was agreed."""
    async with DemoServer("127.0.0.1", 0) as demo:
        found = await ask(demo.url("/subprotocol"), "--subprotocol", "x,chat.v1")
    assert found.code == 0
    text = found.out.decode()
    assert text.startswith(f"{demo.url('/subprotocol')}\n●  101 Switching Protocols in ")
    for line in (
        "GET /subprotocol HTTP/1.1",
        "Sec-WebSocket-Protocol: x, chat.v1",
        "HTTP/1.1 101 Switching Protocols",
        "subprotocol  chat.v1 (offered: x, chat.v1)",
    ):
        assert f"\n{line}\n" in text
    assert "━" in text


async def test_compression_is_told_parameter_by_parameter() -> None:
    """In words for people, and as fields for programs."""
    async with DemoServer("127.0.0.1", 0) as demo:
        uri = demo.url("/compressed")
        text = (await ask(uri)).out.decode()
        found = await ask(uri, "--json")
    assert "\nextensions        permessage-deflate\n" in text
    assert "\n  server window   server_max_window_bits: " in text
    (line,) = found.lines
    assert (line["event"], line["outcome"], line["status"]) == ("handshake", "open", 101)
    assert line["extensions"][0]["name"] == "permessage-deflate"
    assert line["subprotocols_offered"] == []
    assert [step["step"] for step in line["steps"]] == ["tcp", "http"]
    assert line["took"] >= line["steps"][0]["took"] >= 0
    assert line["request"]["line"] == "GET /compressed HTTP/1.1"
    assert ["Upgrade", "websocket"] in line["response"]["headers"]


async def test_it_is_closed_with_1000_at_once() -> None:
    """The server gets a close frame, and what a profile would send is not sent."""
    came = bytearray()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept(await read_request(reader)))
        came.extend(await reader.read(100))

    async with tcp_server(script) as port:
        asked = read([f"ws://127.0.0.1:{port}"], named_connection)
        asked = replace(asked, options=replace(asked.options, on_connect=("hello",)))
        found = await done(lambda stage: handshake(stage, asked, Paper()))
    assert found.code == 0
    assert came[0] == 0x88  # a close frame
    assert bytes(a ^ b for a, b in zip(came[6:8], came[2:4], strict=True)) == b"\x03\xe8"


@pytest.mark.parametrize(
    ("response", "code", "words"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nwho", 5, "HTTP 401 Unauthorized"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 5, "Nothing is at this path"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", 5, "ordinary web page"),
        (b"SSH-2.0-OpenSSH_9.7\r\n", 5, "Not an HTTP server"),
        (b"", 3, "No answer"),
        (b"\x15\x03\x01\x00\x02\x02\x46", 4, "TLS wanted"),
    ],
    ids=["401", "404", "html", "ssh", "nothing", "tls"],
)
async def test_a_refusal_is_shown_and_gives_the_code(
    response: bytes, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words stand in the rows and, piped, in a sentence on standard error."""
    async with answers(response) as uri:
        found = await ask(uri.replace("http:", "ws:"))
    assert found.code == code
    assert words in found.out.decode()
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error


async def test_what_to_type_next_survives_a_shell() -> None:
    """The command that is proposed has its URL in quotes where a shell would take it apart."""
    async with answers(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno") as uri:
        found = await ask(uri.replace("http:", "ws:") + "?a=1&b=2")
    assert f"wstui handshake '{uri}?a=1&b=2'" in found.out.decode()


async def test_a_body_leads_to_plain_http() -> None:
    """A refusal with a body may have more to say than is kept."""
    async with DemoServer("127.0.0.1", 0) as demo:
        text = (await ask(demo.url("/reject"))).out.decode()
        line = (await ask(demo.url("/reject"), "--json")).lines[0]
    hint = f"wstui handshake {demo.url('/reject').replace('ws:', 'http:')}"
    assert hint in text
    assert hint in line["failure"]["hint"]
    assert (line["outcome"], line["failure"]["kind"]) == ("failed", "status")
    assert "You asked for it" in line["response"]["body"]


async def test_silence_and_refused_ports_have_codes_of_their_own() -> None:
    """8 is too late, 3 no connection; the steps show where it hung."""
    async with DemoServer("127.0.0.1", 0) as demo:
        late = await ask(demo.url("/silence"), "--open-timeout", "50ms")
    refused = await ask(f"ws://127.0.0.1:{free_port()}")
    assert (late.code, refused.code) == (8, 3)
    assert b"\nHTTP  " in late.out
    assert b"None came." in late.out


async def test_secrets_show_when_asked_for() -> None:
    """Headers, cookies and passwords are dots; --show-secrets shows them."""
    async with DemoServer("127.0.0.1", 0) as demo:
        uri = demo.url("/echo").replace("//", "//joe:geheim@")
        words = (uri, "--cookie", "session=keks")
        for more in ((), ("--json",)):
            hidden = (await ask(*words, *more)).out.decode()
            shown = (await ask(*words, *more, "--show-secrets")).out.decode()
            for secret in ("geheim", "keks", "am9lOmdlaGVpbQ=="):
                assert secret not in hidden
                assert secret in shown


async def test_hostile_texts_are_inert_on_a_terminal() -> None:
    """No control of the peer's comes through, and all rows fit into 80 columns."""
    header = b"X-\x1b]0;owned\x07: \x1b[2J\xc2\x9b31m" + b"a" * 200
    response = b"HTTP/1.1 403 No\x1b[1m\r\n" + header + b"\r\nContent-Length: 5\r\n\r\n\x1b[5m\xff"
    async with answers(response) as uri:
        found = await ask(uri.replace("http:", "ws:"), paper=TERMINAL)
        plain_found = await ask(uri.replace("http:", "ws:"), paper=Paper(80))
    text = found.out.decode()
    for code in ("\x1b[2J", "\x1b]0;", "\x1b[5m", "\x07", "\x9b"):
        assert code not in text
    plain = plain_found.out.decode()
    assert "␛[2J" in plain
    assert all(cells(line) <= 80 for line in plain.splitlines())


async def test_piped_rows_are_whole_and_plain() -> None:
    """A long header is one line, so that grep finds it, and there are no colours."""
    value = b"v" * 300
    async with answers(b"HTTP/1.1 403 No\r\nX-Long: " + value + b"\r\n\r\n") as uri:
        found = await ask(uri.replace("http:", "ws:"))
    assert b"\nX-Long: " + value + b"\n" in found.out
    assert b"\x1b" not in found.out


async def test_redirects_are_told() -> None:
    """Where they led, and with --json both messages of each."""
    async with DemoServer("127.0.0.1", 0) as demo:
        target = demo.url("/echo")
        response = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n".encode()
        async with answers(response) as uri:
            uri = uri.replace("http:", "ws:")
            told = await ask(uri)
            text = (await ask(uri, "--follow", "1")).out.decode()
            line = (await ask(uri, "--follow", "1", "--json")).lines[0]
    assert told.code == 5
    assert f"redirect     302 Found → {target}" in text
    assert f"\nRedirect 1 302 Found → {target} " in text
    assert f"\nLocation: {target}\n" in text
    assert line["redirects"][0]["target"] == target
    assert line["redirects"][0]["response"]["line"] == "HTTP/1.1 302 Found"


async def test_a_proxy_is_a_step() -> None:
    """It has a bar of its own, and its address is told."""
    asked = Asked()
    async with DemoServer("127.0.0.1", 0) as demo:
        port = int(demo.url("").rpartition(":")[2].strip("/"))
        async with tcp_server(http_proxy(asked, port)) as proxy:
            words = ("ws://far.example/echo", "--proxy", f"http://127.0.0.1:{proxy}")
            line = (await ask(*words, "--json")).lines[0]
    assert [step["step"] for step in line["steps"]] == ["tcp", "proxy", "http"]
    assert line["proxy"] == f"http://127.0.0.1:{proxy}"
    assert asked.requests[0].startswith(b"CONNECT far.example:80 ")


async def test_tls_is_told_with_its_chain(tmp_path: Path) -> None:
    """Version, cipher and every certificate; which check failed, and exit code 4."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trust = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trust)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept(await read_request(reader)))
        await read_frame(reader)
        writer.write(close_frame())

    async with tls_server(script, context) as port:
        uri = f"wss://localhost:{port}/"
        good = await ask(uri, "--trust", str(trust))
        line = (await ask(uri, "--trust", str(trust), "--json")).lines[0]
        bad = await ask(uri)
        bad_line = (await ask(uri, "--json")).lines[0]
    assert (good.code, bad.code) == (0, 4)
    assert b"\nTLS TLSv1.3 " in good.out
    assert b" localhost (sent as SNI)\n" in good.out
    tls = line["tls"]
    assert (tls["version"], tls["failed"], tls["sni"]) == ("TLSv1.3", None, True)
    assert tls["chain"][0]["names"] == ["localhost"]
    assert tls["chain"][0]["days_left"] > 0
    assert len(tls["chain"][0]["sha256"]) == 64
    assert bad_line["failure"]["kind"] == "certificate"
    assert bad_line["tls"]["failed"]


async def test_as_a_process() -> None:
    """`wstui handshake` prints to a pipe, and takes no options of plain HTTP for a WebSocket."""
    async with DemoServer("127.0.0.1", 0) as demo:
        found = await wstui("handshake", demo.url("/echo"), "--json")
    assert (found.code, found.err) == (0, "")
    assert found.lines[0]["outcome"] == "open"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ws://localhost", "-X", "PUT"], "-X is for http:// and https:// URLs"),
        (["ws://localhost", "--reconnect"], "--reconnect is of no use here"),
        (["localhost:9001", "--data", "x"], "--data is for http:// and https:// URLs"),
        (["http://localhost", "--subprotocol", "a"], "--subprotocol is for WebSockets"),
        (["http://localhost", "--ping-interval", "1s"], "--ping-interval is for WebSockets"),
        (["http://localhost", "-d", "a", "-F", "b=c"], "-d and -F both make the body"),
        (["http://localhost", "-F", "b"], "-F: Write a field as name=text or name=@file."),
        (["http://localhost", "-X", "A B"], "-X: 'A B' is no HTTP method."),
        (["http://localhost", "--json", "-o", "-"], "both want standard output"),
        (["https://localhost", "--alpn", "h2"], "HTTP/2 is not spoken here"),
        (["http://localhost:0"], "Port 0 cannot be connected to."),
        (["http://localhost", "--max-body", "much"], "--max-body: "),
    ],
)
async def test_what_does_not_go_together_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong arguments end with a sentence and code 2, and nothing is asked."""
    with pytest.raises(SystemExit) as ended:
        await ask(*words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
