"""Options of a listener and their validation. Pure: what is valid here may still fail there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from wstui.core.handshake.headers import response_header_problem
from wstui.core.options.common import limit_problems, subprotocols_problems
from wstui.core.options.deflate import Deflate
from wstui.core.options.info import OptionError
from wstui.core.options.limits import Limits
from wstui.core.options.listen_tls import ListenTls
from wstui.core.options.pages import Pages
from wstui.core.options.rules import rules_problems
from wstui.core.options.secrets import reference_problems
from wstui.core.serving.address import ListenAddress, parse_address
from wstui.core.serving.behaviour import behaviour_problems


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """How to listen. Copied into the listener; a later change touches only later ones.

    Time-outs and intervals are in seconds, sizes in bytes; None switches a limit off.
    """

    address: str = "127.0.0.1:0"
    """Host and port, or a Unix socket, as `parse_address` reads it."""
    behaviours: tuple[str, ...] = ()
    """How messages are answered, by path, as lines that `parse_mount` reads; which of them holds
    is said by `find_mount`."""
    rules: tuple[str, ...] = ()
    """Who is accepted, as lines that `parse_rule` reads; the first that fits decides, and where
    none does, everybody is."""
    subprotocols: tuple[str, ...] = ()
    """Supported subprotocols, the most wanted first."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the handshake response, in order."""
    deflate: Deflate = field(default_factory=Deflate)
    """What is agreed to of permessage-deflate (RFC 7692)."""
    max_size: int | None = 64 << 20
    """Largest message accepted, after decompression; a larger one fails the connection, 1009."""
    open_timeout: float | None = 10.0
    """From TCP to the whole handshake request."""
    close_timeout: float | None = 10.0
    """For the client to answer our close frame."""
    ping_interval: float | None = 20.0
    """Between keepalive pings."""
    ping_timeout: float | None = 20.0
    """For the pong to a keepalive ping; over it the connection fails with 1011."""
    fast: bool = True
    """Whether whole data frames take the fast receive path."""
    tls: ListenTls = field(default_factory=ListenTls)
    """Whether and how TLS is spoken."""
    pages: Pages = field(default_factory=Pages)
    """What ordinary HTTP requests get."""
    limits: Limits = field(default_factory=Limits)
    """How many clients there may be, and what they may take."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found: list[OptionError] = []
        try:
            parse_address(self.address)
        except OptionError as error:
            found.append(error)
        found += behaviour_problems(self.behaviours)
        found += rules_problems(self.rules)
        found += subprotocols_problems(self.subprotocols)
        found += [one for one in map(response_header_problem, self.headers) if one is not None]
        found += limit_problems(self)
        found += self.deflate.problems()
        found += self.tls.problems()
        found += self.pages.problems()
        found += self.limits.problems()
        return [*found, *reference_problems(self)]

    @property
    def where(self) -> ListenAddress:
        """The address, read."""
        return parse_address(self.address)

    def with_address(self, address: str) -> ListenOptions:
        """The same options for another address."""
        return replace(self, address=address)
