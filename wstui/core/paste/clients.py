"""Command lines of websocat, wscat and wstui itself.

Owns what their flags mean as options (websocat 1.13, wscat 6).
"""

from __future__ import annotations

import re
from typing import Final

from wstui.core.options.table import FLAGS
from wstui.core.options.tls import NONE
from wstui.core.paste.filling import Filling
from wstui.core.paste.tools import (
    Effect,
    Tool,
    basic,
    header,
    ignore,
    letters,
    message,
    proxy_as,
    refuses,
    to,
    uri,
    words,
)

_SERVES: Final = "wstui is the client here"

WSCAT: Final = Tool(
    "wscat",
    {
        "connect": uri,
        "listen": refuses(_SERVES),
        "protocol": lambda filling, value, what: filling.header(f"Sec-WebSocket-Version: {value}"),
        "origin": header("Origin"),
        "execute": message,
        "host": header("Host"),
        "subprotocol": header("Sec-WebSocket-Protocol"),
        "header": header(),
        "auth": basic,
        "ca": to("tls.trust"),
        "cert": to("tls.certificate"),
        "key": to("tls.key"),
        "passphrase": to("tls.passphrase"),
        "proxy": proxy_as("http"),
    },
    {
        "no-check": to("tls.trust", NONE),
        "no-color": ignore,
        "slash": ignore,
        "show-ping-pong": ignore,
        "location": to("http.redirects", "10"),
    },
    {
        "c": "connect",
        "l": "listen",
        "p": "protocol",
        "o": "origin",
        "x": "execute",
        "w": "wait",
        "s": "subprotocol",
        "n": "no-check",
        "H": "header",
        "P": "show-ping-pong",
        "L": "location",
    },
    frozenset({"wait"}),
    scheme="ws://",
)


def _address(filling: Filling, value: str, what: str) -> None:
    """One of websocat's addresses: a uri behind overlays, or where messages come from."""
    match = re.fullmatch(r"((?:[a-z][a-z0-9-]*:)*?)((?:wss?|http)://.*)", value, re.DOTALL)
    if match is None:
        if value not in ("-", "stdio:", "asyncstdio:", "inetd:"):
            filling.unused(what, "only the connection to the server is made")
        return
    filling.uris.append(match[2])
    for overlay in filter(None, match[1].split(":")):
        if overlay == "autoreconnect":
            filling.put("reconnect.on", "on", what)
        elif overlay != "ws-c":
            filling.unused(f"{overlay}:")


WEBSOCAT: Final = Tool(
    "websocat",
    {
        "header": header(),
        "origin": header("Origin"),
        "protocol": header("Sec-WebSocket-Protocol"),
        "basic-auth": basic,
        "websocket-version": header("Sec-WebSocket-Version"),
        "socks5": proxy_as("socks5h"),
        "tls-domain": to("tls.server_name"),
        "ping-interval": to("ping_interval"),
        "ping-timeout": to("ping_timeout"),
        "max-ws-message-length": to("max_size"),
        "preamble": message,
    },
    {
        "insecure": to("tls.trust", NONE),
        "server-mode": refuses(_SERVES),
        **dict.fromkeys(
            words(
                "text binary compress-deflate compress-gzip compress-zlib no-close"
                " one-message oneshot exit-on-eof unidirectional q v strict"
                " unidirectional-reverse null-terminated no-line linemode-strip-newlines"
                " accept-from-fd async-stdio base64 base64-text no-async-stdio set-environment"
                " no-fixups jsonrpc websocket-ignore-zeromsg"
            ),
            ignore,
        ),
    },
    letters(
        "0=null-terminated 1=one-message B=buffer-size E=exit-on-eof F=static-file H=header"
        " P=preamble-reverse S=strict U=unidirectional-reverse b=binary e=set-environment"
        " X=request-method k=insecure n=no-close p=preamble q=q s=server-mode t=text"
        " u=unidirectional v=v"
    ),
    words(
        "autoreconnect-delay-millis basic-auth-file binary-prefix buffer-size byte-to-exit-on"
        " crypto-key text-prefix udp-multicast udp-multicast-iface-v4 udp-multicast-iface-v6"
        " udp-ttl client-pkcs12-der client-pkcs12-passwd"
        " close-reason close-status-code conncap exec-args header-to-env just-generate-accept"
        " just-generate-key max-messages max-messages-rev max-ws-frame-length"
        " native-tls-method pidfile pkcs12-der pkcs12-passwd preamble-reverse prometheus"
        " queue-len request-header request-method request-uri restrict-uri server-header"
        " server-protocol socks5-bind-script socks5-destination static-file ws-c-uri"
    ),
    word=_address,
)


def _ours(name: str) -> Effect:
    info, flag = FLAGS[name]

    def take(filling: Filling, value: str, what: str) -> None:
        text = flag.value if flag.metavar is None else value
        if info.codec.separator == "\n":
            filling.add(info.path, text, what)
        elif info.codec.separator:
            filling.texts[info.path] = info.codec.split(text) or [""]
        else:
            filling.put(info.path, text, what)

    return take


WSTUI: Final = Tool(
    "wstui",
    {
        name[2:]: _ours(name)
        for name, (_, flag) in FLAGS.items()
        if name[:2] == "--" and flag.metavar
    },
    {
        name[2:]: _ours(name)
        for name, (_, flag) in FLAGS.items()
        if name[:2] == "--" and not flag.metavar
    },
    {
        name[1:]: other[2:]
        for name, (_, flag) in FLAGS.items()
        for other in flag.names
        if len(name) == 2 and other[:2] == "--"
    },
)

TOOLS: Final = {tool.name: tool for tool in (WEBSOCAT, WSCAT, WSTUI)}
