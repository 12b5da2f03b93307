"""From an exception while opening to what is known of the failure.

Foreign exceptions end here: everybody else sees `core.connection.Failure`.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from dataclasses import dataclass, replace
from ipaddress import ip_address
from time import time
from typing import Final

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus

from wstui.core.connection import Connection, Failure, FailureKind, Step
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.redirects import NotFollowed
from wstui.core.options.connect import parse_uri
from wstui.core.options.info import OptionError
from wstui.core.options.tls import TlsOptions
from wstui.net.certificates import agreed, refused, tls_alert, tls_error
from wstui.net.tls import TlsSettingError

BODY_LIMIT: Final = 64 << 10
"""Bytes kept of a refusing response's body."""

STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: ([^\r\n]*))?\r?\n")

PLAIN_REQUEST_TO_TLS: Final = (b"plain HTTP request was sent to HTTPS port", b"Client sent an HTTP")
"""What servers that speak TLS, nginx and Go's among them, answer to a request in plain text."""


AT_SERVER: Final = (Step.TLS, Step.SENDING, Step.HTTP, Step.BODY)
"""The steps in which it is the server that answers, or not."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came before the handshake was done, read leniently: it need not be well-formed."""

    raw: bytes

    @property
    def status(self) -> tuple[int, str] | None:
        """Status and its text; None when this does not begin like an HTTP response."""
        match = STATUS_LINE.match(self.raw)
        if match is None:
            return None
        return int(match[1]), (match[2] or b"").decode("latin-1")

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header lines as far as they came and have a colon."""
        return read_headers(self.raw)

    @property
    def body(self) -> bytes:
        """The body as far as it came, still in its transfer coding; at most `BODY_LIMIT`."""
        parts = re.split(rb"\r?\n\r?\n", self.raw, maxsplit=1)
        return parts[1][:BODY_LIMIT] if len(parts) > 1 else b""


class DialogueFailed(Exception):
    """The dialogue with a proxy came to no good end. `str()` says why, as far as the answer that
    is kept does not."""

    def __init__(self, kind: FailureKind, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class SpokeFirst(Exception):
    """Something came where TLS was to begin with our own hello."""

    def __init__(self, data: bytes) -> None:
        super().__init__("there were bytes before our TLS hello")
        self.data = data


class SecretError(Exception):
    """A secret is not to be had. `str()` is a sentence without any secret in it."""


class LocalAddressError(OSError):
    """No connection can be made from the local address that is wanted."""


def classify(error: Exception, response: Response, connection: Connection) -> Failure:
    """What is known of why `connection` could not be opened."""
    options = connection.resolved
    parts = parse_uri(options.uri)
    failure = Failure(
        FailureKind.NETWORK,
        message=_words(error),
        host=parts.hostname or "",
        port=parts.port or (443 if options.secure else 80),
        step=connection.step,
        timeout=options.open_timeout,
        proxy=connection.reached.proxy,
    )
    if isinstance(error, SecretError):
        return replace(failure, kind=FailureKind.SECRETS)
    failure = replace(failure, uri=options.uri, redirects=connection.redirects)
    if isinstance(error, OptionError):
        return replace(failure, kind=FailureKind.OPTIONS)
    if isinstance(error, NotFollowed):
        cause = error.__cause__
        assert isinstance(cause, Exception)
        told = classify(cause, response, connection)
        return replace(told, kind=FailureKind.REDIRECT, message=str(error))
    if isinstance(error, TlsSettingError):
        return replace(failure, kind=FailureKind.TLS_SETTING, fault=error.fault)
    if connection.step not in AT_SERVER:
        return _below_http(error, failure, connection)
    if isinstance(error, SpokeFirst):
        body = error.data[:BODY_LIMIT]
        return replace(failure, kind=FailureKind.TLS_TO_PLAIN, body=body)
    return _at_http(error, failure, response)


def with_tls(
    failure: Failure, error: Exception, connection: Connection, tls: ssl.SSLObject | None
) -> Failure:
    """`failure` with what is known of TLS with the server, or the proxy, if it came to that. `tls`
    is what stands; None where none does."""
    options = connection.resolved
    if connection.step is Step.PROXY_TLS:
        own = TlsOptions(trust=options.proxy.trust)
        return replace(failure, tls=refused(tls_error(error), own, failure.host, time()))
    if not options.secure or connection.step not in AT_SERVER:
        return failure
    if tls is not None:
        return replace(failure, tls=agreed(tls, options.tls))
    return replace(failure, tls=refused(tls_error(error), options.tls, failure.host, time()))


def _at_http(error: Exception, failure: Failure, response: Response) -> Failure:
    """A failure of TLS to the server, or of the opening handshake."""
    status = response.status
    if isinstance(error, InvalidStatus):
        body = bytes(error.response.body[:BODY_LIMIT])
        failure = replace(
            failure,
            status=error.response.status_code,
            status_text=error.response.reason_phrase,
            headers=tuple(error.response.headers.raw_items()),
            body=body,
        )
        return replace(failure, kind=_status_kind(body))
    if status is not None:
        code, text = status
        failure = replace(
            failure, status=code, status_text=text, headers=response.headers, body=response.body
        )
        if code != 101:  # refused, and not quite as HTTP wants it
            return replace(failure, kind=_status_kind(response.body))
    if failure.step is Step.TLS or tls_alert(error) is not None:
        return _tls(error, failure)
    if isinstance(error, TimeoutError) and not b"HTTP/".startswith(response.raw[:5]):
        return no_response(response.raw, failure)
    if isinstance(error, InvalidMessage):
        return no_response(response.raw, failure)
    if isinstance(error, InvalidHandshake):
        return replace(failure, kind=FailureKind.HANDSHAKE)
    return replace(failure, kind=_network_kind(error))


def _below_http(error: Exception, failure: Failure, connection: Connection) -> Failure:
    """A failure before the server could have said anything."""
    reached, route = connection.reached, connection.resolved.route
    answer = Response(bytes(reached.answer))
    failure = replace(
        failure,
        host=reached.host or failure.host,
        port=reached.port,
        at_proxy=reached.at_proxy,
        addresses=reached.addresses,
        ip=route.ip if route.local_address is None else _version(route.local_address),
        headers=answer.headers,
        body=answer.body if answer.status else answer.raw[:BODY_LIMIT],
    )
    if answer.status is not None:
        failure = replace(failure, status=answer.status[0], status_text=answer.status[1])
    if isinstance(error, DialogueFailed):
        return replace(failure, kind=error.kind)
    if isinstance(error, LocalAddressError):
        return replace(failure, kind=FailureKind.LOCAL_ADDRESS, host=str(route.local_address))
    if isinstance(error, TimeoutError):
        return replace(failure, kind=FailureKind.TIMEOUT)
    if connection.step is Step.PROXY_TLS:
        return _tls(error, failure)
    if connection.step is Step.PROXY and reached.at_proxy:
        return replace(failure, kind=FailureKind.PROXY_ANSWER)
    if connection.step is Step.UNIX:
        return replace(failure, kind=FailureKind.UNIX)
    return replace(failure, kind=_network_kind(error))


def _version(ip: str) -> str:
    return str(ip_address(ip).version)


def _words(error: Exception) -> str:
    """The error's words, with those of the error below it, which say more."""
    words = str(error) or type(error).__name__
    if isinstance(error, InvalidMessage) and error.__cause__ is not None:
        words = f"{words}: {error.__cause__}"
    return words


def _status_kind(body: bytes) -> FailureKind:
    if any(words in body for words in PLAIN_REQUEST_TO_TLS):
        return FailureKind.PLAIN_TO_TLS
    return FailureKind.STATUS


def _tls(error: Exception, failure: Failure) -> Failure:
    """A failure of the TLS handshake."""
    if isinstance(error, TimeoutError):
        return replace(failure, kind=FailureKind.TIMEOUT)
    if isinstance(error, ssl.SSLCertVerificationError):
        message = getattr(error, "verify_message", "") or str(error)
        return replace(failure, kind=FailureKind.CERTIFICATE, message=message)
    # What OpenSSL says when the first bytes are no TLS record, by version.
    if getattr(error, "reason", None) in (
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
    ):
        return replace(failure, kind=FailureKind.TLS_TO_PLAIN)
    return replace(failure, kind=FailureKind.TLS)


def no_response(raw: bytes, failure: Failure) -> Failure:
    """`failure` where something came that is no HTTP response, or nothing at all."""
    if not raw:
        return replace(failure, kind=FailureKind.ENDED)
    if raw[0] == 0x15 and raw[1:2] == b"\x03":  # a TLS alert, RFC 8446 section 5.1
        return replace(failure, kind=FailureKind.PLAIN_TO_TLS, body=raw[:BODY_LIMIT])
    kind = FailureKind.HANDSHAKE if raw.startswith(b"HTTP/") else FailureKind.NOT_HTTP
    return replace(failure, kind=kind, body=raw[:BODY_LIMIT])


def _network_kind(error: Exception) -> FailureKind:
    if isinstance(error, socket.gaierror | UnicodeError):
        return FailureKind.NAME
    # Trying several addresses, asyncio reports all errors in one text without a number.
    words = str(error)
    numbers = {int(number) for number in re.findall(r"\[Errno (-?\d+)\]", words)}
    numbers.add(getattr(error, "errno", None) or 0)
    if numbers & {errno.ECONNREFUSED}:
        return FailureKind.REFUSED
    if numbers & {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL}:
        return FailureKind.UNREACHABLE
    if isinstance(error, TimeoutError):
        return FailureKind.TIMEOUT
    if isinstance(error, ConnectionError | EOFError):
        return FailureKind.ENDED
    return FailureKind.NETWORK
