"""Asking by plain HTTP: dialling, sending, following redirects, and reading what comes.

Owns the order of these and their deadlines. What is known at the end stands in a `Connection`, as
that of a WebSocket does, and in an `Answer`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from time import time
from typing import Any, Final

import anyio
import anyio.lowlevel
import httpcore
import httpx

from wstui.core.connection import Connection, Failure, FailureKind, Handshake, State, Step
from wstui.core.exit_codes import Exit
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.negotiation import values_of
from wstui.core.handshake.redirects import STATUSES, NotFollowed, Redirect, follow
from wstui.core.handshake.request_head import authorization, request_target
from wstui.core.http.answer import Answer
from wstui.core.http.asking import HttpAsk
from wstui.core.http.head import final_head, first_head, request_headers
from wstui.core.http.words import http_uri, http_words, protocol_words
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import mask_all
from wstui.core.transcript import Transcript
from wstui.net.certificates import agreed
from wstui.net.connector import wire_uri
from wstui.net.dial import Contexts, Dialler
from wstui.net.failures import Response, classify, no_response, with_tls
from wstui.net.http.coding import CodingError, Decoder, decoder_for
from wstui.net.http.content import Content, ReadAll
from wstui.net.http.stream import HttpStream
from wstui.net.http.transport import Counted, Transport
from wstui.net.request import USER_AGENT, plan_request
from wstui.net.secrets import resolve
from wstui.net.tcp import place_text

Sink = Callable[[bytes], Awaitable[None]]
"""Takes a piece of a body, and returns when there is room for more."""


Sinks = Callable[[int], Awaitable[Sink | None]]
"""Gives what takes the body of a response, by its status; None where it is only shown."""


_BROKEN: Final = "It breaks the rules of HTTP/1.1"


class Sinking(Exception):
    """A body cannot be written. `str()` is a sentence."""


class HttpAsking:
    """One question, with all redirects that are followed."""

    def __init__(
        self, options: ConnectOptions, ask: HttpAsk, contexts: Contexts, read_stdin: ReadAll
    ) -> None:
        """`contexts` makes the settings of TLS, for servers and for proxies."""
        self.connection = Connection(0, options, Transcript(), time())
        self.answer = Answer(ask.method)
        self._ask = ask
        self._contexts = contexts
        self._content = Content(ask, read_stdin)
        self._stream: HttpStream | None = None
        self._limit: asyncio.Timeout | None = None

    def begin(self, step: Step) -> None:
        """It goes on with this step; the one before is done."""
        self.connection.step = step
        self.connection.steps.append((step, time()))

    async def run(self, sink: Sinks) -> None:
        """Ask, and read the answer. Whatever goes wrong becomes a failure of the connection, or a
        fault of the body. `sink` is asked for the last response.

        Raises:
            asyncio.CancelledError: it was given up; what came is known all the same.
        """
        connection = self.connection
        connection.resolved = connection.options
        response = None
        try:
            await resolve(self)
            # It loads itself when it is first used, which would count as the server's time.
            await anyio.lowlevel.checkpoint()
            response = await self._answered()
            await self._read_body(response, sink)
        except asyncio.CancelledError:
            if response is None:
                self._fail(Failure(FailureKind.CANCELLED, step=connection.step))
            else:
                self._break_off("It was given up.", Exit.BROKEN)
            raise
        except Exception as error:  # a border: whatever it is, it is told
            self._fail(self._failure(error))
        finally:
            connection.ended = connection.opened = time()
            if response is not None and connection.failure is None:
                self._succeed(response)
            self._content.close()
            if self._stream is not None:
                self._stream.abort()

    # Up to the headers

    async def _answered(self) -> httpx.Response:
        """The last response, up to its headers."""
        connection = self.connection
        while True:
            options = connection.resolved
            try:
                async with asyncio.timeout(options.open_timeout) as self._limit:
                    response = await self._exchange(options)
            except TimeoutError as error:
                raise TimeoutError("timed out") from error
            finally:
                self._limit = None
            locations = values_of(self._headers, "Location")
            if response.status_code not in STATUSES or not locations or not options.http.redirects:
                return response
            self._redirect(response, locations[0])

    async def _exchange(self, options: ConnectOptions) -> httpx.Response:
        context = await self._contexts(options.tls) if options.secure else None
        cookies = (await plan_request(options)).cookies
        content = await self._content.make()
        self._stream = None
        stream = self._stream = await self._dial(options, context, has_body=content is not None)
        headers = request_headers(options, self._ask, USER_AGENT, cookies, self._content.headers)
        request = httpx.Request(
            self.answer.method,
            "http://host/",  # which nobody looks at: the transport knows where it goes
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
            stream=Counted(content, self._progress)
            if content is not None
            else httpx.ByteStream(b""),
            extensions={"trace": self._trace},
        )
        return await Transport(stream, options).handle_async_request(request)

    async def _dial(
        self, options: ConnectOptions, context: ssl.SSLContext | None, *, has_body: bool
    ) -> HttpStream:
        connection, uri = self.connection, wire_uri(options)
        value = authorization(options)
        if connection.secrets and value is not None:
            # A password out of a reference is as secret in Base64.
            connection.secrets |= {value.partition(" ")[2]}
        first = Step.SENDING if has_body else Step.HTTP
        tls: dict[str, Any] = {}
        if context is not None:
            tls = {"server_hostname": options.tls.server_name or uri.host, "ssl": context}

        def make() -> HttpStream:
            self._stream = HttpStream(self, first, secure=options.secure)
            return self._stream

        agent = options.user_agent or USER_AGENT
        return await Dialler(self, uri, make, tls, self._contexts, agent).dial()

    async def _trace(self, name: str, info: Any) -> None:
        """What `httpcore` tells of the request under way."""
        if name == "http11.send_request_body.complete" and self.connection.step is Step.SENDING:
            self.begin(Step.HTTP)
        elif name == "http11.receive_response_headers.complete":
            self.begin(Step.BODY)

    def _progress(self, size: int) -> None:
        """So many bytes of the request's body were taken: the deadline begins anew."""
        self.answer.sent += size
        timeout = self.connection.resolved.open_timeout
        if self._limit is not None and timeout is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + timeout)

    def _redirect(self, response: httpx.Response, location: str) -> None:
        """Go on where a redirect leads.

        Raises:
            NotFollowed: it is not followed.
        """
        connection, stream = self.connection, self._stream
        assert stream is not None
        status, text = response.status_code, response.reason_phrase
        options = connection.resolved
        followed = len(connection.redirects)
        try:
            found, dropped = follow(options, location, followed, connection.secrets)
        except NotFollowed as refusal:
            raise refusal from OSError("it redirects")
        redirect = Redirect(
            http_uri(options.uri),
            status,
            text,
            location,
            http_uri(found.uri),
            dropped,
            first_head(bytes(stream.raw_request)),
            final_head(bytes(stream.raw_response)),
        )
        connection.redirects = (
            *connection.redirects,
            mask_all(redirect, connection.secrets),
        )
        # RFC 9110 section 15.4: what browsers and curl do.
        method = self.answer.method
        if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
            self.answer.method = "GET"
            self._ask = replace(self._ask, data=(), fields=())
            self._content = Content(self._ask, self._content.read_stdin)
        self.answer.sent = 0
        self._forget_body()
        connection.resolved = found
        stream.abort()

    # The body

    async def _read_body(self, response: httpx.Response, sinks: Sinks) -> None:
        body = self.answer.body
        body.coding = ", ".join(values_of(self._headers, "Content-Encoding")).lower()
        length = response.headers.get("content-length", "")
        if length.isdecimal() and self.answer.method != "HEAD":
            body.expected = int(length[:18])
        decoder = decoder_for(body.coding) if self._ask.compressed and body.coding else None
        body.is_decoded = decoder is not None
        timeout = self.connection.resolved.open_timeout
        try:
            await self._take(response.aiter_raw(), await sinks(response.status_code), decoder)
        except CodingError as error:
            self._break_off(f"It is not {body.coding}: {error}.", Exit.BROKEN)
        except TimeoutError:
            self._break_off(f"Nothing more came within {timeout:g} s.", Exit.LATE)
        except Sinking as error:
            self._break_off(str(error), Exit.NOT_AS_EXPECTED)
        except (httpcore.ProtocolError, OSError) as error:
            words = protocol_words(str(error)) or type(error).__name__
            is_cut = isinstance(error, OSError) or "peer closed" in words
            what = "The connection ended before it was whole" if is_cut else _BROKEN
            self._break_off(f"{what}: {words}.", Exit.BROKEN)

    async def _take(
        self, parts: AsyncIterator[bytes], sink: Sink | None, decoder: Decoder | None
    ) -> None:
        """Take all of a body, or as much of it as is to be shown.

        Raises:
            TimeoutError: it fell silent.
            CodingError, Sinking, httpcore.ProtocolError, OSError: it cannot be taken further.
        """
        body, most = self.answer.body, self._ask.max_body
        while True:
            async with asyncio.timeout(self.connection.resolved.open_timeout):
                data = await anext(parts, None)
            if data is None:
                break
            body.wire_size += len(data)
            for piece in (data,) if decoder is None else decoder.feed(data):
                body.size += len(piece)
                if sink is not None:
                    await sink(piece)
                    continue
                body.kept += piece if most is None else piece[: max(0, most - len(body.kept))]
                if most is not None and body.size > most:
                    body.is_enough = True
                    return
        if decoder is not None:
            decoder.finish()
        body.is_whole = True
        if not body.wire_size:
            self._forget_body()

    def _forget_body(self) -> None:
        """There is none: waiting for it was no step."""
        steps = self.connection.steps
        if steps and steps[-1][0] is Step.BODY:
            steps.pop()

    def _break_off(self, words: str, exit: Exit) -> None:
        self.answer.body.fault, self.answer.body.exit = words, exit

    # What is known of it

    def _succeed(self, response: httpx.Response) -> None:
        connection, stream = self.connection, self._stream
        assert stream is not None
        tls = stream.get_extra_info("ssl_object")
        raw = bytes(stream.raw_request)
        handshake = Handshake(
            path=request_target(connection.resolved.uri),
            request_headers=read_headers(raw),
            status=response.status_code,
            status_text=response.reason_phrase,
            response_headers=self._headers,
            redirects=connection.redirects,
            raw_request=raw,
            raw_response=final_head(bytes(stream.raw_response)),
            tls=None if tls is None else agreed(tls, connection.resolved.tls),
            remote=place_text(stream.get_extra_info("peername")),
            local=place_text(stream.get_extra_info("sockname")),
            proxy=connection.reached.proxy,
            addresses=connection.reached.addresses,
        )
        connection.handshake = mask_all(handshake, connection.secrets)
        connection.state = State.CLOSED

    def _fail(self, failure: Failure) -> None:
        connection, stream = self.connection, self._stream
        if stream is not None:
            failure = replace(
                failure,
                raw_request=bytes(stream.raw_request),
                raw_response=bytes(stream.raw_response),
            )
        connection.failure = mask_all(failure, connection.secrets)
        connection.state = State.FAILED

    @property
    def _headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the response, as they came."""
        return () if self._stream is None else read_headers(final_head(self._came))

    @property
    def _came(self) -> bytes:
        return b"" if self._stream is None else bytes(self._stream.raw_response)

    def _failure(self, error: Exception) -> Failure:
        """What is known of why there is no answer."""
        connection = self.connection
        if isinstance(error, httpcore.LocalProtocolError):
            error = OptionError("headers", str(error))
        failure = classify(error, _NOTHING, connection)
        status = Response(final_head(self._came)).status
        if isinstance(error, NotFollowed):
            failure = replace(failure, message=http_words(failure.message))
        elif isinstance(error, httpcore.ProtocolError):
            failure = no_response(self._came, failure)
        elif failure.kind is not FailureKind.TIMEOUT or not self._came:
            status = None
        elif status is None:
            failure = no_response(self._came, failure)
        if status is not None:
            failure = replace(
                failure, status=status[0], status_text=status[1], headers=self._headers
            )
        tls = None if self._stream is None else self._stream.get_extra_info("ssl_object")
        return with_tls(failure, error, connection, tls)


_NOTHING: Final = Response(b"")
