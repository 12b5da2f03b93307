"""The texts of the form for sending more, read as a plan or as a raw frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.sending.form import PLAN_FIELDS, RAW_FIELDS, read_frame, read_plan
from wstui.core.sending.plan import FragmentSizes, Rate, SendPlan
from wstui.core.sending.raw_frame import MAX_PAYLOAD, RawFrame


def test_empty_fields_mean_the_usual() -> None:
    """Nothing typed is one message in one frame; all fields typed are a plan of all of them."""
    assert read_plan({}, b"x", Kind.TEXT).meant == SendPlan(b"x")
    texts = {"times": "3", "every": "2 s", "rate": "5/s", "sizes": "1,rest", "pause": "1"}
    assert read_plan(texts, b"x", Kind.BINARY).meant == SendPlan(
        b"x", Kind.BINARY, FragmentSizes((1,), None), 1.0, 3, 2.0, Rate(5)
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Each field that is wrong is named; what is wrong together, too."""
    reading = read_plan({"times": "x", "rate": "y", "pause": "z"}, b"", Kind.TEXT)
    assert reading.meant is None
    assert [error.option for error in reading.problems] == ["times", "rate", "pause"]
    assert [error.option for error in read_plan({"pause": "1"}, b"", Kind.TEXT).problems] == [
        "pause"
    ]
    reading = read_frame({"opcode": "17", "rsv": "2", "mask": "1", "length": "x"}, True, b"")
    assert [error.option for error in reading.problems] == list(RAW_FIELDS)


def test_frames() -> None:
    """The fields of a raw frame make one, whose length field can state its length."""
    texts = {"opcode": "ping", "rsv": "010", "mask": "none", "length": "3/16"}
    frame = RawFrame(9, b"x", fin=False, rsv=2, masked=False, length=3, bits=16)
    assert read_frame(texts, False, b"x").meant == frame
    (problem,) = read_frame({"opcode": "1", "length": "/7"}, True, bytes(126)).problems
    assert problem.option == "length"
    (problem,) = read_frame({"opcode": "1"}, True, bytes(MAX_PAYLOAD + 1)).problems
    assert problem.option == "payload"


@given(st.dictionaries(st.sampled_from([*PLAN_FIELDS, *RAW_FIELDS]), st.text(max_size=8)))
def test_no_text_is_too_odd(texts: dict[str, str]) -> None:
    """Whatever is typed means something, or something is wrong with it."""
    for reading in (read_plan(texts, b"abc", Kind.TEXT), read_frame(texts, True, b"abc")):
        assert (reading.meant is None) == bool(reading.problems)
