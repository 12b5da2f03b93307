"""Messages and pieces of files: what is sent is read back, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.file_transfer.messages import (
    LONGEST,
    MOST,
    Accept,
    Ack,
    Busy,
    Cancel,
    Done,
    End,
    Lost,
    Message,
    Offer,
    Reason,
    Refuse,
    Start,
    decode,
    encode,
)
from wstui.core.file_transfer.pieces import HEAD, Place, decode_piece, encode_piece, place

TRANSFER = "0123456789abcdef" * 2
RECEIVER = "fedcba9876543210"

numbers = st.integers(0, MOST)
texts = st.text(max_size=40)
sums = st.from_regex(r"\A[0-9a-f]{64}\Z")
receivers = st.from_regex(r"\A[0-9a-f]{16}\Z")
who = {"transfer": st.from_regex(r"\A[0-9a-f]{32}\Z")}
whom = {**who, "receiver": receivers}
messages = st.one_of(
    st.builds(
        Offer,
        **who,
        name=texts,
        size=st.none() | numbers,
        modified=st.none() | st.integers(-(1 << 40), 1 << 40),
    ),
    st.builds(Start, **who, offset=numbers, kept=st.lists(receivers, max_size=3).map(tuple)),
    st.builds(End, **who, size=numbers, sha256=sums),
    st.builds(Cancel, **who, text=texts),
    st.builds(Accept, **whom, offset=numbers, sha256=st.just("") | sums, only=st.booleans()),
    st.builds(Ack, **whom, offset=numbers),
    st.builds(Lost, **whom),
    st.builds(Done, **whom, sha256=sums, name=texts),
    st.builds(Refuse, **whom, reason=st.sampled_from(Reason), text=texts),
    st.builds(Busy, **who, receiver=st.just("") | receivers),
)


@given(messages)
def test_a_message_is_read_back(message: Message) -> None:
    """All that can be sent is understood."""
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_noise_is_no_message(noise: bytes) -> None:
    """Whatever somebody else sends is ignored."""
    assert decode(noise) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(messages, st.data())
def test_a_field_of_another_kind_is_no_message_or_harmless(
    message: Message, data: st.DataObject
) -> None:
    """What is read of a message that somebody changed could have been sent as it is."""
    body = json.loads(encode(message))
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(json_values)
    read = decode(json.dumps(body).encode())
    assert read is None or decode(encode(read)) == read


def body(**fields: Any) -> bytes:
    """An ack, with some fields changed; those that are None are left out."""
    usual = {
        "wstui-file": 1,
        "kind": "ack",
        "transfer": TRANSFER,
        "receiver": RECEIVER,
        "offset": 5,
    }
    left = {name: value for name, value in {**usual, **fields}.items() if value is not None}
    return json.dumps(left).encode()


def test_further_fields_are_ignored() -> None:
    """A later version may say more."""
    assert decode(body(more=[1])) == Ack(TRANSFER, RECEIVER, 5)


@pytest.mark.parametrize(
    "payload",
    [
        body(offset=-1),
        body(offset=MOST + 1),
        body(offset=5.0),
        body(offset=True),
        body(offset="5"),
        body(offset=None),
        body(transfer=TRANSFER.upper()),
        body(transfer=TRANSFER + "\n"),
        body(receiver=""),
        body(receiver=["a"]),
        body(kind="message"),
        body(kind=["ack"]),
        body(**{"wstui-file": True}),
        body(**{"wstui-file": 2}),
        body(more="x" * LONGEST),
        body().replace(b"5", b"9" * 5000),
        b'{"wstui-file":' + b"[" * 20_000,
        b'["wstui-file"]',
        b"\xff" + body(),
    ],
    ids=map(str, range(99)),
)
def test_what_is_not_valid_is_no_message(payload: bytes) -> None:
    """Numbers, ids and kinds are what they have to be, and nothing is too long, or too deep."""
    assert decode(payload) is None


@given(numbers.filter(lambda number: number < MOST - 100), st.binary(min_size=1, max_size=50))
def test_a_piece_is_read_back(offset: int, data: bytes) -> None:
    """Transfer, offset and bytes are those that were sent."""
    piece = decode_piece(encode_piece(TRANSFER, offset, data))
    assert piece is not None
    assert (piece.transfer, piece.offset, bytes(piece.data)) == (TRANSFER, offset, data)


@given(st.binary(max_size=60).filter(lambda data: not data.startswith(b"WSF1")))
def test_noise_is_no_piece(noise: bytes) -> None:
    """Whatever somebody else sends is ignored."""
    assert decode_piece(noise) is None


def test_a_piece_without_bytes_or_too_far_away_is_none() -> None:
    """Each has at least one byte, all of which lie where a file can have them."""
    assert decode_piece(encode_piece(TRANSFER, 0, b"")) is None
    assert decode_piece(encode_piece(TRANSFER, MOST, b"a")) is None
    assert decode_piece(b"WSF1" + bytes(HEAD - 5)) is None


@given(st.integers(0, 60), st.lists(st.tuples(st.integers(0, 60), numbers)))
def test_pieces_in_any_order_make_the_file_or_nothing(
    size: int, pieces: list[tuple[int, int]]
) -> None:
    """Who writes what is next of each piece has the beginning of the file at any time."""
    at = 0
    for offset, length in pieces:
        length = length % 7 + 1
        where = place(at, size, offset, length)
        assert (where is Place.BEYOND) is (offset + length > size)
        if where is Place.NEXT:
            assert offset <= at < offset + length
            at = offset + length
        assert at <= size
