"""What binary payloads are called."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import zlib

import cbor2
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.decoders import sniff

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=40), inner),
    max_leaves=5,  # of each of the values of a map
)


def whole(payload: bytes) -> str:
    return sniff.describe(payload, len(payload))


def png(colour: int) -> bytes:
    header = struct.pack(">II5B", 64, 48, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header


JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\3\1\x22\0"
)
BSON = b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (png(6), "PNG 64×48 RGBA"),
        (png(99), "PNG 64×48"),
        (png(6)[:10], "PNG"),
        (JPEG, "JPEG 640×480"),
        (JPEG[:20], "JPEG"),
        (b"GIF89a" + struct.pack("<HH", 10, 20), "GIF 10×20"),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x3f\0\0\x1f\0\0", "WebP 64×32"),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f\x3f\xc0\x07\0", "WebP 64×32"),
        (b"RIFF\0\0\0\0WAVEfmt ", "WAVE audio"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF 1.7"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (zlib.compress(b"hello"), "zlib"),
        (bz2.compress(b"hello"), "bzip2"),
        (lzma.compress(b"hello"), "xz"),
        (b"\x28\xb5\x2f\xfd\x04\0", "zstd"),
        (b"OggS" + bytes(24) + b"OpusHead", "Ogg Opus"),
        (b"\0\0\0\x18ftypisom\0\0\2\0", "MP4 isom"),
        (b"\0\0\0\x18ftyp\x1b[2J\0\0\2\0", ""),
        (b"\0asm\1\0\0\0", "WebAssembly"),
        (b"\x7fELF\2\1\1", "ELF 64-bit"),
        (b"SQLite format 3\0\x10\0", "SQLite 3"),
        (BSON, "BSON"),
        (b"", ""),
        (b"\0", ""),
        (b"x\x9c not zlib at all", ""),
    ],
)
def test_formats_are_told_by_their_first_bytes(payload: bytes, words: str) -> None:
    """A payload is called by the name of its format, with the size of a picture."""
    assert whole(payload) == words


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ({"a": 1, "b": [True, None, 2.5], "c": {"d": "ü"}}, "map(3)"),
        ([1, {"a": 2}, [3]], "array(3)"),
        ({str(key): key for key in range(300)}, "map(300)"),
        (list(range(20)), "array(20)"),
    ],
)
def test_containers_are_counted(value: object, count: str) -> None:
    """A whole MessagePack or CBOR container is told with how many items it has."""
    assert whole(msgpack.packb(value)) == f"MessagePack {count}"
    assert whole(cbor2.dumps(value)) == f"CBOR {count}"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"\xd9\xd9\xf7\xa1\x61a\x01", "CBOR map(1)"),
        (b"\xbf\x61a\x9f\x01\x02\xff\xff", "CBOR map"),
        (b"\xbf\x61a\x7f\x61b\x61c\xff\xff", "CBOR map"),
        (b"\xa1\x61a\xc1\x1a\x51\x4b\x67\xb0", "CBOR map(1)"),
        (b"\xa1\x61a", ""),
        (b"\xa1\x61a\x01\x01", ""),
        (b"\xa1\x61\xff\x01", ""),
        (b"\xa1\xff\x01", ""),
        (b"\xa0", ""),
        (b"\x80", ""),
        (b"\xdf\xff\xff\xff\xff", ""),
        (b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", ""),
        (b"\x81" * 5000, ""),
    ],
)
def test_malformed_containers_are_not_named(payload: bytes, words: str) -> None:
    """Only what is well-formed to its last byte is called MessagePack or CBOR."""
    assert whole(payload) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}', "JSON"),
        (" [1, 2]\n", "JSON"),
        ("[red] alert", "UTF-8 text"),
        ('{"a": 1', "UTF-8 text"),
        ("grüße\n", "UTF-8 text"),
        ("12", ""),
        ("title \x1b]0;x\x07", ""),
        ("[" * 3000, "UTF-8 text"),
    ],
)
def test_text_in_binary_is_told(text: str, words: str) -> None:
    """Readable UTF-8 in a binary message is called text or JSON, with controls it is neither."""
    assert whole(text.encode()) == words


def test_a_cut_character_is_no_reason_to_deny_text() -> None:
    """The head of a long text may end within a character."""
    head = "größe".encode()[:3]
    assert sniff.describe(b"abc" + head, 1000) == "UTF-8 text"
    assert whole(b"abc" + head) == ""


def test_the_head_of_long_json_counts() -> None:
    """Long JSON is told by its beginning alone."""
    text = json.dumps([{"number": number} for number in range(1000)]).encode()
    assert sniff.describe(text[:100], len(text)) == "JSON"
    assert whole(text) == "JSON"


@given(st.binary(max_size=200), st.integers(0, 1 << 40))
def test_no_bytes_make_it_fail(head: bytes, size: int) -> None:
    """Whatever the bytes and whatever the size, there is an answer, safe to show."""
    assert sniff.describe(head, size).isprintable()


@given(
    st.sampled_from([png(6), JPEG, BSON, gzip.compress(b"x", mtime=0), b"RIFF1234WEBPVP8 "]),
    st.data(),
)
def test_no_cut_makes_it_fail(payload: bytes, data: st.DataObject) -> None:
    """A payload that ends anywhere within its header has an answer too."""
    cut = data.draw(st.integers(0, len(payload)))
    tail = data.draw(st.binary(max_size=20))
    assert whole(payload[:cut] + tail).isprintable()


@given(st.dictionaries(st.text(), JSON_VALUES, min_size=1, max_size=15))
def test_every_map_is_recognised(value: dict[str, object]) -> None:
    """Whatever a MessagePack or CBOR map with text keys holds, it is recognised."""
    assert whole(cbor2.dumps(value)) == f"CBOR map({len(value)})"
    try:
        packed = msgpack.packb(value)
    except OverflowError:
        return
    assert whole(packed) == f"MessagePack map({len(value)})"
