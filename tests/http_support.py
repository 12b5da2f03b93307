"""What tests of `wstui handshake` have in common: asking in the test's own loop, and a server."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import brotli
from aiohttp import BodyPartReader, web

from tests.headless_support import Done, done
from tests.net_support import Script, tcp_server
from wstui.cli import named_connection
from wstui.command_line.handshake import read
from wstui.headless.handshake import handshake
from wstui.headless.http_handshake import ask_over_http
from wstui.headless.paper import Paper

TEXT = b"The quick brown fox jumps over the lazy dog.\n" * 100


async def ask(*words: str, paper: Paper | None = None) -> Done:
    """Do what `wstui handshake` does with these words; standard output is a pipe unless `paper`
    says otherwise."""
    asked = read(words, named_connection)
    work = handshake if asked.http is None else ask_over_http
    return await done(lambda stage: work(stage, asked, paper or Paper()), asked.manner)


def answering(response: bytes, *, stay: bool = False) -> Script:
    """Answers each request with these bytes; then ends, or stays silent."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()
        if stay:
            await asyncio.Event().wait()

    return script


@asynccontextmanager
async def answers(response: bytes, *, stay: bool = False) -> AsyncIterator[str]:
    """A server that answers so; yields its uri."""
    async with tcp_server(answering(response, stay=stay)) as port:
        yield f"http://127.0.0.1:{port}/"


async def mirror(request: web.Request) -> web.Response:
    """Tells what was asked."""
    body = await request.read()
    headers = [[name, value] for name, value in request.headers.items()]
    return web.json_response(
        {
            "method": request.method,
            "target": request.raw_path,
            "headers": headers,
            "body": body.decode("latin-1"),
        }
    )


async def form(request: web.Request) -> web.Response:
    """Tells the fields of a form."""
    fields = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        kind = part.headers.get("Content-Type")
        fields.append([part.name, part.filename, kind, data.decode("latin-1")])
    return web.json_response(fields)


async def coded(request: web.Request) -> web.Response:
    """A text in the coding that the path names."""
    name = request.match_info["coding"]
    body = {
        "gzip": gzip.compress(TEXT[:2000]) + gzip.compress(TEXT[2000:]),
        "deflate": zlib.compress(TEXT),
        "raw-deflate": zlib.compress(TEXT, wbits=-15),
        "br": brotli.compress(TEXT),
    }[name]
    headers = {"Content-Encoding": name.removeprefix("raw-"), "Content-Type": "text/plain"}
    return web.Response(body=body, headers=headers)


async def chunks(request: web.Request) -> web.StreamResponse:
    """A text in chunks."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(TEXT), 1000):
        await response.write(TEXT[start : start + 1000])
    return response


async def lead(request: web.Request) -> web.Response:
    """Redirects with the status and to the place that the query names."""
    return web.Response(
        status=int(request.query["status"]), headers={"Location": request.query["to"]}
    )


async def status(request: web.Request) -> web.Response:
    """Answers with a status."""
    return web.Response(status=int(request.match_info["status"]), text="no luck")


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A server of another make; yields its uri without a path."""
    app = web.Application()
    app.router.add_route("*", "/mirror{tail:.*}", mirror)
    app.router.add_post("/form", form)
    app.router.add_get("/coded/{coding}", coded)
    app.router.add_get("/chunks", chunks)
    app.router.add_route("*", "/lead", lead)
    app.router.add_get("/status/{status}", status)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
