"""curl's command line, as it is typed and as browsers' developer tools copy it.

Owns what curl's flags mean as options (curl 8.11's manual).
"""

from __future__ import annotations

import re
from typing import Final

from wstui.core.handshake.headers import OWN_HEADERS
from wstui.core.options.http import MOST_REDIRECTS
from wstui.core.options.tls import NONE
from wstui.core.paste.filling import Filling
from wstui.core.paste.tools import (
    Effect,
    Tool,
    basic,
    header,
    ignore,
    letters,
    proxy_as,
    refuses,
    to,
    uri,
    words,
)

_BODY: Final = "a handshake has no body"
_CREDENTIALS: Final = "only Basic and Bearer are spoken"

_METHOD_BODIES: Final = words(
    "data data-ascii data-binary data-raw data-urlencode form form-string json upload-file"
)

_FOREIGN: Final = words(
    "alt-svc aws-sigv4 capath cert-type config continue-at"
    " cookie-jar crlfile curves delegation dns-interface dns-ipv4-addr"
    " dns-ipv6-addr dns-servers doh-url ech egd-file engine etag-compare"
    " etag-save expect100-timeout ftp-account ftp-alternative-to-user ftp-method ftp-port"
    " ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip help hostpubmd5"
    " hostpubsha256 hsts ip-tos ipfs-gateway keepalive-cnt key-type krb libcurl limit-rate"
    " local-port login-options mail-auth mail-from mail-rcpt max-filesize max-time"
    " netrc-file parallel-max pinnedpubkey preproxy proto proto-default"
    " proto-redir proxy-capath proxy-cert proxy-cert-type proxy-ciphers"
    " proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey"
    " proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword"
    " proxy-tlsuser proxy1.0 pubkey quote random-file range rate retry retry-delay"
    " retry-max-time sasl-authzid service-name socks5-gssapi-service speed-limit"
    " speed-time telnet-option tftp-blksize time-cond tls-max tls13-ciphers"
    " tlsauthtype tlspassword tlsuser url-query variable"
    " vlan-priority"
)
"""Flags with a value that mean nothing here, or nothing that can be had."""


def _header(filling: Filling, value: str, what: str) -> None:
    """``Name: value``, or ``Name;`` for an empty one; ``Name:`` removes curl's own."""
    if value.startswith("@"):
        filling.unused(what, "files of headers are not read")
    elif re.fullmatch(r"[^:;]+;\s*", value):
        filling.header(f"{value.strip()[:-1]}:")
    elif re.fullmatch(r"[^:]+:\s*", value) and value.split(":")[0].lower() not in OWN_HEADERS:
        filling.unused(what, "wstui sends no such header")
    else:
        filling.header(value)


def _cookie(filling: Filling, value: str, what: str) -> None:
    if "=" in value or not value:
        filling.cookies(value)
    else:
        filling.put("http.cookie_file", value, what)


def _referer(filling: Filling, value: str, what: str) -> None:
    filling.header(f"Referer: {value.removesuffix(';auto')}")


def _method(filling: Filling, value: str, what: str) -> None:
    if value.upper() != "GET":
        filling.unused(what, "a handshake is a GET")


def _certificate(filling: Filling, value: str, what: str) -> None:
    """A file, with the passphrase of its key behind a colon that has no backslash before it."""
    # A drive's letter is no file with a passphrase.
    match = re.fullmatch(r"((?:[A-Za-z]:[\\/])?(?:\\.|[^:\\])*):(.*)", value, re.DOTALL)
    path = match[1] if match else value
    filling.put("tls.certificate", re.sub(r"\\([:\\])", r"\1", path), what)
    if match and match[2]:
        filling.put("tls.passphrase", match[2], what)


def _connect_to(filling: Filling, value: str, what: str) -> None:
    """``HOST1:PORT1:HOST2:PORT2``, where HOST1 and PORT1 say for which uris."""
    parts = re.findall(r"(\[[^\]]*\]|[^:\[\]]*)(?::|$)", value)
    if len(parts) >= 4:
        place = f"{parts[2]}:{parts[3]}".removesuffix(":")
        if place:
            filling.put("route.connect_to", place, what)
    else:
        filling.unused(what, "it is HOST1:PORT1:HOST2:PORT2")


def _resolve(filling: Filling, value: str, what: str) -> None:
    """``[+]HOST:PORT:ADDRESS[,ADDRESS]…``."""
    match = re.fullmatch(r"\+?(?:\[[^\]]*\]|[^:\[\]]*):[^:]*:(.+)", value)
    if match is None:
        filling.unused(what, "it is HOST:PORT:ADDRESS")
        return
    first, *others = match[1].split(",")
    bare = first.strip("[] ")
    filling.put("route.connect_to", f"[{bare}]" if ":" in bare else bare, what)
    for other in others:
        filling.unused(other, "one address is connected to")


def _most_redirects(filling: Filling, value: str, what: str) -> None:
    """How many are followed, if they are followed at all: see `_last`."""
    filling.most_redirects = value


def _last(filling: Filling) -> None:
    most = filling.most_redirects
    if most is not None and "http.redirects" in filling.texts:
        within = most.isascii() and most.isdecimal() and int(most[:9]) <= MOST_REDIRECTS
        filling.put("http.redirects", most if within else str(MOST_REDIRECTS), most)


def _bearer(filling: Filling, value: str, what: str) -> None:
    filling.put("http.bearer", value, what)


def _interface(filling: Filling, value: str, what: str) -> None:
    """An address; the name of an interface has none that were known here."""
    name = value.removeprefix("host!").removeprefix("if!")
    if re.fullmatch(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", name):
        filling.put("route.local_address", name, what)
    else:
        filling.unused(what, "give an address")


def _user(filling: Filling, value: str, what: str) -> None:
    if value.strip(":"):
        basic(filling, value, what)


def _proxy_user(filling: Filling, value: str, what: str) -> None:
    user, _, password = value.partition(":")
    if user:
        filling.put("proxy.user", user, what)
    if password:
        filling.put("proxy.password", password, what)


def _proxy(filling: Filling, value: str, what: str) -> None:
    if value:
        proxy_as("http")(filling, value, what)
    else:
        filling.put("proxy.uri", "none", what)


def _no_proxy(filling: Filling, value: str, what: str) -> None:
    if value.strip() == "*":
        filling.put("proxy.uri", "none", what)
    else:
        for one in filter(None, re.split(r"[\s,]+", value)):
            filling.add("proxy.exceptions", one, what)


_OUTPUT: Final = words(
    "create-file-mode dump-header output output-dir stderr trace trace-ascii trace-config write-out"
)
"""Flags with a value that say where curl's own output goes, and what it is."""

_VALUED: Final[dict[str, Effect]] = {
    **dict.fromkeys(_OUTPUT, ignore),
    "url": uri,
    "header": _header,
    "user-agent": header("User-Agent"),
    "referer": _referer,
    "cookie": _cookie,
    "user": _user,
    "oauth2-bearer": _bearer,
    "request": _method,
    "request-target": refuses("the target is that of the uri"),
    **{name: refuses(_BODY) for name in _METHOD_BODIES},
    "cacert": to("tls.trust"),
    "cert": _certificate,
    "key": to("tls.key"),
    "pass": to("tls.passphrase"),
    "ciphers": to("tls.ciphers"),
    "proxy": _proxy,
    "proxy-user": _proxy_user,
    "noproxy": _no_proxy,
    "socks4": proxy_as("socks4"),
    "socks4a": proxy_as("socks4a"),
    "socks5": proxy_as("socks5"),
    "socks5-hostname": proxy_as("socks5h"),
    "connect-to": _connect_to,
    "resolve": _resolve,
    "unix-socket": to("route.unix_socket"),
    "abstract-unix-socket": lambda filling, value, what: filling.put(
        "route.unix_socket", f"@{value}", what
    ),
    "interface": _interface,
    "connect-timeout": to("open_timeout"),
    "max-redirs": _most_redirects,
    "proxy-cacert": to("proxy.trust"),
    "keepalive-time": to("route.keepalive"),
}

_QUIET: Final = words(
    "alpn buffer clobber compressed compressed-ssh disable fail fail-early fail-with-body"
    " get globoff http1.0 http1.1 include no-alpn no-buffer no-compressed no-progress-meter"
    " no-sessionid path-as-is progress-bar progress-meter raw remote-name"
    " remote-name-all show-error show-headers silent styled-output tcp-fastopen trace-ids"
    " tr-encoding trace-time verbose no-verbose xattr no-keepalive basic http0.9 ssl tlsv1"
)

_SWITCHES: Final[dict[str, Effect]] = {
    **dict.fromkeys(_QUIET, ignore),
    "insecure": to("tls.trust", NONE),
    "no-tcp-nodelay": to("route.no_delay", "off"),
    "tcp-nodelay": to("route.no_delay", "on"),
    "proxy-insecure": to("proxy.trust", NONE),
    "location": to("http.redirects", str(MOST_REDIRECTS)),
    "location-trusted": to("http.redirects", str(MOST_REDIRECTS)),
    "ipv4": to("route.ip", "4"),
    "ipv6": to("route.ip", "6"),
    "proxy-basic": ignore,
    **{f"tlsv{version}": to("tls.lowest", version) for version in ("1.0", "1.1", "1.2", "1.3")},
    **{name: refuses(_CREDENTIALS) for name in ("anyauth", "digest", "negotiate", "ntlm")},
    **{
        name: refuses("a handshake is HTTP/1.1")
        for name in ("head", "http2", "http2-prior-knowledge", "http3", "http3-only")
    },
}

CURL: Final = Tool(
    "curl",
    _VALUED,
    _SWITCHES,
    letters(
        "0=http1.0 4=ipv4 6=ipv6 A=user-agent a=append B=use-ascii b=cookie C=continue-at"
        " c=cookie-jar D=dump-header d=data E=cert e=referer F=form f=fail G=get g=globoff"
        " H=header h=help I=head i=include J=remote-header-name j=junk-session-cookies"
        " K=config k=insecure L=location l=list-only M=manual m=max-time N=no-buffer n=netrc"
        " O=remote-name o=output P=ftp-port p=proxytunnel Q=quote q=disable R=remote-time"
        " r=range S=show-error s=silent T=upload-file t=telnet-option U=proxy-user u=user"
        " V=version v=verbose w=write-out X=request x=proxy Y=speed-limit y=speed-time"
        " Z=parallel z=time-cond #=progress-bar"
    ),
    _FOREIGN,
    scheme="ws://",
    last=_last,
)
