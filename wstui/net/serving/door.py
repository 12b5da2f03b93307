"""A TCP connection that came to a listener, until it is a WebSocket connection or is gone.

Owns its bytes and the deadlines on them. Ordinary HTTP requests are answered one after the other;
one that asks for WebSocket is handed on, and so is the transport, in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

import h11

from wstui.core.serving.incoming import HEAD_LIMIT, IncomingHead, Trouble
from wstui.core.serving.request import Reject
from wstui.core.units import exact_seconds_text
from wstui.net.serving.exchange import Exchange
from wstui.net.serving.responses import rejection
from wstui.net.tcp import place_text

if TYPE_CHECKING:
    from wstui.net.serving.listening import Listening

IDLE: Final = 15.0
"""Seconds that a client may think about its next request on the same connection."""

BODY_TIME: Final = 30.0
"""Seconds for the body of a request."""

STALL: Final = 20.0
"""Seconds in which at least something of an answer must be taken."""

LINGER: Final = 2.0
"""Seconds that an answer has to be taken in, and TCP to be ended by the client. To end it while
bytes come would reset it, and take the answer along (RFC 9112 section 9.6)."""

MOST_REQUESTS: Final = 1000
"""Requests on one connection."""

STEP: Final = 16 << 10
"""Bytes that are looked at in one step."""


class Waiting(Protocol):
    """What waits for a decision about a handshake."""

    def gone(self) -> None:
        """TCP ended meanwhile."""


class Waiter(Protocol):
    """What becomes of a request that waits."""

    def gone(self) -> None:
        """TCP ended meanwhile."""


class Door(asyncio.Protocol):
    """Takes the requests of one who came."""

    transport: asyncio.Transport

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        """The listener that it came to."""
        self.address = ""
        """Where it comes from, as `Peer.address`."""
        self.waiting: Waiting | None = None
        """What waits for a decision about the handshake; None when nothing does."""
        self._head = IncomingHead()
        self._data = bytearray()  # came, and is not yet looked at
        self._exchange: Exchange | None = None
        self._requests = 0
        self._timer: asyncio.TimerHandle | None = None
        self._drain: asyncio.Future[None] | None = None
        self._can_write = True
        self._ended = False  # the client sends nothing more
        self._lingers = False
        self._is_done = False  # its story is told, or somebody else's
        self._idles = False  # the deadline is that of the next request's first byte
        self._left = 0  # bytes not yet taken when that was last looked at

    @property
    def has_ended(self) -> bool:
        """Whether the client ended its half of TCP."""
        return self._ended

    @property
    def is_last(self) -> bool:
        """Whether no further request is taken behind this one."""
        return self._requests >= MOST_REQUESTS

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.listening.came(self)
        self._wait(self.listening.listener.options.open_timeout, self._late)

    def data_received(self, data: bytes) -> None:
        if self._lingers:
            return
        self._data += data
        if len(self._data) > HEAD_LIMIT:
            self.transport.pause_reading()
        if self.waiting is None:
            self.go_on()

    def eof_received(self) -> bool:
        self._ended = True
        exchange = self._exchange
        # Who ends its own half may still want the answer. TLS has no halves.
        is_answered = exchange is not None and not exchange.wants_body
        can_stay = self.transport.get_extra_info("sslcontext") is None
        return can_stay and self.waiting is None and (is_answered or bool(self._data))

    def pause_writing(self) -> None:
        self._can_write = False
        if not self._lingers and self.waiting is None:
            self._watch_reader()

    def resume_writing(self) -> None:
        self._can_write = True
        if not self._lingers:
            self._stop_timer()
        if self._drain is not None:
            if not self._drain.done():  # as when its waiter was cancelled
                self._drain.set_result(None)
            self._drain = None
        elif self.waiting is None:
            self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.listening.left(self)
        if self._exchange is not None:
            self._exchange.cancel()
        if self.waiting is not None:
            self.waiting.gone()
        elif not self._is_done and self.listening.listener.is_live:
            self._tell_end()

    def _tell_end(self) -> None:
        """It ended by itself: say so, unless that is the usual end."""
        guests, data = self.listening.guests, bytes(self._head.data + self._data)
        if self._exchange is not None and not self._exchange.answered:
            guests.dropped(self.address, "it left before it was answered", kind="left")
        elif data:
            guests.troubled(self.address, "it left within its request", "left", data, None)
        elif not self._requests:
            guests.left(self.address)

    # Requests

    def go_on(self) -> None:
        """Deal with what came, as far as may be now, in turns that all who came share."""
        self.listening.governor.pump.wake(self)

    def step(self) -> bool:
        try:
            return self._step()
        except BaseException:
            self.transport.abort()  # as the loop does when dealing with a read fails
            raise

    def _step(self) -> bool:
        if self._is_done or self.transport.is_closing() or self._is_busy():
            return False
        if not self._data:
            self._rest()
            return False
        data = bytes(self._data[:STEP])
        del self._data[:STEP]
        if self._exchange is None:
            self._read_head(data)
        else:
            self._exchange.take(data)
            self._has_body()
        return True

    def _is_busy(self) -> bool:
        """Whether something has to be ended before more can be taken."""
        exchange = self._exchange
        if exchange is not None and exchange.answered:
            self._exchange = None
            self._data[:0] = exchange.rest
            if not exchange.keeps_alive:
                self.linger()
                return True
        elif exchange is not None and not exchange.wants_body:
            return True
        return self.waiting is not None or not self._can_write

    def _read_head(self, data: bytes) -> None:
        try:
            head = self._head.take(data)
            if head is not None:
                self._take(Exchange(self, self.listening.site, head))
        except Trouble as trouble:
            self._refuse(trouble)
        except h11.RemoteProtocolError as error:
            self._refuse(Trouble(str(error)))

    def _take(self, exchange: Exchange) -> None:
        """A whole head is there; what came behind it is with the reader."""
        head, self._head = self._head, IncomingHead()
        self._idles = True
        self._stop_timer()
        if exchange.is_upgrade:
            self.listening.asked(self, exchange.request.raw, bytes(head.data))
            return
        self._requests += 1
        self._exchange = exchange
        self._wait(BODY_TIME, self._body_late)
        exchange.begin(bytes(head.data))
        self._has_body()

    def _has_body(self) -> None:
        """The deadline on a body is over when all of it is there."""
        exchange = self._exchange
        if exchange is not None and not exchange.wants_body and self._can_write:
            self._stop_timer()

    def _rest(self) -> None:
        """All that came is dealt with."""
        if self._ended:
            self._tell_end()
            self.linger()
            return
        self.transport.resume_reading()
        if not self._requests or self._exchange is not None:
            return  # the deadline is the one of the first head, or of the body
        if not self._head.data:
            self._idles = True
            self._wait(IDLE, self._idle)
        elif self._idles:
            self._idles = False
            self._wait(self.listening.listener.options.open_timeout, self._late)

    def _refuse(self, trouble: Trouble) -> None:
        """Answer what is no request, and end."""
        data = bytes(self._head.data)
        self.listening.guests.troubled(
            self.address, str(trouble), trouble.kind, data, trouble.status
        )
        if trouble.status is None:
            self.answer(trouble.farewell)
        else:
            self.answer(rejection(Reject(trouble.status)))

    async def drained(self) -> None:
        """Wait until more may be written."""
        if not self._can_write:
            self._drain = asyncio.get_running_loop().create_future()
            await self._drain

    # Its end

    def answer(self, response: bytes) -> None:
        """Answer with these bytes, and end TCP."""
        if response and not self.transport.is_closing():
            self.transport.write(response)
        self.linger()

    def linger(self) -> None:
        """End our half of TCP, and give the client time to take what was written."""
        self._is_done = True
        if self._lingers or self.transport.is_closing():
            return
        self._lingers = True
        self._data.clear()
        self._left = self.transport.get_write_buffer_size()
        self._wait(LINGER, self._let_go)
        if self._ended or not self.transport.can_write_eof():
            self.transport.close()
            return
        try:
            self.transport.write_eof()
        except OSError:  # a reset came, of which asyncio has yet to hear
            self.transport.abort()
        else:
            self.transport.resume_reading()

    def drop(self, why: str) -> None:
        """End TCP at once, and say why in the listener's transcript."""
        self._is_done = True
        self.listening.guests.dropped(self.address, why)
        self.abort()

    def abort(self) -> None:
        """End TCP at once."""
        self.transport.abort()

    def leave(self) -> bytes:
        """The transport belongs to somebody else from now on; what came meanwhile."""
        self.waiting = None
        self._is_done = True
        self._stop_timer()
        self.listening.left(self)
        return bytes(self._data)

    # Deadlines

    def _wait(self, seconds: float | None, late: Callable[[], None]) -> None:
        self._stop_timer()
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        limit = self.listening.listener.options.open_timeout
        assert limit is not None
        within = exact_seconds_text(limit)
        if self._head.data:
            self._refuse(Trouble(f"its request was not whole within {within}", 408, "slow"))
        else:
            self._is_done = True
            self.listening.guests.dropped(
                self.address, f"it said nothing within {within}", kind="silence"
            )
            self.abort()

    def _idle(self) -> None:
        self._is_done = True
        self.linger()

    def _body_late(self) -> None:
        within = exact_seconds_text(BODY_TIME)
        self._refuse(Trouble(f"the body of its request was not whole within {within}", 408, "slow"))

    def _watch_reader(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        self._wait(STALL, self._stalled)

    def _stalled(self) -> None:
        if self.transport.get_write_buffer_size() < self._left:
            self._watch_reader()
        else:
            self.drop(f"it took nothing of the answer within {exact_seconds_text(STALL)}")

    def _let_go(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left and left < self._left:  # it still reads
            self._left = left
            self._wait(STALL, self._let_go)
        else:
            self.abort()


def peer_text(transport: asyncio.BaseTransport) -> str:
    """Address and port of who is at the other end; empty for a Unix socket."""
    return place_text(transport.get_extra_info("peername"))
