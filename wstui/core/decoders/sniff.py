"""What a binary payload seems to be, told from its first bytes in a few words.

Owns the magic numbers and the order in which formats are tried. A wrong answer is worse than
none: formats without a magic number count only when the whole payload fits them.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Callable
from typing import Final

from wstui.core.decoders import containers, images

HEAD: Final = 1 << 14
"""Bytes of a payload that are worth giving to `describe`."""

JSON_LIMIT: Final = 1 << 12
"""Characters up to which text is parsed to be sure that it is JSON."""

_BRAND: Final = re.compile(rb"[ -~]{4}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_JSON_START: Final = re.compile(
    r'[ \t\r\n]*(?:\{[ \t\r\n]*(?:["}]|$)|\[[ \t\r\n]*(?:["{\[\]]|-?[0-9]|true|false|null|$))'
)


def describe(head: bytes, size: int) -> str:
    """What a payload of `size` bytes that begins with `head` seems to be; empty when unknown.

    MessagePack and CBOR are told only when `head` is the whole payload, and that no longer than
    `HEAD`. The answer is safe to show. Never raises.
    """
    if not head:
        return ""
    for magic, name in _MAGICS.get(head[0], ()):
        if head.startswith(magic):
            found = name if isinstance(name, str) else name(head)
            if found:
                return found
    if head[4:8] == b"ftyp":
        return _mp4(head)
    whole = len(head) >= size
    text = text_format(head, whole=whole)
    if text:
        return text
    found = containers.bson(head, size)
    if not found and whole and size <= HEAD:
        found = containers.message_pack(head) or containers.cbor(head)
    return found


def text_format(head: bytes, *, whole: bool) -> str:
    """``JSON`` or ``UTF-8 text`` when `head` is readable text; else empty.

    `whole` tells that nothing follows; otherwise the last character may be cut in two.
    """
    try:
        text, _ = codecs.utf_8_decode(head, "strict", whole)
    except UnicodeDecodeError:
        return ""
    # A byte or two are text by chance too often.
    if len(text) < 3 or _CONTROL.search(text):
        return ""
    if _JSON_START.match(text) and (not whole or _is_json(text)):
        return "JSON"
    return "UTF-8 text"


def _is_json(text: str) -> bool:
    if len(text) > JSON_LIMIT:  # telling is not worth parsing all of it: the ends fit
        return text.rstrip()[-1:] in ("}", "]")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _zlib(head: bytes) -> str:
    """A zlib stream (RFC 1950): its checked header is common, so it must also inflate."""
    if len(head) < 8 or int.from_bytes(head[:2], "big") % 31:
        return ""
    try:
        zlib.decompressobj().decompress(head[:256], 1024)
    except zlib.error:
        return ""
    return "zlib"


def _riff(head: bytes) -> str:
    form = head[8:12]
    if form == b"WEBP":
        return images.webp(head)
    return {b"WAVE": "WAVE audio", b"AVI ": "AVI video"}.get(form, "")


def _ogg(head: bytes) -> str:
    if b"OpusHead" in head[:64]:
        return "Ogg Opus"
    return "Ogg Vorbis" if b"\x01vorbis" in head[:64] else "Ogg"


def _mp4(head: bytes) -> str:
    """An ISO media file (ISO 14496-12): the major brand follows ``ftyp``."""
    brand = head[8:12]
    if not _BRAND.fullmatch(brand):
        return ""
    name = brand.decode("ascii").strip()
    if name in ("avif", "heic", "mif1"):
        return {"avif": "AVIF"}.get(name, "HEIF")
    return f"MP4 {name}".rstrip()


def _pdf(head: bytes) -> str:
    version = re.match(rb"%PDF-(\d\.\d)", head)
    return f"PDF {version[1].decode('ascii')}" if version else ""


def _elf(head: bytes) -> str:
    return {1: "ELF 32-bit", 2: "ELF 64-bit"}.get(head[4], "ELF") if len(head) > 4 else "ELF"


def _java_class(head: bytes) -> str:
    return "Java class" if len(head) > 8 and head[6:8] >= b"\x00\x2d" else ""


_FORMATS: Final[tuple[tuple[bytes, str | Callable[[bytes], str]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", images.png),
    (b"\xff\xd8\xff", images.jpeg),
    (b"GIF8", images.gif),
    (b"RIFF", _riff),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"%PDF-", _pdf),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP, empty"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x78", _zlib),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"BZh", lambda head: "bzip2" if head[4:10] == b"1AY&SY" else ""),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"OggS", _ogg),
    (b"fLaC", "FLAC audio"),
    (b"ID3", lambda head: "MP3 audio" if head[3:4] in (b"\x02", b"\x03", b"\x04") else ""),
    (b"\x1aE\xdf\xa3", lambda head: "WebM" if b"webm" in head[:64] else "Matroska"),
    (b"\0asm", "WebAssembly"),
    (b"\x7fELF", _elf),
    (b"\xca\xfe\xba\xbe", _java_class),
    (b"SQLite format 3\0", "SQLite 3"),
    (b"ARROW1\0\0", "Arrow"),
    (b"PAR1", "Parquet"),
    (b"Obj\x01", "Avro"),
)

_MAGICS: Final[dict[int, list[tuple[bytes, str | Callable[[bytes], str]]]]] = {}
for _magic, _name in _FORMATS:
    _MAGICS.setdefault(_magic[0], []).append((_magic, _name))
