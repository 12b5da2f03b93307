"""Options as command lines of curl, websocat, wscat and wstui.

Owns which flags say what. Each writer gives the command, and what it cannot say.
"""

from __future__ import annotations

import re
from typing import Final

from wstui.core.copy_as.shell import Writer
from wstui.core.handshake.headers import OWN_HEADERS
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import Deflate
from wstui.core.options.info import Flag, OptionInfo
from wstui.core.options.proxy import NONE as NO_PROXY
from wstui.core.options.tls import NONE, is_pem

_WSCAT_REDIRECTS: Final = 10
"""Redirects that wscat follows when it follows any."""

Written = tuple[str, list[str]]

_HANDSHAKE: Final = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    # That of RFC 6455 section 1.3: any 16 bytes will do.
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


def write_curl(options: ConnectOptions) -> Written:
    """For curl, which is told every header of the handshake and shows it; frames come raw."""
    writer = Writer(options, "curl", "--http1.1", "--silent", "--verbose", "--no-buffer")
    own = {name.lower() for name, _ in options.headers} if options.http.break_handshake else set()
    for name, value in _HANDSHAKE:
        if name.lower() not in own:
            writer.flag("-H", f"{name}: {value}")
    _headers(writer, "-H", " ")
    for path in [path for path in writer.left if path.startswith("deflate.")]:
        writer.take(path)
    if options.deflate.offer:
        offer = deflate_offer(options.deflate)
        writer.flag("-H", f"Sec-WebSocket-Extensions: {offer}")
    writer.pass_on("-A", "user_agent")
    _curl_http(writer)
    _curl_tls(writer)
    _curl_route(writer)
    _curl_proxy(writer)
    writer.pass_on("--connect-timeout", "open_timeout", "{:g}".format)
    writer.word(re.sub(r"(?i)^ws(s?)://", r"http\1://", options.uri))
    return writer.finish()


def _headers(writer: Writer, flag: str, joint: str, *, protocols: bool = True) -> None:
    """Subprotocols, Origin and further headers, all as headers."""
    names = writer.take("subprotocols") if protocols else None
    if names:
        writer.flag(flag, f"Sec-WebSocket-Protocol: {', '.join(names)}", joint=joint)
    origin = writer.take("origin") if protocols else None
    if origin is not None:
        writer.flag(flag, f"Origin: {origin}", joint=joint)
    writer.take("headers")
    for name, value in writer.options.headers:
        if value:
            writer.flag(flag, f"{name}: {value}", joint=joint)
        elif writer.lines[0].startswith("curl"):
            writer.flag(flag, f"{name}{':' if name.lower() in OWN_HEADERS else ';'}")
        elif name.lower() in OWN_HEADERS:
            writer.missing.append(f"without {name}")
        else:
            writer.flag(flag, f"{name}:", joint=joint)


def _credentials(writer: Writer, flag: str, joint: str, basic: str) -> None:
    """Credentials and cookies for a tool that has a flag for Basic alone, which is `basic`."""
    writer.pass_on(basic, "http.basic")
    bearer = writer.take("http.bearer")
    if bearer is not None:
        writer.flag(flag, f"Authorization: Bearer {bearer}", joint=joint)
    cookies = writer.take("http.cookies")
    if cookies:
        writer.flag(flag, f"Cookie: {'; '.join(cookies)}", joint=joint)


def deflate_offer(deflate: Deflate) -> str:
    """The offer of permessage-deflate as it stands in its header (RFC 7692 section 7)."""
    found = ["permessage-deflate"]
    found += [name if value is None else f"{name}={value}" for name, value in deflate.parameters]
    return "; ".join(found)


def _curl_http(writer: Writer) -> None:
    writer.pass_on("--user", "http.basic")
    writer.pass_on("--oauth2-bearer", "http.bearer")
    writer.pass_on("--cookie", "http.cookies", "; ".join)
    writer.pass_on("--cookie", "http.cookie_file")
    most = writer.take("http.redirects")
    if most is not None:
        writer.flag("--location")
        writer.flag("--max-redirs", str(most))
    for path in ("http.to_plain", "http.any_subprotocol", "http.break_handshake"):
        writer.take(path)  # curl has nothing against these


def _curl_tls(writer: Writer) -> None:
    trust = writer.options.tls.trust
    if trust == NONE:
        writer.take("tls.trust")
        writer.flag("--insecure")
        writer.take("tls.check_host")  # without trust no name is looked for
    elif not is_pem(trust):
        writer.pass_on("--cacert", "tls.trust")
    writer.pass_on("--cert", "tls.certificate", lambda path: re.sub(r"([\\:])", r"\\\1", path))
    writer.pass_on("--key", "tls.key")
    writer.pass_on("--pass", "tls.passphrase")
    lowest = writer.take("tls.lowest")
    if lowest is not None:
        writer.flag(f"--tlsv{lowest}")
    writer.pass_on("--ciphers", "tls.ciphers")


def _curl_route(writer: Writer) -> None:
    address = writer.take("route.connect_to")
    if address is not None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        writer.flag("--connect-to", f"::{host}:{address.port or ''}")
    version = writer.take("route.ip")
    if version is not None:
        writer.flag(f"--ipv{version}")
    writer.pass_on("--interface", "route.local_address")
    socket = writer.take("route.unix_socket")
    if socket is not None:
        abstract = socket.startswith("@")
        flag = "--abstract-unix-socket" if abstract else "--unix-socket"
        writer.flag(flag, socket.removeprefix("@") if abstract else socket)
    if writer.options.route.keepalive and writer.options.route.keepalive.is_integer():
        writer.pass_on("--keepalive-time", "route.keepalive", "{:.0f}".format)
    if writer.take("route.no_delay") is not None:
        writer.flag("--no-tcp-nodelay")


def _curl_proxy(writer: Writer) -> None:
    proxy = writer.options.proxy
    if proxy.uri == NO_PROXY:
        writer.take("proxy.uri")
        writer.flag("--noproxy", "*")
        return
    writer.pass_on("--proxy", "proxy.uri")
    user, password = writer.take("proxy.user"), writer.take("proxy.password")
    if user is not None or password is not None:
        writer.flag("--proxy-user", f"{user or ''}:{password or ''}")
    writer.pass_on("--noproxy", "proxy.exceptions", ",".join)
    trust = writer.options.proxy.trust
    if trust == NONE:
        writer.take("proxy.trust")
        writer.flag("--proxy-insecure")
    elif not is_pem(trust):
        writer.pass_on("--proxy-cacert", "proxy.trust")


def write_websocat(options: ConnectOptions) -> Written:
    """For websocat, which takes headers with an equals sign only: without, it swallows words."""
    writer = Writer(options, "websocat")
    agent = writer.take("user_agent")
    if agent is not None:
        writer.flag("--header", f"User-Agent: {agent}", joint="=")
    writer.pass_on("--protocol", "subprotocols", ", ".join)
    writer.pass_on("--origin", "origin")
    _headers(writer, "--header", "=", protocols=False)
    _credentials(writer, "--header", "=", "--basic-auth")
    if options.tls.trust == NONE:
        writer.take("tls.trust")
        writer.take("tls.check_host")
        writer.flag("--insecure")
    socks = re.fullmatch(r"socks5h?://([^/@]+)/?", options.proxy.uri, re.IGNORECASE)
    if socks and options.proxy.user is None:
        writer.take("proxy.uri")
        writer.flag("--socks5", socks[1])
    for flag, path in (("--ping-interval", "ping_interval"), ("--ping-timeout", "ping_timeout")):
        seconds = getattr(options, path)
        if seconds is not None and seconds.is_integer():
            writer.pass_on(flag, path, "{:.0f}".format)
    again = writer.take("reconnect.on")
    writer.word(f"autoreconnect:{options.uri}" if again else options.uri)
    return writer.finish()


def write_wscat(options: ConnectOptions) -> Written:
    """For wscat, the client of Node's library ws."""
    writer = Writer(options, "wscat")
    agent = writer.take("user_agent")
    if agent is not None:
        writer.flag("-H", f"User-Agent: {agent}")
    for protocol in writer.take("subprotocols") or ():
        writer.flag("-s", protocol)
    writer.pass_on("-o", "origin")
    _headers(writer, "-H", " ", protocols=False)
    _credentials(writer, "-H", " ", "--auth")
    if options.http.redirects == _WSCAT_REDIRECTS:
        writer.take("http.redirects")
        writer.flag("--location")
    if options.tls.trust == NONE:
        writer.take("tls.trust")
        writer.take("tls.check_host")
        writer.flag("--no-check")
    elif not is_pem(options.tls.trust):
        writer.pass_on("--ca", "tls.trust")
    writer.pass_on("--cert", "tls.certificate")
    writer.pass_on("--key", "tls.key")
    writer.pass_on("--passphrase", "tls.passphrase")
    if options.proxy.uri == NO_PROXY:
        writer.take("proxy.uri")  # wscat knows of no proxy of the system
    elif options.proxy.user is None:
        writer.pass_on("--proxy", "proxy.uri")
    writer.flag("--connect", options.uri)
    return writer.finish()


def write_wstui(options: ConnectOptions) -> Written:
    """For wstui itself, which can be told everything."""
    writer = Writer(options, "wstui")
    writer.ours = True
    writer.word(options.uri)
    for path, info in list(writer.left.items()):
        value = writer.take(path)
        flag = next((flag for flag in info.flags if _stands_for(info, flag, value)), None)
        if flag is not None:
            writer.flag(flag.names[-1])
            continue
        flag = next(flag for flag in info.flags if flag.metavar is not None)
        texts = info.codec.texts(value)
        for text in [",".join(texts)] if info.codec.separator == "," else texts:
            dashed = text.startswith("-")
            name = flag.names[-1] if dashed else flag.names[0]
            writer.flag(name, text, joint="=" if dashed else " ")
    return writer.finish()


def _stands_for(info: OptionInfo, flag: Flag, value: object) -> bool:
    """Whether a flag without a value means `value`."""
    return flag.metavar is None and info.codec.parse(flag.value) == value
