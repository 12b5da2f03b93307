"""Cases of WebSocket conformance suites, for either side of a connection that echoes.

Framing, pings, reserved bits, opcodes, fragmentation, UTF-8 and closing (RFC 6455): what is sent,
and what has to come back. Who plays the client masks.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.net.serving.raw_client import BINARY, CLOSE, PING, PONG, TEXT, Frame
from tests.net_support import frame

CONT = 0
RULES = 1002
"""Close code for what breaks the rules."""
NO_TEXT = 1007
"""Close code for text that is not UTF-8."""

GREETING = "Hello-µ@ßöäüàá-UTF-8!!".encode()

INVALID = {
    "a lone continuation": b"\x80",
    "a truncated character": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce",
    "a surrogate": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    "above U+10FFFF": b"\xf4\x90\x80\x80",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xf0\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF at the end": b"plain text\xff",
}

VALID = {
    "Greek": "κόσμε".encode(),
    "the first of each length": "\x00\u0080\u0800\U00010000".encode(),
    "the last of each length": "\x7f\u07ff\uffff\U0010ffff".encode(),
    "non-characters": "\ufffe\uffff\U0001fffe".encode(),
    "around surrogates": "\ud7ff\ue000\ufffd".encode(),
    "a byte order mark": "\ufeffa".encode(),
}

VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
INVALID_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
RESERVED_OPCODES = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
NAMES = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


@dataclass(frozen=True)
class Case:
    """What is sent to a peer that echoes, and how it has to answer."""

    sent: tuple[Frame, ...]
    """Where they neither close nor break a rule, a close frame with 1000 follows."""
    answers: tuple[Frame, ...] = ()
    """Its frames, but for the close frame at the end."""
    code: int | None = 1000
    """That of the close frame at the end; None: it has no code."""

    def data(self, mask: bytes | None = None) -> bytes:
        """What is sent, as bytes; a client's with a masking key."""
        frames = [*self.sent]
        if self.code == 1000 and not any(one.opcode == CLOSE for one in frames):
            frames.append(closing(1000))
        return b"".join(
            frame(one.opcode, one.payload, fin=one.fin, rsv=one.rsv, mask=mask) for one in frames
        )

    def judge(self, frames: Iterable[Frame]) -> None:
        """Fail unless these are the frames that the peer had to answer with."""
        *answers, last = frames
        assert tuple(answers) == self.answers
        assert last.opcode == CLOSE
        body = last.payload
        assert (int.from_bytes(body[:2], "big") if body else None) == self.code


def closing(code: int, reason: bytes = b"") -> Frame:
    """A close frame."""
    return Frame(CLOSE, code.to_bytes(2, "big") + reason)


def echoes(*sent: Frame) -> Case:
    """A case of which all comes back as it was sent."""
    return Case(sent, sent)


def pieces(opcode: int, *payloads: bytes) -> tuple[Frame, ...]:
    """A message in fragments."""
    last = len(payloads) - 1
    return tuple(
        Frame(CONT if at else opcode, one, fin=at == last) for at, one in enumerate(payloads)
    )


def framing() -> Iterator[tuple[str, Case]]:
    """Every way to state a length."""
    for opcode in (TEXT, BINARY):
        sizes = (0, 1, 125, 126, 127, 128, 65535, 65536, 300_000)
        yield f"{NAMES[opcode]} of all lengths", echoes(*(Frame(opcode, b"*" * n) for n in sizes))
    yield "all bytes as binary", echoes(Frame(BINARY, bytes(range(256)) * 300))


def control() -> Iterator[tuple[str, Case]]:
    """Pings, pongs, and control frames that must not be."""
    for payload in (b"", b"Hello", b"\x00\xff\xfe\xfd", bytes(125)):
        name = f"a ping of {len(payload)} bytes"
        yield name, Case((Frame(PING, payload),), (Frame(PONG, payload),))
    ten = [bytes((number,)) for number in range(10)]
    yield (
        "ten pings",
        Case(tuple(Frame(PING, one) for one in ten), tuple(Frame(PONG, one) for one in ten)),
    )
    yield (
        "pongs that nobody asked for",
        Case((Frame(PONG, b"?"), Frame(PONG), Frame(PING, b"!")), (Frame(PONG, b"!"),)),
    )
    for opcode in (PING, PONG, CLOSE):
        yield f"a large {NAMES[opcode]}", Case((Frame(opcode, bytes(126)),), code=RULES)
        yield f"a {NAMES[opcode]} without FIN", Case((Frame(opcode, fin=False),), code=RULES)


def reserved() -> Iterator[tuple[str, Case]]:
    """Reserved bits and opcodes: what came before is answered, what comes behind is not."""
    before, behind = Frame(TEXT, b"ok"), (Frame(TEXT, b"late"), Frame(PING))
    for rsv in range(0x10, 0x80, 0x10):
        for opcode in (TEXT, BINARY, PING, CLOSE):
            bad = Frame(opcode, rsv=rsv)
            name = f"{NAMES[opcode]} with bits {rsv:#x}"
            yield name, Case((before, bad, *behind), (before,), RULES)
    for opcode in RESERVED_OPCODES:
        for payload in (b"", b"reserved"):
            bad = Frame(opcode, payload)
            name = f"opcode {opcode} and {len(payload)} bytes"
            yield name, Case((before, bad, *behind), (before,), RULES)


def fragmentation() -> Iterator[tuple[str, Case]]:
    """Messages in fragments, with control frames between them, and in a wrong order."""
    for opcode in (TEXT, BINARY):
        name = NAMES[opcode]
        a, empty, b = pieces(opcode, b"a", b"", b"b")
        yield (
            f"{name} in fragments with pings between",
            Case(
                (a, Frame(PING, b"1"), empty, Frame(PING, b"2"), b),
                (Frame(PONG, b"1"), Frame(PONG, b"2"), Frame(opcode, b"ab")),
            ),
        )
        yield f"{name} in empty fragments", Case(pieces(opcode, b"", b"", b""), (Frame(opcode),))
    many = pieces(BINARY, b"0", *[b"1"] * 9_998, b"2")
    yield "ten thousand fragments", Case(many, (Frame(BINARY, b"0" + b"1" * 9_998 + b"2"),))
    a, b = Frame(TEXT, b"a", fin=False), Frame(CONT, b"b")
    wrong = {
        "a continuation of nothing": (b,),
        "a fragment of nothing": (Frame(CONT, b"b", fin=False), Frame(TEXT, b"x")),
        "text in text": (a, Frame(TEXT, b"b")),
        "binary in text": (a, Frame(BINARY, b"b", fin=False)),
    }
    for name, sent in wrong.items():
        yield name, Case(sent, code=RULES)
    yield "a continuation behind", Case((a, b, b), (Frame(TEXT, b"ab"),), RULES)
    yield "a close frame within a message", Case((a, closing(1000)))


def texts() -> Iterator[tuple[str, Case]]:
    """UTF-8, whole and cut anywhere; what is none fails the connection as soon as it can be
    known."""
    for name, text in {**VALID, "a greeting": GREETING}.items():
        yield f"{name}", echoes(Frame(TEXT, text))
        cut = pieces(TEXT, *(text[at : at + 1] for at in range(len(text))), b"")
        yield f"{name}, byte by byte", Case(cut, (Frame(TEXT, text),))
    for name, text in INVALID.items():
        half = len(text) // 2
        yield name, Case((Frame(TEXT, text),), code=NO_TEXT)
        yield f"{name}, cut", Case(pieces(TEXT, text[:half], text[half:]), code=NO_TEXT)
    begun = pieces(TEXT, b"\xce\xba", b"\xf4\x90\x80\x80", b"never sent")[:2]
    yield "no text, before the message ends", Case(begun, code=NO_TEXT)


def closes() -> Iterator[tuple[str, Case]]:
    """Close frames, good and bad, and what comes behind them."""
    for code in VALID_CODES:
        yield f"closing with {code}", Case((closing(code, b"bye"),), code=code)
    for code in INVALID_CODES:
        yield f"closing with {code}, which must not be", Case((closing(code),), code=RULES)
    bodies: dict[str, tuple[bytes, int | None]] = {
        "no body": (b"", None),
        "half a code": (b"\x03", RULES),
        "no reason": (b"\x03\xe8", 1000),
        "the longest reason": (b"\x03\xe8" + b"*" * 123, 1000),
        "a reason that is no text": (b"\x03\xe8\xce\xba\xe1\xbd\xb9\xed\xa0\x80", NO_TEXT),
    }
    for name, (body, answer) in bodies.items():
        yield f"closing with {name}", Case((Frame(CLOSE, body),), code=answer)
    for late in (Frame(TEXT, b"late"), Frame(PING, b"late"), closing(1000)):
        yield f"{NAMES[late.opcode]} behind a close frame", Case((closing(1000), late))


FAMILIES: tuple[Callable[[], Iterator[tuple[str, Case]]], ...] = (
    *(framing, control, reserved, fragmentation, texts, closes),
)

CASES = {name: case for family in FAMILIES for name, case in family()}


class Compression:
    """One direction of permessage-deflate as RFC 7692 has it, from its parameters."""

    def __init__(self, parameters: str, sender: str) -> None:
        """`sender` is `server` or `client`."""
        self._resets = f"{sender}_no_context_takeover" in parameters
        _, found, bits = parameters.partition(f"{sender}_max_window_bits=")
        self._bits = int(bits.partition(";")[0]) if found else 15
        self._begin()

    def _begin(self) -> None:
        self._compressor = zlib.compressobj(wbits=-max(self._bits, 9))
        self._decompressor = zlib.decompressobj(wbits=-self._bits)

    def compress(self, payload: bytes) -> bytes:
        """A message as it goes into frames."""
        if self._resets:
            self._begin()
        data = self._compressor.compress(payload) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return data.removesuffix(b"\x00\x00\xff\xff")

    def decompress(self, data: bytes) -> bytes:
        """A message as it was."""
        if self._resets:
            self._begin()
        return self._decompressor.decompress(data + b"\x00\x00\xff\xff")


def compressible() -> list[bytes]:
    """Messages by which a window that is too large, or a context that is kept, would be seen."""
    block = random.Random(5).randbytes(300)
    return [b"", b"short", block, block, block + bytes(3000) + block, bytes(100_000)]
