"""What is known of one connection: its state, its close, its failure, its transcript.

The net ring writes these facts, the screen reads them; nothing here does anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

from wstui.core.backoff import Retry
from wstui.core.handshake.redirects import Redirect
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.handshake.tls_faults import TlsFault
from wstui.core.options.connect import ConnectOptions, shown_parts
from wstui.core.peer import Peer
from wstui.core.round_trips import RoundTrips
from wstui.core.sending.outgoing import Outgoing
from wstui.core.transcript import Transcript

MOST_ATTEMPTS: Final = 6
"""Attempts to open a connection whose handshake or failure is kept; each may take `RAW_LIMIT`."""

RAW_LIMIT: Final = 128 << 10
"""Bytes kept of a handshake response as it came: 64 KiB of headers, and as much of a body."""


class State(enum.StrEnum):
    """States of a connection. The last two are final; `WAITING` is between two attempts."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"
    WAITING = "waiting"


class Step(enum.StrEnum):
    """Where opening a connection stands; the value completes “waiting for …”."""

    SECRETS = "the commands that print secrets"
    NAME = "the name look-up"
    TCP = "the TCP connection"
    UNIX = "the Unix socket"
    PROXY_TLS = "the TLS handshake with the proxy"
    PROXY = "the proxy's answer"
    TLS = "the TLS handshake"
    SENDING = "the body of the request to be taken"
    """Of a plain HTTP request with one."""
    HTTP = "the handshake response"
    BODY = "the body of the response"
    """Of a plain HTTP request."""
    DECISION = "your decision"
    """Of an accepted TCP connection: the user is asked whether to open it."""


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """Code and reason of a close frame. `code` None: the frame had no body (shown as 1005)."""

    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """How a connection ended, whole (RFC 6455 section 7.1)."""

    sent: CloseFrame | None
    """What this side sent; None when it sent no close frame."""
    received: CloseFrame | None
    """What the peer sent; None when it sent no close frame (shown as 1006)."""
    by_us: bool | None
    """Who began: True this side, False the peer, None when TCP just ended."""
    clean: bool
    """Whether both close frames were exchanged, and nothing broke the rules before TCP ended."""
    error: str | None = None
    """The error below it, as a sentence, if there was one; with a clean close, what TCP ended with
    after it. May hold remote text."""
    late: int = 0
    """Data messages that came in after our close frame went out."""
    half_ended: bool = False
    """Whether this side had ended its half of TCP before."""
    partner: str = "peer"
    """What the other side is called: `Connection.partner`."""


class FailureKind(enum.StrEnum):
    """Why a connection could not be opened."""

    OPTIONS = "options"
    SECRETS = "secrets"
    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LOCAL_ADDRESS = "local-address"
    UNIX = "unix"
    PROXY_AUTH = "proxy-auth"
    PROXY_STATUS = "proxy-status"
    PROXY_REPLY = "proxy-reply"
    PROXY_ANSWER = "proxy-answer"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TLS_SETTING = "tls-setting"
    TLS = "tls"
    CERTIFICATE = "certificate"
    TLS_TO_PLAIN = "tls-to-plain"
    PLAIN_TO_TLS = "plain-to-tls"
    STATUS = "status"
    NOT_HTTP = "not-http"
    HANDSHAKE = "handshake"
    REDIRECT = "redirect"
    ENDED = "ended"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    """We did not accept the handshake of a client."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything known of why a connection could not be opened; `explain` turns it into words.

    All texts may come from the peer and are not safe for a terminal as they are.
    """

    kind: FailureKind
    message: str = ""
    """The error's own words."""
    host: str = ""
    port: int = 0
    step: Step | None = None
    """For a time-out: what was waited for."""
    timeout: float | None = None
    """For a time-out: seconds that were allowed."""
    status: int | None = None
    """HTTP status, when an HTTP response came."""
    status_text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Response headers in the order they came."""
    body: bytes = b""
    """The first 64 KiB of the response's body, or of what came instead of a response."""
    uri: str = ""
    """What was asked for, after redirects; may hold a password."""
    redirects: tuple[Redirect, ...] = ()
    """Those that were followed before."""
    raw_request: bytes = b""
    """The request as it went over the wire, up to its blank line; empty when none was sent."""
    raw_response: bytes = b""
    """What came for it, as it came: at most `RAW_LIMIT` bytes of headers and body."""
    proxy: str = ""
    """The proxy's uri without user and password; empty for a direct connection."""
    at_proxy: bool = False
    """Whether it is the proxy that host, port and the response belong to, not the server."""
    addresses: tuple[str, ...] = ()
    """What the name of the host was resolved to."""
    ip: str = "any"
    """Which addresses of it were asked for: ``any``, ``4`` or ``6``."""
    tls: TlsFacts | None = None
    """What is known of TLS with the server, or with the proxy where it failed there; None where it
    did not come to TLS."""
    fault: TlsFault | None = None
    """The setting of TLS that cannot be used; None when it was not that."""


@dataclass(slots=True)
class Reached:
    """How far an attempt to open a connection has come below HTTP. Written while it goes on."""

    proxy: str = ""
    """The proxy's uri without user and password; empty for a direct connection."""
    host: str = ""
    """Where the step is going on: the server, the proxy, or the path of a Unix socket."""
    port: int = 0
    """0 for a Unix socket."""
    at_proxy: bool = False
    """Whether that is the proxy."""
    addresses: tuple[str, ...] = ()
    """What the name of the host was resolved to, in the order in which they are tried; empty
    where there was none to look up."""
    answer: bytearray = field(default_factory=bytearray)
    """What an HTTP proxy has answered so far, at most its headers and 64 KiB of a body."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """The opening handshake as it was (RFC 6455 section 4)."""

    path: str = "/"
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    status_text: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    subprotocol: str | None = None
    """The subprotocol that the server chose; None when it chose none."""
    extensions: tuple[str, ...] = ()
    """The agreed extensions with their parameters, as the server wrote them."""
    is_subprotocol_ours: bool = True
    """Whether the subprotocol was offered, or none was chosen."""
    changed: tuple[str, ...] = ()
    """What differs in the request from an honest handshake; see `RequestHead`."""
    redirects: tuple[Redirect, ...] = ()
    """Those that were followed before."""
    raw_request: bytes = b""
    """The request as it went over the wire, up to its blank line."""
    raw_response: bytes = b""
    """The response as it came, up to its blank line; at most `RAW_LIMIT` bytes."""
    tls: TlsFacts | None = None
    """What was agreed with the server; None for a plain connection."""
    remote: str = ""
    """Address and port that were connected to: the proxy's, if there is one. The path of a Unix
    socket."""
    local: str = ""
    """Address and port on this side."""
    proxy: str = ""
    """The uri of the proxy it went through, without user and password; empty for none."""
    addresses: tuple[str, ...] = ()
    """What the name of the host, or of the proxy, was resolved to; empty for an IP address."""
    is_served: bool = False
    """Whether a client came to us with it; `remote` is then that client's address."""


@dataclass(slots=True, eq=False)
class Connection:
    """One connection of this run. It outlives its socket: closed ones keep their transcript."""

    id: int
    options: ConnectOptions
    transcript: Transcript
    created: float
    """Seconds since the epoch, as all times here."""
    state: State = State.CONNECTING
    step: Step = Step.TCP
    """Meaningful while connecting."""
    steps: list[tuple[Step, float]] = field(default_factory=list)
    """The steps of opening it, each with the time when it began; the last one ended when the
    connection was `opened`, or `ended` without that."""
    opened: float | None = None
    """When the handshake was done; None before."""
    ended: float | None = None
    """When it closed or failed; None before."""
    close_began: float | None = None
    """When the first close frame was sent or received; None before."""
    reached: Reached = field(default_factory=Reached)
    """How far the newest attempt to open it has come below HTTP."""
    handshake: Handshake = field(default_factory=Handshake)
    close: CloseRecord | None = None
    """Set once the state is closed."""
    failure: Failure | None = None
    """Set once the state is failed; kept, as `close` is, until it is open again."""
    retry: Retry | None = None
    """The attempt to open it again that is planned or under way; None for its first one, and once
    it is open."""
    outlook: str = ""
    """Why it is tried again, or not, as a sentence; empty where nobody wants that, and once it is
    open."""
    closes: dict[bool, CloseFrame] = field(default_factory=dict)
    """The close frames that went over the wire so far, by whether outgoing, in their order."""
    received_before: int | None = None
    """Data messages received when our close frame went out; None before."""
    half_ended: float | None = None
    """When this side ended its half of TCP; None while it can send."""
    is_paused: bool = False
    """Whether the user paused reading."""
    unread: int | None = None
    """Bytes that came in meanwhile, as far as the system takes them; None: it does not tell."""
    round_trips: RoundTrips = field(default_factory=RoundTrips)
    """How long pongs took to come, over all times that it was open."""
    attempts: dict[int, Handshake | Failure] = field(default_factory=dict)
    """What came of the last attempts to open it, `MOST_ATTEMPTS` at most, by the number of the
    entry that tells of it."""
    rtt: float | None = None
    """Last round-trip time in seconds; None before the first answered ping."""
    outgoing: Outgoing = field(default_factory=Outgoing)
    """What waits to be sent, and how far a plan of sending came."""
    resolved: ConnectOptions = field(init=False, repr=False)
    """The options with secrets in the places of references, as they were when it was last opened.
    For the net ring alone; what is shown, saved and used again are `options`."""
    redirects: tuple[Redirect, ...] = ()
    """Those that were followed when it was last opened; `resolved` leads to the last one's target.
    """
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What came into `resolved` and may not be shown."""
    decide_by: float | None = None
    """When the client is rejected that waits for the user's decision; None where none waits."""
    peer: Peer | None = None
    """The client of a connection that one of our listeners accepted; its `options` are then those
    with which that client, as far as can be told, connected. None where we are the client."""

    def __post_init__(self) -> None:
        self.resolved = self.options

    def remember(self, number: int, what: Handshake | Failure) -> None:
        """Keep what came of an attempt, of which entry `number` tells."""
        self.attempts[number] = what
        if len(self.attempts) > MOST_ATTEMPTS:
            del self.attempts[next(iter(self.attempts))]

    @property
    def name(self) -> str:
        """Host and port as typed, or those of the client: what the sidebar shows first."""
        if self.peer is not None:
            return self.peer.address
        parts = shown_parts(self.options.uri)
        return parts.netloc.rpartition("@")[2]

    @property
    def partner(self) -> str:
        """What the other side is called: the client, where we are the server, and else the peer."""
        return "peer" if self.peer is None else "client"

    @property
    def path(self) -> str:
        """Path and query of the uri, at least `/`."""
        parts = shown_parts(self.options.uri)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def begun(self) -> float:
        """When the newest attempt to open it began, or will begin while it waits."""
        return self.created if self.retry is None else self.retry.at

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN

    @property
    def is_live(self) -> bool:
        """Whether a socket, or the wish for one, stands behind it."""
        return self.state not in (State.CLOSED, State.FAILED)

    @property
    def can_reopen(self) -> bool:
        """Whether it can be opened in place now, since it has ended, or waits for that. What a
        client began, that client alone can open again."""
        ended = self.state in (State.CLOSED, State.FAILED, State.WAITING)
        return ended and self.peer is None

    @property
    def insecure(self) -> bool:
        """Whether TLS is used without checking whom it reaches; shown as long as it lives."""
        return bool(self.doubt)

    @property
    def doubt(self) -> str:
        """What TLS does not check of the server, in a word or two; empty for a plain connection."""
        return self.resolved.tls.doubt if self.resolved.secure else ""
