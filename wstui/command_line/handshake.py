"""`wstui handshake URL`: how a connection is opened, or refused, in all detail; and plain HTTP."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner
from wstui.core.http.asking import (
    FORM_TYPE,
    JSON_TYPE,
    STDIN,
    USUAL_BODY,
    Field,
    HttpAsk,
    Piece,
    check_ask,
    read_binary,
    read_data,
    read_field,
    read_method,
)
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import CONNECTING
from wstui.core.units import OFF, parse_size

EXAMPLES: Final = """\
  wstui handshake example.com/feed           why does it not open?
  wstui handshake wss://example.com --json | jq .tls.chain
  wstui handshake https://example.com/feed   the same server over plain HTTP
  wstui handshake https://example.com/api -X PUT --json-data '{"on": true}'
  wstui handshake https://example.com/up -F note=hello -F file=@picture.png
  wstui handshake https://example.com/big -o big.bin --follow 5 --fail
"""

DESCRIPTION: Final = f"""\
Show an opening handshake: each step with its time, request and response as
they went over the wire, what was agreed, and TLS with all certificates.

The connection is closed with 1000 at once; the exit code tells what came of it.
An http:// or https:// URL is asked over plain HTTP/1.1 and shown the same way.
Any status is an answer then, and the exit code 0, unless --fail is given.
Authorization, cookies and passwords are dots, unless --show-secrets is given.

With --json, one line:
{client_events("handshake", "http")}"""

HTTP_DESCRIPTION: Final = """\
Headers, credentials, cookies, --follow, --open-timeout, and all options of
TLS, network and proxies go with it (through HTTP proxies by CONNECT, as a
WebSocket goes). gzip, deflate and br are offered and taken off the body, or
with --no-compression neither. -o overwrites, as curl does, and says so."""

HTTP_PATHS: Final = frozenset(
    {"headers", "origin", "user_agent", "open_timeout", "deflate.offer"}
    | {f"http.{name}" for name in ("basic", "bearer", "cookies", "cookie_file")}
    | {"http.redirects", "http.to_plain"}
)
"""Options of a connection that plain HTTP has as well, besides those of `HTTP_PARTS`."""

ONCE_OPEN: Final = ("on_connect", "reconnect.", "upkeep.")
"""Options of what goes on once a connection is open, or again. In a profile they are left out."""

HTTP_PARTS: Final = ("tls.", "route.", "proxy.")
"""Where all of them are for both."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What is asked for."""

    options: ConnectOptions
    """Those of the connection; for plain HTTP the uri is ws or wss, for http and https."""
    http: HttpAsk | None
    """What is asked over plain HTTP; None for a WebSocket."""
    manner: Manner
    show_secrets: bool = False


def read(words: Sequence[str], named: Named) -> Handshake:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("handshake", "URL", DESCRIPTION, EXAMPLES)
    parser.add_argument("uri", metavar="URL", help="ws, wss, http, https; or a profile")
    parser.add_argument("--show-secrets", action="store_true", help="credentials and cookies, too")
    _add_http(parser)
    given = parser.read(words)
    if re.match(r"https?://", given.uri.strip(), re.IGNORECASE) is None:
        for name in given.http_flags:
            parser.error(f"{name} is for http:// and https:// URLs: a WebSocket has none")
        for name, _ in given.flags:
            if CONNECTING.flags[name][0].path.startswith(ONCE_OPEN):
                parser.error(f"{name} is of no use here: the connection is closed at once")
        options = parser.connection(given.uri, given, named)
        return Handshake(options, None, manner(given), given.show_secrets)
    ask = _ask(parser, given)
    for name, _ in given.flags:
        path = CONNECTING.flags[name][0].path
        if path not in HTTP_PATHS and not path.startswith(HTTP_PARTS):
            parser.error(f"{name} is for WebSockets: plain HTTP has none")
    # Over HTTP any header may be tried, those of an opening handshake above all.
    given.flags = [*given.flags, ("--break-handshake", "")]
    options = parser.connection(given.uri.strip().partition("#")[0], given, named)
    if "h2" in options.tls.alpn:
        parser.error("--alpn: HTTP/2 is not spoken here, offer http/1.1 or nothing")
    ask = replace(ask, compressed=options.deflate.offer)
    return Handshake(options, ask, manner(given), given.show_secrets)


class Note(argparse.Action):
    """Keeps a value, or all values in their order, and that the flag was given."""

    def __init__(self, *words: Any, parse: Callable[[str], object] = str, **settings: Any) -> None:
        self._parse = parse
        super().__init__(*words, **settings)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        assert option_string is not None
        namespace.http_flags = [*namespace.http_flags, option_string]
        value = self.const
        if self.nargs != 0:
            try:
                value = self._parse(values)
            except ValueError as error:
                parser.error(f"{option_string}: {error}")
        if self.dest in ("pieces", "fields"):
            value = [*getattr(namespace, self.dest), value]
        setattr(namespace, self.dest, value)


def _add_http(parser: HeadlessParser) -> None:
    group = parser.add_argument_group("for http:// and https:// only", HTTP_DESCRIPTION)

    def flag(*names: str, **settings: Any) -> None:
        group.add_argument(*names, action=Note, **settings)

    def data(*names: str, parse: Callable[[str], Piece], help: str, **more: Any) -> None:
        flag(*names, dest="pieces", parse=parse, metavar="DATA", help=help, **more)

    flag("-X", "--method", parse=read_method, help="such as PUT (default GET; POST with a body)")
    flag("-I", "--head", nargs=0, const=True, help="ask for the headers alone: method HEAD")
    data("-d", "--data", parse=read_data, help="body: text, @FILE, - ; several with & between")
    data("--data-binary", parse=read_binary, help="the same, with line ends of files kept")
    data("--data-raw", parse=Piece, help="the same, @ and - being text")
    flag(
        "--json-data",
        parse=read_binary,
        metavar="JSON",
        help="the same, as application/json, which is asked for as well",
    )
    flag(
        *("-F", "--form"),
        dest="fields",
        parse=read_field,
        metavar="FIELD",
        help="field of a form: name=text, name=@FILE, name=<FILE; ;type= ;filename=",
    )
    flag(
        *("-o", "--output"),
        metavar="FILE",
        help="write the body there, over what it holds; - is standard output",
    )
    group.add_argument(
        "--compressed",
        action="append_const",
        dest="flags",
        const=("--compression", ""),
        help="the opposite of --no-compression, as curl has it; the default",
    )
    flag("--max-body", parse=_size, metavar="SIZE", help="read and show so much (default 64 KiB)")
    flag("-f", "--fail", nargs=0, const=True, help="exit code 5 for a status from 400 on")
    usual = {"pieces": [], "fields": [], "max_body": USUAL_BODY}
    parser.set_defaults(http_flags=[], **usual)


def _size(text: str) -> int | None:
    return None if text.strip().lower() in OFF else parse_size(text)


def _ask(parser: HeadlessParser, given: argparse.Namespace) -> HttpAsk:
    pieces: list[Piece] = given.pieces
    fields: list[Field] = given.fields
    content_type = FORM_TYPE if pieces else None
    if given.json_data is not None:
        if pieces:
            parser.error("--json-data and --data both make the body: give one.")
        pieces, content_type = [given.json_data], JSON_TYPE
    method = given.method or ("HEAD" if given.head else "POST" if pieces or fields else "GET")
    if given.output == STDIN and given.json:
        parser.error("--json and -o - both want standard output.")
    ask = HttpAsk(
        method,
        tuple(pieces),
        tuple(fields),
        content_type,
        accept=JSON_TYPE if content_type == JSON_TYPE else "*/*",
        output=given.output,
        max_body=given.max_body,
        fail=bool(given.fail),
    )
    body_flags = ("-d", "--data", "--data-binary", "--data-raw", "--json-data", "-F", "--form")
    try:
        check_ask(ask, [name for name in given.http_flags if name in body_flags])
    except ValueError as error:
        parser.error(str(error))
    return ask
