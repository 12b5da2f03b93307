"""Dialling: from options to a wire that stands, directly, by a Unix socket or through a proxy.

Owns the steps below HTTP and their order, and tells each of them. What is told when one of them
fails is the matter of `failures`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from aiohappyeyeballs import AddrInfoType
from websockets.uri import WebSocketURI

from wstui.core.connection import FailureKind, Reached, Step
from wstui.core.handshake.proxies import Proxy
from wstui.core.options.proxy import asks_system, choose_proxy
from wstui.core.options.route import Address
from wstui.core.options.tls import TlsOptions
from wstui.net.client_wire import Dialling
from wstui.net.failures import DialogueFailed, SpokeFirst
from wstui.net.http_proxy import ConnectDialogue, connect_request
from wstui.net.tcp import (
    connect_tcp,
    connect_unix,
    is_literal,
    look_up,
    wanted_family,
)
from wstui.net.tls import TlsSettingError

Contexts = Callable[[TlsOptions], Awaitable[ssl.SSLContext]]
"""Makes the settings of TLS from options."""


WireT = TypeVar("WireT", bound=asyncio.BufferedProtocol)
"""What reads and writes on the way that was made."""


class Dialler(Generic[WireT]):
    """Dials once."""

    def __init__(
        self,
        life: Dialling,
        uri: WebSocketURI,
        factory: Callable[[], WireT],
        tls: Mapping[str, Any],
        contexts: Contexts,
        user_agent: str | None,
    ) -> None:
        """`tls` has the arguments of `loop.create_connection` that make up TLS to the server, by
        their names, ``ssl`` being a context; empty for none. `contexts` makes those for proxies,
        and `user_agent` is told to HTTP proxies."""
        self._life = life
        self._uri = uri
        self._factory = factory
        self._tls = tls
        self._contexts = contexts
        self._user_agent = user_agent
        self._options = life.connection.resolved
        self._route = self._options.route
        self._reached = Reached()

    async def dial(self) -> WireT:
        """A wire on which the handshake can begin.

        Raises:
            OSError, UnicodeError, OptionError, TlsSettingError, DialogueFailed, SpokeFirst: it does
                not stand; `failures` knows what they mean.
        """
        self._life.connection.reached = self._reached
        other = self._route.connect_to or Address("", None)
        host = other.host or self._uri.host
        target = Address(host if host.isascii() else host.encode("idna").decode(), other.port)
        target = target._replace(port=other.port or self._uri.port)
        if self._route.unix_socket is not None:
            return await self._finish(await self._dial_unix(self._route.unix_socket))
        proxy = await self._choose_proxy(target)
        if proxy is None:
            return await self._finish(await self._dial_tcp(target))
        self._reached.proxy = str(proxy)
        if proxy.is_socks:
            return await self._finish(await self._dial_socks(proxy, target))
        return await self._dial_http(proxy, target)

    async def _choose_proxy(self, target: Address) -> Proxy | None:
        options = self._options.proxy
        asked = asks_system(options, target.host)
        system = await system_proxies(target.host) if asked else {}
        return choose_proxy(options, target, secure=self._uri.secure, system=system)

    # To the server, or to a proxy

    async def _dial_unix(self, path: str) -> socket.socket:
        self._reached.host = path
        self._life.begin(Step.UNIX)
        return await connect_unix(path)

    async def _dial_tcp(self, address: Address) -> socket.socket:
        addresses = await self._look_up(address, wanted_family(self._route))
        self._life.begin(Step.TCP)
        return await connect_tcp(addresses, self._route)

    async def _look_up(self, address: Address, family: socket.AddressFamily) -> list[AddrInfoType]:
        reached = self._reached
        reached.host, reached.port, reached.addresses = address.host, address.port or 0, ()
        is_name = not is_literal(address.host)
        if is_name:
            self._life.begin(Step.NAME)
        found = await look_up(address, family)
        if is_name:
            reached.addresses = tuple(str(one[4][0]) for one in found)
        return found

    async def _dial_proxy(self, proxy: Proxy) -> socket.socket:
        self._reached.at_proxy = True
        return await self._dial_tcp(Address(proxy.host, proxy.port))

    def _leave_proxy(self, target: Address) -> None:
        """The proxy has agreed: what goes wrong from now on is the server's matter."""
        self._reached.at_proxy = False
        self._reached.host, self._reached.port = target.host, target.port or 0

    # Through a proxy

    async def _dial_socks(self, proxy: Proxy, target: Address) -> socket.socket:
        # Here and not above: few connections go through such a proxy.
        from wstui.net.socks_proxy import socks_dialogue

        asked = target
        if not proxy.names_remotely and not is_literal(target.host):
            family = wanted_family(self._route)
            if proxy.scheme == "socks4":  # it knows no others
                family = socket.AF_INET
            place = (await self._look_up(target, family))[0][4]
            asked = Address(str(place[0]), target.port)
        sock = await self._dial_proxy(proxy)
        try:
            self._life.begin(Step.PROXY)
            if proxy.scheme.startswith("socks4") and ":" in asked.host:
                raise DialogueFailed(FailureKind.PROXY_REPLY, "SOCKS4 knows no IPv6 addresses")
            await socks_dialogue(sock, proxy, asked)
        except BaseException:
            sock.close()
            raise
        self._leave_proxy(target)
        return sock

    async def _dial_http(self, proxy: Proxy, target: Address) -> WireT:
        sock = await self._dial_proxy(proxy)
        tls: dict[str, Any] = {}
        if proxy.scheme == "https":
            self._life.begin(Step.PROXY_TLS)
            try:
                tls = {"ssl": await self._proxy_context(), "server_hostname": proxy.host}
            except BaseException:
                sock.close()
                raise
        dialogue = ConnectDialogue(self._reached.answer)
        transport, _ = await _open_transport(lambda: dialogue, sock, tls)
        try:
            self._life.begin(Step.PROXY)
            transport.write(connect_request(target, proxy, self._user_agent))
            await dialogue.answered()
            self._leave_proxy(target)
            return await self._take_over(transport, dialogue)
        except BaseException:
            transport.abort()
            raise

    async def _proxy_context(self) -> ssl.SSLContext:
        try:
            return await self._contexts(TlsOptions(trust=self._options.proxy.trust))
        except TlsSettingError as error:
            fault = replace(error.fault, option="proxy.trust")
            raise TlsSettingError(fault) from error

    async def _take_over(self, transport: asyncio.Transport, dialogue: ConnectDialogue) -> WireT:
        """Let the wire go on where the dialogue ended, with TLS to the server if that is wanted."""
        loop = asyncio.get_running_loop()
        wire = self._factory()
        tls = dict(self._tls)
        context = tls.pop("ssl", None)
        if context is not None:
            if dialogue.behind:
                raise SpokeFirst(bytes(dialogue.behind))
            # The dialogue stays in between until TLS stands: a wire that never was made known to
            # a transport must not be told that one was lost.
            upgraded = await loop.start_tls(transport, dialogue, context, **tls)
            assert upgraded is not None
            transport = upgraded
        transport.pause_reading()
        self._tune(transport)
        transport.set_protocol(wire)
        wire.connection_made(transport)
        # After the request is written, as if it had just been read from the socket.
        loop.call_soon(_hand_over, wire, transport, dialogue.behind)
        return wire

    async def _finish(self, sock: socket.socket) -> WireT:
        """The wire on a socket that leads to the server, with TLS if that is wanted."""
        transport, wire = await _open_transport(self._factory, sock, self._tls)
        self._tune(transport)
        return wire

    def _tune(self, transport: asyncio.Transport) -> None:
        sock = transport.get_extra_info("socket")
        if not self._route.no_delay and sock.family in (socket.AF_INET, socket.AF_INET6):
            # asyncio has switched it on.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)


_Protocol = TypeVar("_Protocol", bound=asyncio.BaseProtocol)


async def _open_transport(
    factory: Callable[[], _Protocol], sock: socket.socket, tls: Mapping[str, Any]
) -> tuple[asyncio.Transport, _Protocol]:
    """A transport on `sock`, with TLS if that is wanted. It owns the socket from now on, and closes
    it by itself when this fails: nobody else may, while the loop still knows it by its number."""
    return await asyncio.get_running_loop().create_connection(factory, sock=sock, **tls)


def _hand_over(
    wire: asyncio.BufferedProtocol, transport: asyncio.Transport, data: bytearray
) -> None:
    """Let the wire read what came before it was there, and everything else after it."""
    if not transport.is_closing():
        transport.resume_reading()  # first: what is handed over may be a reason to pause it
    while data and not transport.is_closing():
        buffer = memoryview(wire.get_buffer(-1))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        del buffer, data[:size]
        wire.buffer_updated(size)


async def system_proxies(host: str) -> Mapping[str, str]:
    """The proxies that this system is set to use for `host`, by scheme; ``no`` has exceptions."""
    # Here and not above: it is large, and needed only to connect.
    from urllib.request import getproxies, proxy_bypass

    def ask() -> Mapping[str, str]:
        return {} if proxy_bypass(host) else getproxies()

    if sys.platform in ("darwin", "win32"):
        return await asyncio.to_thread(ask)  # may look up names
    return getproxies()
