"""Content codings taken off, in pieces."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.net.http.coding import PIECE, CodingError, decoder_for

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}
CODINGS = pytest.mark.parametrize("coding", PACK)


def decoded(coding: str, data: bytes, step: int) -> bytes:
    """All that comes of `data`, given `step` bytes at once."""
    decoder = decoder_for(coding)
    assert decoder is not None
    out = b"".join(
        piece for at in range(0, len(data), step) for piece in decoder.feed(data[at : at + step])
    )
    decoder.finish()
    return out


@CODINGS
@given(data=st.binary(max_size=300), step=st.integers(1, 40), times=st.integers(1, 900))
def test_what_was_put_on_comes_off(coding: str, data: bytes, step: int, times: int) -> None:
    """However the bytes are cut, whatever comes of them."""
    assert decoded(coding, PACK[coding](data * times), step) == data * times


@CODINGS
@given(data=st.binary(min_size=1, max_size=60))
def test_other_bytes_are_told(coding: str, data: bytes) -> None:
    """Nothing but this one error comes of what is not in the coding."""
    try:
        decoded(coding, data, 7)
    except CodingError as error:
        assert str(error)


@CODINGS
def test_an_end_too_early_is_told(coding: str) -> None:
    """What came before is there."""
    packed = PACK[coding](bytes(range(256)) * 20)
    with pytest.raises(CodingError, match="ends too early"):
        decoded(coding, packed[:-9], 1000)


def test_several_upon_each_other() -> None:
    """The last one that was put on comes off first; more than a few are not tried."""
    packed = brotli.compress(gzip.compress(b"hello"))
    assert decoded("gzip, br", packed, 3) == b"hello"
    assert decoder_for(", ".join(["gzip"] * 5)) is None
    assert decoder_for("zstd") is None
    assert decoded("identity", b"as it is", 3) == b"as it is"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_pieces_are_small(coding: str) -> None:
    """A few bytes may stand for gigabytes: they come one piece after the other."""
    packed = PACK[coding](bytes(8 << 20))
    decoder = decoder_for(coding)
    assert decoder is not None
    assert len(next(iter(decoder.feed(packed)))) <= 2 * PIECE


def test_padding_behind_gzip_is_no_part_of_it() -> None:
    """Some servers fill up with zeros; further members count."""
    assert decoded("gzip", gzip.compress(b"a") + gzip.compress(b"b") + bytes(20), 5) == b"ab"
