"""Image headers: the size and colours of a picture, read from its first bytes.

Owns what the formats' headers say, in a few words each; no pixel is decoded. Which payloads are
looked at is `sniff`'s matter.
"""

from __future__ import annotations

from typing import Final

_PNG_COLOURS: Final = {0: "grey", 2: "RGB", 3: "palette", 4: "grey+alpha", 6: "RGBA"}


def png(head: bytes) -> str:
    """Size and colour type from the IHDR chunk (W3C PNG, section 11.2.1)."""
    if head[12:16] != b"IHDR" or len(head) < 26:
        return "PNG"
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return f"PNG {width}×{height} {_PNG_COLOURS.get(head[25], '')}".rstrip()


def gif(head: bytes) -> str:
    """Size of the logical screen (GIF89a, section 18)."""
    if len(head) < 10 or head[3:6] not in (b"87a", b"89a"):
        return ""
    return f"GIF {int.from_bytes(head[6:8], 'little')}×{int.from_bytes(head[8:10], 'little')}"


def jpeg(head: bytes) -> str:
    """Size from the first start-of-frame segment, if it is in `head` (ITU T.81, section B.2.2)."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(head[at + 5 : at + 7], "big")
            width = int.from_bytes(head[at + 7 : at + 9], "big")
            return f"JPEG {width}×{height}"
        at += 2 + max(2, int.from_bytes(head[at + 2 : at + 4], "big"))
    return "JPEG"


def webp(head: bytes) -> str:
    """Size from whichever of its three kinds of first chunk a WebP file has (RFC 9649)."""
    chunk = head[12:16]
    if chunk == b"VP8X" and len(head) >= 30:
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
    elif chunk == b"VP8L" and len(head) >= 25:
        packed = int.from_bytes(head[21:25], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    elif chunk == b"VP8 " and len(head) >= 30:
        width = int.from_bytes(head[26:28], "little") & 0x3FFF
        height = int.from_bytes(head[28:30], "little") & 0x3FFF
    else:
        return "WebP"
    return f"WebP {width}×{height}"
