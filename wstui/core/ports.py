"""What the screen may ask of the other rings. It knows nothing of them but these protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from wstui.core.entry import Kind

if TYPE_CHECKING:  # the app knows these protocols before its first frame, and waits for no more
    from wstui.core.connection import Connection
    from wstui.core.listener import Listener
    from wstui.core.options.connect import ConnectOptions
    from wstui.core.options.listen import ListenOptions
    from wstui.core.profiles import Book, Options
    from wstui.core.sending.outgoing import Cancelled
    from wstui.core.sending.plan import SendPlan
    from wstui.core.sending.raw_frame import RawFrame
    from wstui.core.serving.request import Accept, Reject

NOTHING_KEPT: Final = "Profiles cannot be kept here."


class Refused(Exception):
    """Something was asked that cannot be done; nothing went out. `str()` is a sentence why."""


class Pool(Protocol):
    """All connections of this run. Calls return at once; what comes of them is seen on the
    connections, and listeners are told of the rare facts (a change of state)."""

    @property
    def connections(self) -> Mapping[int, Connection]:
        """By id, in the order they were made; removed ones are gone."""
        ...

    def connect(self, options: ConnectOptions) -> Connection:
        """Begin to open a connection.

        Raises:
            Refused: the options are not valid; no id was used.
        """
        ...

    def unlock(self, id: int, passphrase: str) -> None:
        """Open the TLS key of this connection, and of others with the same, with `passphrase` from
        now on, until that proves wrong. It is kept for this run only.

        Raises:
            Refused: no such connection.
        """
        ...

    def send(self, id: int, payload: bytes, kind: Kind = Kind.TEXT) -> None:
        """Send one message of kind text or binary.

        Raises:
            Refused: no such connection, not open, the text is not UTF-8, or too much is queued.
        """
        ...

    async def broadcast(self, payload: bytes, kind: Kind = Kind.TEXT) -> list[int]:
        """Send one message to every open connection, in slices; the ids it was sent to.

        Raises:
            Refused: the text is not UTF-8.
        """
        ...

    async def carry_out(self, ids: Sequence[int], plan: SendPlan) -> list[int]:
        """Begin to send a message as `plan` says to each of these connections, apart from each
        other, behind what waits there; the ids of those where it was begun, in slices.

        How far it came is in `Connection.outgoing`; its end is an entry.

        Raises:
            Refused: the plan is not valid; or it is about one connection, which is not open or is
                still sending something else. Among several such a one is left out.
        """
        ...

    async def send_raw(self, ids: Sequence[int], frame: RawFrame) -> list[int]:
        """Send a frame made by hand, as it is; the ids of those it was sent to, in slices.

        Raises:
            Refused: as for `carry_out`.
        """
        ...

    def cancel(self, id: int) -> Cancelled:
        """Stop what is being sent and forget what waits. The rest of a message of which fragments
        went out goes out at once; frames handed to the transport cannot be taken back.

        Raises:
            Refused: no such connection, or not open.
        """
        ...

    def ping(self, id: int, payload: bytes | None = None) -> None:
        """Send a ping; None sends four bytes of our own.

        Raises:
            Refused: no such connection, not open, or over 125 bytes.
        """
        ...

    def pong(self, id: int, payload: bytes = b"") -> None:
        """Send an unsolicited pong.

        Raises:
            Refused: as for `ping`.
        """
        ...

    def close(self, id: int, code: int | None = 1000, reason: str = "") -> None:
        """Begin the closing handshake; while connecting, give up.

        `code` None sends a close frame without a body.

        Raises:
            Refused: no such connection, already closing or closed, or not to be sent.
        """
        ...

    def drop(self, id: int, *, reset: bool = False) -> None:
        """End TCP at once, without a close frame; while connecting, give up.

        By FIN, or with `reset` by a reset, which the peer meets as an error.

        Raises:
            Refused: no such connection, already closed, or no TCP that could be reset.
        """
        ...

    async def close_each(
        self, ids: Sequence[int], code: int | None = 1000, reason: str = ""
    ) -> list[int]:
        """`close` each of these, in slices; the ids of those that did not refuse.

        Raises:
            Refused: the code or the reason may not be sent.
        """
        ...

    async def drop_each(self, ids: Sequence[int], *, reset: bool = False) -> list[int]:
        """`drop` each of these, in slices; the ids of those that did not refuse."""
        ...

    def end_sending(self, id: int) -> None:
        """End our half of TCP without a close frame; what comes is still received.

        Raises:
            Refused: no such connection, not open, something waits to be sent, or TLS, which
                cannot end one direction alone.
        """
        ...

    def pause(self, id: int) -> None:
        """Read nothing more from a connection: the peer feels it when its sending blocks.

        Raises:
            Refused: no such connection, neither open nor closing, or paused already.
        """
        ...

    def read_on(self, id: int) -> None:
        """Read again.

        Raises:
            Refused: as for `pause`, or not paused.
        """
        ...

    def reconnect(self, id: int) -> None:
        """Open a connection again that has ended or waits, in place: same id, same transcript.

        Raises:
            Refused: no such connection, or it is being opened, open or closing.
        """
        ...

    def stop(self, id: int) -> None:
        """Give up opening a connection again, whether it waits for that or is at it.

        Raises:
            Refused: no such connection, or it is not being opened again.
        """
        ...

    def remove(self, id: int) -> None:
        """Forget a connection, or a listener with all its clients, and the transcripts, dropping
        first what lives.

        Raises:
            Refused: no such connection or listener.
        """
        ...

    # Listeners

    @property
    def listeners(self) -> Mapping[int, Listener]:
        """By id, in the order they were made; removed ones are gone."""
        ...

    def listen(self, options: ListenOptions) -> Listener:
        """Begin to listen. Each client that is accepted becomes a connection.

        Raises:
            Refused: the options are not valid; no id was used.
        """
        ...

    def stop_accepting(self, id: int) -> None:
        """Accept nobody further; the clients live on.

        Raises:
            Refused: no such listener, or it does not accept.
        """
        ...

    def accept_again(self, id: int) -> None:
        """Listen again, at the same address, where accepting was stopped.

        Raises:
            Refused: no such listener, or it listens, or has stopped.
        """
        ...

    def stop_listening(self, id: int, code: int | None = 1001, reason: str = "") -> None:
        """Close all clients of a listener, and end it.

        Raises:
            Refused: no such listener, it has ended, or the code or reason may not be sent.
        """
        ...

    def decide(self, id: int, decision: Accept | Reject) -> None:
        """Go on with a handshake that waits for the user's decision.

        Raises:
            Refused: no such connection, or it does not wait for one.
        """
        ...

    async def close_all(self, code: int = 1001, reason: str = "", timeout: float = 5.0) -> None:
        """Close every live connection, wait `timeout` seconds at most, and drop the rest."""
        ...

    def subscribe(self, listener: Callable[[Connection], None]) -> Callable[[], None]:
        """Call `listener` at each change of a connection's state; the result unsubscribes."""
        ...

    def watch(self, hear: Callable[[Listener], None]) -> Callable[[], None]:
        """Call `hear` at each change of the state of one of our listeners; the result ends that."""
        ...


class Profiles(Protocol):
    """The user's saved options. Each call may read or write a file: ask in a thread."""

    @property
    def place(self) -> str:
        """The file they are in, which need not exist; not safe for a terminal as it is."""
        ...

    def load(self) -> Book:
        """All profiles as they are now, and what is wrong with the file. Never fails."""
        ...

    def save(self, name: str, options: Options, *, replace: bool = False) -> Book:
        """Keep `options` under a name; what comes back is as by `load`.

        Raises:
            Refused: no such name can be, there is one already and it shall not be replaced, the
                options are not valid or hold a secret, or the file is broken or cannot be written.
        """
        ...

    def forget(self, name: str) -> Book:
        """Remove a profile; what comes back is as by `load`.

        Raises:
            Refused: there is none of that name, or the file is broken or cannot be written.
        """
        ...


class NoProfiles:
    """Where there is nothing to keep profiles in."""

    place = ""

    def load(self) -> Book:
        from wstui.core.profiles import EMPTY_BOOK

        return EMPTY_BOOK

    def save(self, name: str, options: Options, *, replace: bool = False) -> Book:
        raise Refused(NOTHING_KEPT)

    def forget(self, name: str) -> Book:
        raise Refused(NOTHING_KEPT)
