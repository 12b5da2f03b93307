"""Frames made by hand: their bytes, the rules they break, and the words they are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.net_support import frame as reference
from wstui.core.sending.raw_frame import (
    LENGTH_LIMITS,
    MAX_PAYLOAD,
    RawFrame,
    RawFrameError,
    check,
    decode,
    header_words,
    parse_frame,
    parse_length,
    parse_mask,
    parse_rsv,
)

KEY = bytes.fromhex("37fa213d")


@st.composite
def frames(draw: st.DrawFn) -> RawFrame:
    """Any frame that can be put into bytes, with a chosen key."""
    payload = draw(st.binary(max_size=300))
    bits = draw(st.sampled_from([None, 7, 16, 64]))
    length = draw(st.none() | st.integers(0, LENGTH_LIMITS[bits or 64]))
    masked = draw(st.booleans())
    made = RawFrame(
        draw(st.integers(0, 15)),
        payload,
        draw(st.booleans()),
        draw(st.integers(0, 7)),
        masked,
        KEY if masked else None,
        length,
        bits if len(payload) < 126 or length is not None or bits != 7 else 16,
    )
    return check(made)


@given(frames())
def test_bytes_tell_the_frame(made: RawFrame) -> None:
    """From its bytes a frame is read again, what it lies about included."""
    data = made.encode(b"")
    again = decode(data)
    assert again.encode(b"") == data
    assert (again.opcode, again.payload, again.fin) == (made.opcode, made.payload, made.fin)
    assert (again.rsv, again.masked, again.stated) == (made.rsv, made.masked, made.stated)
    assert again.broken() == made.broken()


@given(st.integers(0, 15), st.booleans(), st.binary(max_size=200), st.booleans())
def test_bytes_are_those_of_the_rfc(opcode: int, fin: bool, payload: bytes, masks: bool) -> None:
    """A frame is laid out as by the reference that tests build frames with."""
    made = RawFrame(opcode, payload, fin, masked=masks)
    assert made.encode(KEY) == reference(opcode, payload, fin=fin, mask=KEY if masks else None)


def test_example_of_the_rfc() -> None:
    """A masked Hello is the one of RFC 6455 section 5.7, and breaks nothing."""
    made = RawFrame(1, b"Hello")
    assert made.encode(KEY).hex() == "818537fa213d7f9f4d5158"
    assert made.broken() == []
    assert header_words(decode(made.encode(KEY))) == ["text", "FIN", "mask 37fa213d"]


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("3", ["opcode 3"]),
        ("text rsv1 rsv3 41", ["RSV1", "RSV3"]),
        ("text unmasked 41", ["not masked"]),
        ("ping nofin", ["fragmented control"]),
        ("text len=200 41", ["wrong length"]),
        ("text len=/16 41", ["long length"]),
        (f"text len={1 << 63}", ["wrong length", "length over 63 bits"]),
        ("text C3", ["no UTF-8"]),
        ("close 03", ["half a code"]),
        ("close 03 ed", ["code 1005"]),
        ("close 03 e8 ff", ["no UTF-8"]),
        ("pong" + " 00" * 126, ["long control"]),
        ("text nofin C3", []),
        ("cont 41", []),
        ("close", []),
        ("binary mask=00000000 len=1 00", []),
    ],
)
def test_broken_rules(words: str, broken: list[str]) -> None:
    """Each rule that a frame breaks is named, and none that it keeps."""
    assert [rule.short for rule in parse_frame(words).broken()] == broken


def test_rsv1_means_something_where_compression_was_agreed_on() -> None:
    """The first frame of a message may have RSV1 then (RFC 7692 section 6)."""
    made = parse_frame("text rsv1 41")
    assert made.broken(compression=True) == []
    assert [rule.short for rule in parse_frame("cont rsv1").broken(compression=True)] == ["RSV1"]


@pytest.mark.parametrize(
    ("words", "field", "position"),
    [
        ("", "opcode", 0),
        ("16", "opcode", 0),
        ("texts 41", "opcode", 0),
        ("text mask=12 41", "mask", 5),
        ("text nofin len=x", "length", 11),
        ("text len=300/7 41", "length", 5),
        ("text rsv4", "payload", 5),
        ("text 4", "payload", 5),
        ("text DE AX", "payload", 9),
        ("text 41 42 len=1", "payload", 11),
    ],
)
def test_words_that_are_no_frame(words: str, field: str, position: int) -> None:
    """What cannot be meant is refused, with the part that is wrong and where."""
    with pytest.raises(RawFrameError) as caught:
        parse_frame(words)
    assert (caught.value.field, caught.value.position) == (field, position)


def test_payload_is_bounded() -> None:
    """A frame made by hand is not larger than what a row can look at."""
    assert len(parse_frame("binary " + "00" * MAX_PAYLOAD).payload) == MAX_PAYLOAD
    with pytest.raises(RawFrameError) as caught:
        parse_frame("binary " + "00" * (MAX_PAYLOAD + 1))
    assert (caught.value.field, caught.value.position) == ("payload", 7)


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever is typed is a frame or a RawFrameError within the text."""
    try:
        parse_frame(text)
    except RawFrameError as error:
        assert 0 <= error.position <= len(text)


def test_fields_of_a_form() -> None:
    """The texts of single fields, empty ones included, mean what they say."""
    assert parse_mask(" None ") == (False, None)
    assert parse_mask("random") == (True, None)
    assert parse_mask("") == (None, None)
    assert parse_mask("01:02:03:04") == (True, bytes((1, 2, 3, 4)))
    assert parse_length("") == (None, None)
    assert parse_length("200/64") == (200, 64)
    assert parse_length("/16") == (None, 16)
    assert parse_rsv("") == 0
    assert parse_rsv("101") == 5


def test_each_side_masks_as_it_has_to() -> None:
    """Without a word on its mask a frame is right for both sides; with one, for one of them."""
    silent = parse_frame("text 41")
    assert silent.encode(KEY) == RawFrame(1, b"A", masked=True).encode(KEY)
    assert silent.encode(KEY, client=False) == b"\x81\x01A"
    for client in (True, False):
        assert not silent.broken(client=client)
    masked, unmasked = parse_frame("text masked 41"), parse_frame("text unmasked 41")
    assert not masked.broken(client=True)
    assert not unmasked.broken(client=False)
    assert [rule.short for rule in masked.broken(client=False)] == ["masked"]
    assert [rule.short for rule in unmasked.broken(client=True)] == ["not masked"]
