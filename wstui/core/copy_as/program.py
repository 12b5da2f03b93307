"""Options as a program in Python with the library `websockets`.

Owns which arguments and statements say what. Texts are written as literals, references as what
reads the environment; nothing in them can become code.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Final

from wstui.core.copy_as.shell import Writer, parts_of, plain
from wstui.core.entry import Kind
from wstui.core.handshake.headers import OWN_HEADERS
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.on_connect import read_lines
from wstui.core.options.proxy import NONE as NO_PROXY
from wstui.core.options.proxy import SYSTEM as SYSTEM_PROXY
from wstui.core.options.secrets import ENV, MASK, Reference, has_reference
from wstui.core.options.tls import NONE, TlsOptions, is_pem

_NUMBERS: Final = ("open_timeout", "close_timeout", "ping_interval", "ping_timeout", "max_size")
"""Options that are arguments of the same name; the library's own values are others."""

_TEMPLATE: Final = """\
{imports}

{setup}async def main() -> None:
    {loop} {connect}(
{arguments}
    ) as websocket:
{messages}        async for message in websocket:
            print(message)


asyncio.run(main())
"""


def write_python(options: ConnectOptions) -> tuple[str, list[str]]:
    """A program that connects and prints what comes, and what it cannot say."""
    writer = Writer(options)
    imports = {"asyncio"}
    arguments = _arguments(writer)
    setup = ""
    if options.secure and (lines := _tls(writer, options.tls)):
        imports.add("ssl")
        setup = "".join(f"{line}\n" for line in lines) + "\n\n"
        arguments.append("ssl=context")
    else:
        for path in [path for path in writer.left if path.startswith("tls.")]:
            writer.take(path)  # without effect on a plain connection
    version = writer.take("route.ip")
    if version is not None:
        imports.add("socket")
        arguments.append(f"family=socket.AF_INET{'6' if version == '6' else ''}")
    loop = "async for websocket in" if writer.take("reconnect.on") else "async with"
    # Only `async with` takes an `as`.
    template = _TEMPLATE if loop == "async with" else _TEMPLATE.replace(") as websocket:", "):")
    text = template.format(
        imports="{imports}",
        setup=setup,
        loop=loop,
        connect="unix_connect" if options.route.unix_socket else "connect",
        arguments="".join(f"        {argument},\n" for argument in arguments).rstrip("\n"),
        messages="".join(f"        {line}\n" for line in _messages(writer)),
    )
    if "os.environ" in text:
        imports.add("os")
    if "subprocess." in text:
        imports.add("subprocess")
    library = "unix_connect" if options.route.unix_socket else "connect"
    named = "\n".join(f"import {name}" for name in sorted(imports))
    head = f"{named}\n\nfrom websockets.asyncio.client import {library}\n"
    return text.replace("{imports}", head, 1), writer.remarks()


def _arguments(writer: Writer) -> list[str]:
    """The arguments of the call, but for those that need more than themselves."""
    options = writer.options
    found = [_literal(options.uri)]
    socket = writer.take("route.unix_socket")
    if socket is not None:
        path = _literal(socket if socket[:1] != "@" else f"\0{socket[1:]}")
        found = [f"path={path}", f"uri={found[0]}"]
    pairs = "".join(
        f"            ({_literal(name)}, {_literal(value)}),\n" for name, value in _headers(writer)
    )
    if pairs:
        found.append(f"additional_headers=[\n{pairs}        ]")
    protocols = writer.take("subprotocols")
    if protocols:
        found.append(f"subprotocols=[{', '.join(map(_literal, protocols))}]")
    for path, name in (("origin", "origin"), ("user_agent", "user_agent_header")):
        value = writer.take(path)
        if value is not None:
            found.append(f"{name}={_literal(value)}")
    if writer.take("deflate.offer") is not None:
        found.append("compression=None")
    for path in _NUMBERS:
        if path in writer.left:
            found.append(f"{path}={writer.take(path)!r}")
    found += _place(writer)
    return found + _proxy(writer)


def _headers(writer: Writer) -> list[tuple[str, str]]:
    """Headers, credentials and cookies."""
    writer.take("headers")
    found = []
    for name, value in writer.options.headers:
        if value or name.lower() not in OWN_HEADERS:
            found.append((name, value))
        else:
            writer.missing.append(f"without {name}")
    bearer = writer.take("http.bearer")
    if bearer is not None:
        found.append(("Authorization", f"Bearer {bearer}"))
    basic = writer.options.http.basic
    if basic is not None and not has_reference(basic) and MASK not in basic:
        writer.take("http.basic")
        credentials = b64encode(plain(basic).encode()).decode("ascii")
        found.append(("Authorization", f"Basic {credentials}"))
    cookies = writer.take("http.cookies")
    if cookies:
        found.append(("Cookie", "; ".join(cookies)))
    return found


def _place(writer: Writer) -> list[str]:
    found = []
    address = writer.take("route.connect_to")
    if address is not None:
        found += [f"host={_literal(address.host)}"] if address.host else []
        found += [f"port={address.port}"] if address.port else []
    local = writer.take("route.local_address")
    if local is not None:
        found.append(f"local_addr=({_literal(local)}, 0)")
    name = writer.take("tls.server_name") if writer.options.secure else None
    if name is not None:
        found.append(f"server_hostname={_literal(name)}")
    return found


def _proxy(writer: Writer) -> list[str]:
    proxy = writer.options.proxy
    if proxy.uri == SYSTEM_PROXY:
        return []
    if proxy.uri == NO_PROXY:
        writer.take("proxy.uri")
        return ["proxy=None"]
    if proxy.user is None:
        writer.take("proxy.uri")
        return [f"proxy={_literal(proxy.uri)}"]
    return []


def _tls(writer: Writer, tls: TlsOptions) -> list[str]:
    """What makes the context of TLS; nothing when it is as usual."""
    lines = []
    trust = writer.take("tls.trust")
    check = writer.take("tls.check_host") is None
    make = "context = ssl.create_default_context()"
    if trust is not None and trust != NONE:
        name = "cadata" if is_pem(trust) else "cafile"
        make = f"context = ssl.create_default_context({name}={_literal(trust)})"
        lines.append("")
    if trust == NONE or not check:
        lines.append("context.check_hostname = False")
    if trust == NONE:
        lines.append("context.verify_mode = ssl.CERT_NONE")
    if tls.certificate is not None:
        parts = [writer.take(f"tls.{name}") for name in ("certificate", "key", "passphrase")]
        names = ("certfile", "keyfile", "password")
        given = zip(names, parts, strict=True)
        told = ", ".join(f"{name}={_literal(part)}" for name, part in given if part is not None)
        lines.append(f"context.load_cert_chain({told})")
    lowest = writer.take("tls.lowest")
    if lowest is not None:
        lines.append(f"context.minimum_version = ssl.TLSVersion.TLSv{lowest.replace('.', '_')}")
    for path, call in (
        ("ciphers", "context.set_ciphers({})"),
        ("key_log", "context.keylog_filename = {}"),
    ):
        value = writer.take(f"tls.{path}")
        if value is not None:
            lines.append(call.format(_literal(value)))
    protocols = writer.take("tls.alpn")
    if protocols:
        lines.append(f"context.set_alpn_protocols([{', '.join(map(_literal, protocols))}])")
    return [make, *filter(None, lines)] if lines else []


def _messages(writer: Writer) -> Iterable[str]:
    for message in read_lines(writer.take("on_connect") or ()):
        if message.kind is Kind.TEXT:
            yield f"await websocket.send({_literal(message.payload.decode())})"
        else:
            yield f"await websocket.send({message.payload!r})"


def _literal(text: str) -> str:
    """`text` as an expression."""
    parts = parts_of(text)
    if not any(isinstance(part, Reference) for part in parts):
        return _quoted("".join(str(part) for part in parts))
    if len(parts) == 1:
        return _lookup(parts[0])
    return " + ".join(
        _lookup(part) if isinstance(part, Reference) else _quoted(part) for part in parts
    )


def _quoted(text: str) -> str:
    """A literal, in double quotes where that needs no more escapes."""
    literal = repr(text)
    if literal[0] == "'" and '"' not in literal and not re.search(r"\\'", literal):
        return f'"{literal[1:-1]}"'
    return literal


def _lookup(part: str | Reference) -> str:
    if isinstance(part, str):
        return _quoted(part)
    if part.kind == ENV:
        return f"os.environ[{_quoted(part.name)}]"
    return f"subprocess.check_output({_quoted(part.name)}, shell=True, text=True).splitlines()[0]"
