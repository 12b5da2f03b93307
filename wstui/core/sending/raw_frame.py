"""Frames made by hand, to test how the other side takes what breaks the rules.

Owns their bytes, which rules of RFC 6455 they break, and the words they are written in
(``text nofin rsv1 unmasked len=200 DE AD``). Sending them is the net ring's matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from wstui.core import close_codes
from wstui.core.entry import Fragment
from wstui.core.hex_input import HexError, parse_hex

OPCODES: Final = {"cont": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
"""The opcodes that have a meaning (RFC 6455 section 5.2)."""

NAMES: Final = {opcode: name for name, opcode in OPCODES.items()} | {0: "continuation"}

MAX_CONTROL: Final = 125
"""Bytes of payload in a control frame (RFC 6455 section 5.5)."""

LENGTH_LIMITS: Final = {7: 125, 16: 0xFFFF, 64: 0xFFFF_FFFF_FFFF_FFFF}
"""The highest number that a length field of so many bits states."""

MAX_PAYLOAD: Final = 1 << 16
"""Bytes of payload in a frame made by hand: the first number that needs 64 bits. Rows show such
frames by looking at them whole."""


class Broken(NamedTuple):
    """A rule that a frame breaks, in a word or two and in a sentence."""

    short: str
    sentence: str


class RawFrameError(ValueError):
    """A text is no frame. `field` is the part that is wrong, `position` where in the text."""

    def __init__(self, field: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.field = field
        self.position = position


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One frame (RFC 6455 section 5.2), whatever the rules say of it."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    """RSV1, RSV2 and RSV3 as the bits 4, 2 and 1."""
    masked: bool | None = None
    """None: as the side that sends it has to (section 5.1), a client with a mask, a server without.
    """
    mask: bytes | None = None
    """The masking key, four bytes; None: a new one. Means nothing when it is not masked."""
    length: int | None = None
    """What the header states; None: the truth."""
    bits: int | None = None
    """Width of the length field, 7, 16 or 64; None: the shortest that will do."""

    @property
    def stated(self) -> int:
        """The number of bytes that the header states."""
        return len(self.payload) if self.length is None else self.length

    @property
    def is_control(self) -> bool:
        """Whether the opcode is one of a control frame, reserved ones included."""
        return self.opcode >= 8

    def encode(self, key: bytes, *, client: bool = True) -> bytes:
        """The frame as it goes over the wire, from a client or from a server; `key` masks it where
        no key was chosen."""
        is_masked = client if self.masked is None else self.masked
        stated = self.stated
        bits = self.bits or shortest(stated)
        second = stated if bits == 7 else 126 if bits == 16 else 127
        head = bytes(
            ((0x80 if self.fin else 0) | self.rsv << 4 | self.opcode, second | is_masked << 7)
        )
        if bits > 7:
            head += stated.to_bytes(bits // 8, "big")
        if not is_masked:
            return head + self.payload
        key = key if self.mask is None else self.mask
        return head + key + masked(self.payload, key)

    def broken(self, *, compression: bool = False, client: bool = True) -> list[Broken]:
        """The rules that it breaks when a client, or else a server, sends it; `compression`: it was
        agreed on."""
        found = _broken_bits(self, compression)
        found += _broken_mask(self, client)
        found += _broken_length(self)
        if self.is_control and not self.fin:
            found.append(Broken("fragmented control", "A control frame has FIN (5.5)."))
        if self.is_control and self.stated > MAX_CONTROL:
            words = f"A control frame holds at most {MAX_CONTROL} bytes (5.5)."
            found.append(Broken("long control", words))
        if self.opcode == OPCODES["text"] and self.fin and not self.rsv & 4 and _is_no_text(self):
            found.append(Broken("no UTF-8", "Text is UTF-8 (5.6); the answer is 1007."))
        if self.opcode == OPCODES["close"]:
            found += _broken_close(self.payload)
        return found

    def consequences(self) -> list[str]:
        """What else follows from sending it, in sentences; the library does not know of it."""
        found = []
        if self.opcode == OPCODES["close"]:
            found.append("The peer answers with its close frame, and the connection ends.")
        elif not self.is_control and not self.fin:
            found.append("Until a raw continuation with FIN, every message breaks the rules.")
        elif self.opcode == OPCODES["cont"]:
            found.append("It continues a message that a raw frame without FIN began.")
        if self.length is not None and self.length > len(self.payload):
            found.append("What is sent next is taken for its missing bytes.")
        elif self.length is not None and self.length < len(self.payload):
            found.append("The bytes beyond the length are taken for another frame.")
        return found


def shortest(length: int) -> int:
    """Bits of the shortest length field for `length`, the only one allowed."""
    return next(bits for bits, limit in LENGTH_LIMITS.items() if length <= limit)


def masked(data: bytes, key: bytes) -> bytes:
    """`data` masked with `key`, or unmasked again (RFC 6455 section 5.3)."""
    size = len(data)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def decode(data: bytes) -> RawFrame:
    """The frame that `encode` made `data` from: all that follows the header is its payload.

    It takes any bytes; those that a header lacks are read as 0.
    """
    first, second = data[:2].ljust(2, b"\0")
    stated, at, bits = second & 0x7F, 2, 7
    if stated > 125:
        bits = 16 if stated == 126 else 64
        at += bits // 8
        stated = int.from_bytes(data[2:at].ljust(bits // 8, b"\0"), "big")
    is_masked = bool(second & 0x80)
    begin = at + 4 if is_masked else at
    key = data[at:begin].ljust(4, b"\0") if is_masked else None
    payload = data[begin:]
    return RawFrame(
        opcode=first & 0x0F,
        payload=masked(payload, key) if key else payload,
        fin=bool(first & 0x80),
        rsv=first >> 4 & 7,
        masked=is_masked,
        mask=key,
        length=stated if stated != len(payload) else None,
        bits=bits if bits != shortest(stated) else None,
    )


def fragment(data: bytes, time: float) -> Fragment:
    """The frame that is `data` on the wire, as a frame of a message."""
    frame = decode(data)
    rsv1, masks, size = bool(frame.rsv & 4), bool(frame.masked), len(frame.payload)
    return Fragment(time, frame.opcode, frame.fin, rsv1, masks, size, len(data))


def header_words(frame: RawFrame) -> list[str]:
    """The header in a few words each, such as ``text``, ``FIN``, ``RSV1``, ``mask 37fa213d``."""
    words = [NAMES.get(frame.opcode, f"opcode {frame.opcode}"), "FIN" if frame.fin else "no FIN"]
    words += [f"RSV{number}" for number, bit in ((1, 4), (2, 2), (3, 1)) if frame.rsv & bit]
    words.append(f"mask {frame.mask.hex()}" if frame.mask else "not masked")
    if frame.length is not None:
        words.append(f"length says {frame.length:,}")
    if frame.bits is not None:
        words.append(f"in {frame.bits} bits")
    return words


def _broken_bits(frame: RawFrame, compression: bool) -> list[Broken]:
    found = []
    if frame.opcode not in OPCODES.values():
        words = f"Opcode {frame.opcode} is reserved (5.2)."
        found.append(Broken(f"opcode {frame.opcode}", words))
    for number, bit in ((1, 4), (2, 2), (3, 1)):
        begins = frame.opcode in (1, 2)
        if frame.rsv & bit and not (number == 1 and compression and begins):
            found.append(Broken(f"RSV{number}", f"Nobody agreed on what RSV{number} means (5.2)."))
    return found


def _broken_mask(frame: RawFrame, client: bool) -> list[Broken]:
    if frame.masked is None or frame.masked is client:
        return []
    if client:
        return [Broken("not masked", "A client masks every frame (5.1).")]
    return [Broken("masked", "A server masks no frame (5.1).")]


def _broken_length(frame: RawFrame) -> list[Broken]:
    found = []
    if frame.length is not None and frame.length != len(frame.payload):
        words = f"The length says {frame.length:,} B, and {len(frame.payload):,} B follow (5.2)."
        found.append(Broken("wrong length", words))
    if frame.bits is not None and frame.bits > shortest(frame.stated):
        found.append(Broken("long length", "The shortest length field is used (5.2)."))
    if frame.stated >> 63:
        found.append(Broken("length over 63 bits", "The first bit of 64 is 0 (5.2)."))
    return found


def _is_no_text(frame: RawFrame) -> bool:
    try:
        frame.payload.decode()
    except UnicodeDecodeError:
        return True
    return False


def _broken_close(body: bytes) -> list[Broken]:
    if not body:
        return []
    if len(body) == 1:
        return [Broken("half a code", "A close code has two bytes (5.5.1).")]
    found = []
    code = int.from_bytes(body[:2], "big")
    if close_codes.refuse_code(code) is not None:
        found.append(Broken(f"code {code}", f"{code} may not be in a close frame (7.4)."))
    try:
        body[2:].decode()
    except UnicodeDecodeError:
        found.append(Broken("no UTF-8", "A reason is UTF-8 (5.5.1)."))
    return found


# As text


def parse_opcode(text: str) -> int:
    """An opcode from its name or number.

    Raises:
        RawFrameError: it is neither.
    """
    word = text.strip().lower()
    opcode = OPCODES.get("binary" if word == "bin" else word.removesuffix("inuation"))
    if opcode is None and word.isascii() and word.isdecimal() and len(word) <= 2:
        opcode = int(word)
    if opcode is None or opcode > 15:
        raise RawFrameError("opcode", f"Write a number from 0 to 15, or {', '.join(OPCODES)}.")
    return opcode


def parse_mask(text: str) -> tuple[bool | None, bytes | None]:
    """Whether to mask, and the key (None: a new one), from ``none``, ``random`` or four bytes;
    empty: as the side that sends it has to.

    Raises:
        RawFrameError: it is no such text.
    """
    word = text.strip().lower()
    if not word:
        return None, None
    if word == "random":
        return True, None
    if word == "none":
        return False, None
    try:
        key = parse_hex(word)
    except HexError:
        key = b""
    if len(key) != 4:
        raise RawFrameError("mask", "Write none, random, or a key of four bytes in hex.")
    return True, key


def parse_length(text: str) -> tuple[int | None, int | None]:
    """Stated length and bits of its field, from ``200``, ``200/64``, ``/16``; empty: the truth.

    Raises:
        RawFrameError: it is no such text, or the number does not fit.
    """
    number, _, width = (part.strip() for part in text.partition("/"))
    wrong = RawFrameError("length", "Write a number, with /7, /16 or /64 behind it if you like.")
    if width not in ("", "7", "16", "64") or not (number + width or not text.strip()):
        raise wrong
    if number and not (number.isascii() and number.isdecimal() and len(number) <= 20):
        raise wrong
    length, bits = int(number) if number else None, int(width) if width else None
    if length is not None and length > LENGTH_LIMITS[bits or 64]:
        raise RawFrameError(
            "length", f"{bits or 64} bits state at most {LENGTH_LIMITS[bits or 64]:,}."
        )
    return length, bits


def parse_rsv(text: str) -> int:
    """Reserved bits from ``100`` (RSV1), ``011`` (RSV2 and RSV3); empty: none.

    Raises:
        RawFrameError: these are not three binary digits.
    """
    word = text.strip()
    if not word:
        return 0
    if len(word) != 3 or set(word) - {"0", "1"}:
        raise RawFrameError("rsv", "Write three digits: 100 is RSV1, 010 RSV2, 001 RSV3.")
    return int(word, 2)


def check(frame: RawFrame) -> RawFrame:
    """`frame`, whose length field can state its length, and which is not too large.

    Raises:
        RawFrameError: it cannot, or it is.
    """
    if len(frame.payload) > MAX_PAYLOAD:
        raise RawFrameError("payload", f"A raw frame has at most {MAX_PAYLOAD:,} bytes of payload.")
    if frame.bits is not None and frame.stated > LENGTH_LIMITS[frame.bits]:
        words = f"{frame.bits} bits state at most {LENGTH_LIMITS[frame.bits]:,}."
        raise RawFrameError("length", words)
    return frame


def parse_frame(text: str) -> RawFrame:
    """A frame from ``<opcode> [words] [hex]``, with the words nofin, rsv1, rsv2, rsv3,
    masked, unmasked, mask=<key> and len=<n>.

    Raises:
        RawFrameError: it is no such text.
    """
    word, _, rest = text.partition(" ")
    at = len(word) + 1
    frame = RawFrame(parse_opcode(word))
    while rest:
        word, _, behind = rest.partition(" ")
        changed = _with_word(frame, word, at)
        if changed is None:
            break
        frame, rest, at = changed, behind, at + len(word) + 1
    try:
        payload = parse_hex(rest)
    except HexError as error:
        raise RawFrameError("payload", str(error), at + error.position) from error
    try:
        return check(replace(frame, payload=payload))
    except RawFrameError as error:
        position = at if error.field == "payload" else text.lower().find("len=")
        raise RawFrameError(error.field, str(error), position) from error


def _with_word(frame: RawFrame, word: str, at: int) -> RawFrame | None:
    """`frame` with what `word` says of it; None when the payload begins."""
    name, equals, value = word.lower().partition("=")
    try:
        match name:
            case "" | "fin" if not equals:
                return frame
            case "masked" if not equals:
                return replace(frame, masked=True)
            case "nofin":
                return replace(frame, fin=False)
            case "rsv1" | "rsv2" | "rsv3":
                return replace(frame, rsv=frame.rsv | 8 >> int(name[3]))
            case "unmasked":
                return replace(frame, masked=False, mask=None)
            case "mask" if equals:
                is_masked, key = parse_mask(value)
                return replace(frame, masked=is_masked, mask=key)
            case "len" if equals:
                length, bits = parse_length(value)
                return replace(frame, length=length, bits=bits)
    except RawFrameError as error:
        raise RawFrameError(error.field, str(error), at) from error
    return None
