"""The tap: every frame of both directions, as it went over the wire, into the transcript.

`TappedProtocol` is the library's sans-I/O protocol with a look at each frame it parses and each it
writes, the automatic ones too. What frames mean for the connection stays the library's matter;
whole data frames that `fastpath` takes never come here.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Final, Protocol

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as SansIO
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wstui.core.connection import CloseFrame, Connection
from wstui.core.entry import EventName, Fragment, Kind, LocalEvent
from wstui.core.sending.raw_frame import RawFrame
from wstui.net.aftermath import Aftermath
from wstui.net.asking import AskingProtocol
from wstui.net.frame_header import payload_of, read_header
from wstui.net.frame_reader import HEAD, FrameReader

MAX_FRAGMENTS: Final = 1 << 20
"""Frames that one message may have. `websockets` stops at 4,096 where it assembles messages; we
assemble ourselves, and bound only what an endless run of empty fragments could take."""

MAX_PINGS: Final = 1024
"""Pings whose pong is waited for; older ones are given up."""

MOST_COMPRESSED: Final = 128 << 10
"""Bytes of the largest message that is sent compressed, which takes up to 15 milliseconds where it
hardly can be; a larger one would hold up the loop. Each message may be sent as it is (RFC 7692
section 6)."""

Payload = bytes | bytearray | memoryview


class Watcher(Protocol):
    """Who is told when the closing handshake begins."""

    def closing(self) -> None: ...


class Nobody:
    """Is told when there is nobody else."""

    def closing(self) -> None:
        """Of no interest."""


NOBODY: Final = Nobody()


Heard = Callable[[bytes | bytearray, Sequence[Payload]], None]
"""Takes messages that came together: for each the flags of its entry, and its payload, neither of
which changes any more."""


@dataclass(slots=True)
class Assembly:
    """A message whose frame with FIN has not yet come."""

    kind: Kind
    compressed: bool
    payload: bytearray = field(default_factory=bytearray)
    fragments: list[Fragment] = field(default_factory=list)
    utf8: codecs.IncrementalDecoder | None = None


class Recorder:
    """Writes what a connection's wire carried into its transcript."""

    def __init__(self, connection: Connection, watcher: Watcher) -> None:
        self.connection = connection
        self.transcript = connection.transcript
        self.watcher = watcher
        self._assemblies: dict[bool, Assembly] = {}  # by outgoing
        self._pings: dict[bytes, float] = {}  # payload -> sent, in seconds of perf_counter
        self.closes: dict[bool, CloseFrame] = {}
        """The close frames that went over the wire, by whether outgoing, in their order."""
        connection.closes = self.closes
        self.heartbeat: bytes | None = None
        """The payload, this very object, that is a heartbeat; None: there is none."""
        self.heard: Heard | None = None
        """Who gets each message received, once it is recorded; None: nobody."""

    def part(self) -> None:
        """Nothing further happens on the wire: let go of those who were told."""
        self.heard = None
        self.watcher = NOBODY

    def event(self, name: EventName, text: str, **detail: object) -> int:
        """Record a local event now; the number of its entry."""
        return self.transcript.append_event(LocalEvent(name, text, detail), time())

    def frame(self, frame: Frame, head: int, wire: int, *, outgoing: bool) -> None:
        """Record one frame. `head` is its first byte on the wire, `wire` all its bytes."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._data_frame(frame, bool(head & 0x40), wire, outgoing)
            return
        kind = Kind(frame.opcode)
        payload = bytes(frame.data)
        rtt = None
        if kind is Kind.PING and outgoing:
            self._pings.setdefault(payload, perf_counter())
            if len(self._pings) > MAX_PINGS:
                del self._pings[next(iter(self._pings))]
        elif kind is Kind.PONG and not outgoing:
            rtt = self._answered(payload)
        elif kind is Kind.CLOSE:  # nothing comes after it, so a begun message stays unfinished
            self._finish(outgoing, incomplete=True)
            self.closes.setdefault(outgoing, read_close(payload))
        self.transcript.append(kind, payload, time(), outgoing=outgoing, wire=wire, rtt=rtt)
        if kind is Kind.CLOSE:
            if outgoing:
                self.connection.received_before = self.transcript.received
                self.transcript.late.begin(len(self.transcript))
            self.watcher.closing()

    def raw(self, frame: RawFrame, data: bytes) -> None:
        """Record a frame made by hand, as the bytes it went out as.

        A close frame counts as ours, so that it is known who began when the peer answers it.
        """
        self.transcript.append(Kind.RAW, data, time(), outgoing=True, wire=len(data))
        if frame.opcode == Kind.CLOSE:
            self.closes.setdefault(True, read_close(frame.payload))

    def _answered(self, payload: bytes) -> float | None:
        """Round-trip time of the ping that this pong answers; None for an unsolicited one.

        A pong answers all pings before its own, too (RFC 6455 section 5.5.3).
        """
        if payload not in self._pings:
            return None
        for ping in list(self._pings):
            sent = self._pings.pop(ping)
            if ping == payload:
                self.connection.rtt = perf_counter() - sent
                self.connection.round_trips.add(self.connection.rtt)
                return self.connection.rtt
        raise AssertionError("a ping that is there was not found")

    def _data_frame(self, frame: Frame, rsv1: bool, wire: int, outgoing: bool) -> None:
        assembly = self._assemblies.get(outgoing)
        if frame.opcode is not Opcode.CONT:
            if assembly is not None:  # breaks RFC 6455 section 5.4; the library fails it next
                self._finish(outgoing, incomplete=True)
                if not outgoing:
                    self.heard = None
            kind = Kind(frame.opcode)
            if frame.fin:
                now = time()
                payload = bytes(frame.data)
                self.transcript.append(
                    kind,
                    payload,
                    now,
                    outgoing=outgoing,
                    compressed=rsv1,
                    heartbeat=outgoing and frame.data is self.heartbeat,
                    wire=wire,
                )
                if kind is Kind.TEXT and not outgoing:
                    payload.decode()  # a UnicodeDecodeError fails the connection with 1007
                if self.heard is not None and not outgoing:
                    self.heard(bytes((kind,)), (payload,))
                return
            assembly = Assembly(kind, rsv1)
            if kind is Kind.TEXT and not outgoing:
                assembly.utf8 = codecs.getincrementaldecoder("utf-8")()
            self._assemblies[outgoing] = assembly
        elif assembly is None:
            return  # a continuation of nothing: the library fails the connection next
        self._continue(assembly, frame, rsv1, wire, outgoing)

    def _continue(
        self, assembly: Assembly, frame: Frame, rsv1: bool, wire: int, outgoing: bool
    ) -> None:
        assembly.payload += frame.data
        assembly.fragments.append(
            Fragment(time(), frame.opcode, frame.fin, rsv1, outgoing, len(frame.data), wire)
        )
        if assembly.utf8 is not None:
            try:
                assembly.utf8.decode(bytes(frame.data), final=frame.fin)
            except UnicodeDecodeError:
                self.heard = None  # it is no message, and none will follow
                self._finish(outgoing, incomplete=not frame.fin)
                raise
        if frame.fin:
            self._finish(outgoing)
        elif len(assembly.fragments) >= MAX_FRAGMENTS:
            self._finish(outgoing, incomplete=True)
            raise FragmentLimitExceeded

    def _finish(self, outgoing: bool, *, incomplete: bool = False) -> None:
        assembly = self._assemblies.pop(outgoing, None)
        if assembly is None:
            return
        self.transcript.append(
            assembly.kind,
            assembly.payload,
            time(),
            outgoing=outgoing,
            compressed=assembly.compressed,
            incomplete=incomplete,
            fragments=assembly.fragments,
        )
        if self.heard is not None and not (outgoing or incomplete):
            self.heard(bytes((assembly.kind,)), (assembly.payload,))

    def abandon(self) -> None:
        """Record what had come of a message; the connection is failed, and no more is read."""
        self._finish(False, incomplete=True)

    def late_close(self, payload: bytes, wire: int) -> None:
        """Record a close frame that came after the connection was failed."""
        self.closes.setdefault(False, read_close(payload))
        self.transcript.append(Kind.CLOSE, payload, time(), outgoing=False, wire=wire)

    def unfinished(self, data: bytes) -> None:
        """Record what had come of a frame and of a message when TCP ended. `data` is raw."""
        part = read_header(data)
        assembly = self._assemblies.get(False)
        deflated = assembly is not None and assembly.compressed
        if (
            part is not None
            and not part.rsv1
            and not deflated
            and part.opcode in (0, Kind.TEXT, Kind.BINARY)
        ):
            payload = payload_of(data, part)
            if assembly is None and part.opcode:
                assembly = Assembly(Kind(part.opcode), False)
                self._assemblies[False] = assembly
            if assembly is not None:
                assembly.payload += payload
                assembly.fragments.append(
                    Fragment(
                        time(), part.opcode, part.fin, False, part.masked, len(payload), len(data)
                    )
                )
                data = b""
        for outgoing in (False, True):
            self._finish(outgoing, incomplete=True)
        if data:
            text = f"TCP ended inside a frame, {len(data)} bytes after its beginning"
            self.event(EventName.ERROR, text, frame=data[:HEAD].hex(" "))


def read_close(payload: bytes) -> CloseFrame:
    """Code and reason of a close frame as far as they can be read, valid or not."""
    if len(payload) < 2:
        return CloseFrame(None, "")
    return CloseFrame(int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace"))


class FragmentLimitExceeded(Exception):
    """A message has more frames than `MAX_FRAGMENTS`."""


class Tapped(SansIO):
    """The library's protocol of either side, with the recorder looking on."""

    __slots__ = ("congested", "frames", "recorder")  # as in `Wire`

    recorder: Recorder
    frames: FrameReader
    congested: Callable[[], bool]
    """Whether so much waits to be sent that a peer's pings are not all answered."""
    owed: bytes | None = None
    """Payload of the newest ping that was not answered for that; None when there is none."""
    taken = 1 << 62
    """Bytes that the fast path took of a frame for which it failed the connection: all, mostly."""
    answers_pings = True
    """Whether pings are answered."""
    is_mute = False
    """Whether our half of TCP was ended: nothing goes out any more."""
    _answering = False

    @property
    def is_listening(self) -> bool:
        """Whether messages may still come: the peer has not closed, and nothing failed the
        connection. Who was sent our close frame may have some on the way (RFC 6455 section
        5.5.1)."""
        if self.state is State.OPEN:
            return True
        is_well = self.frames.aftermath is None and self.parser_exc is None
        return self.state is State.CLOSING and self.close_rcvd is None and is_well

    def parse(self) -> Generator[None]:
        # The library makes its reader before it first runs this generator, and asks for
        # self.reader each time: here, before any byte came, is the place to put ours.
        self.reader = self.frames = FrameReader()
        yield from super().parse()

    def recv_frame(self, frame: Frame) -> None:
        # Recorded first, so that a ping stands before the pong that answers it.
        try:
            self.recorder.frame(frame, self.frames.head[0], self.frames.wire, outgoing=False)
        except FragmentLimitExceeded:
            self.fail(1009, f"message in more than {MAX_FRAGMENTS:,} frames")
            return
        if frame.opcode is Opcode.CLOSE:
            # Control frames may come between fragments (RFC 6455 section 5.4), and the last thing
            # that is wanted from a peer is another fragment: the library calls this an error.
            self.current_size = None
        self._answering = frame.opcode is Opcode.PING
        super().recv_frame(frame)
        self._answering = False
        self.frames.next_frame()

    def send_frame(self, frame: Frame) -> None:
        if self.is_mute or (self._answering and not self.answers_pings):
            return
        if self._answering and self.congested():
            # A pong may answer the newest ping alone (RFC 6455 section 5.5.3). A peer that pings
            # and reads nothing would otherwise fill our memory with pongs.
            self.owed = bytes(frame.data)
            return
        if frame.opcode is Opcode.PONG:
            self.owed = None
        extensions = self.extensions
        # Fragments are as large on the wire as they were asked to be.
        if len(frame.data) > MOST_COMPRESSED or not frame.fin or frame.opcode is Opcode.CONT:
            self.extensions = []
        super().send_frame(frame)
        self.extensions = extensions
        wire = self.writes[-1]
        self.recorder.frame(frame, wire[0], len(wire), outgoing=True)

    def send_raw(self, frame: RawFrame, data: bytes) -> None:
        """Send a frame made by hand, which is `data` on the wire. The library knows nothing of
        it."""
        self.writes.append(data)
        self.recorder.raw(frame, data)

    def fail(self, code: int, reason: str = "") -> None:
        if code == 1006:  # TCP ended: what was begun ends with it
            self.recorder.unfinished(bytes(self.frames.head + self.reader.buffer))
        else:
            if self.is_mute:  # no close frame will tell of it
                self.recorder.watcher.closing()
            detail: dict[str, object] = {"code": code}
            if code in (1002, 1007, 1009) and self.frames.head:  # a frame broke the rules
                detail["frame"] = bytes(self.frames.head).hex(" ")
            self.recorder.abandon()
            self.recorder.event(EventName.ERROR, reason or "failed", **detail)
            head, consumed = bytes(self.frames.head), self.frames.wire or self.taken
            self.frames.aftermath = Aftermath(
                head, consumed, self.recorder.late_close, masked=self.side is SERVER
            )
        super().fail(code, reason)


class TappedProtocol(Tapped, AskingProtocol):
    """The client's side."""

    def send_request(self, request: Request) -> None:
        super().send_request(request)
        if self.asked.head.changed:
            words = ", ".join(self.asked.head.changed)
            self.recorder.event(EventName.NOTE, f"Handshake changed on purpose: {words}")


class TappedServer(Tapped, ServerProtocol):
    """The server's side."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        return None  # it is chosen later, when it is decided that the handshake goes on

    def choose(
        self, response: Response, subprotocol: str | None, headers: Sequence[tuple[str, str]]
    ) -> None:
        """Agree on `subprotocol`, None being none, and add `headers` to the response."""
        if subprotocol is not None:
            self.subprotocol = Subprotocol(subprotocol)
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        for name, value in headers:
            if name.lower() in ("date", "server") and name in response.headers:
                del response.headers[name]  # it is instead of ours
            response.headers[name] = value
