"""Standard input, read in a thread."""

from __future__ import annotations

import errno
import os
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.send_support import Broken
from wstui.headless import input as input_module
from wstui.headless.input import Input, LineTooLong


class Slices(BytesIO):
    """Gives what it has in reads of a few bytes."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._most = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most)


@given(st.lists(st.binary(max_size=9)), st.sampled_from([b"\n", b"\0", b"ab"]), st.integers(1, 12))
async def test_lines(parts: list[bytes], delimiter: bytes, size: int) -> None:
    """However the bytes come, the lines are those between the delimiters."""
    data = delimiter.join(parts)
    expected = data.split(delimiter)
    if not expected[-1]:
        del expected[-1]
    found = [line async for lines in Input(Slices(data, size)).lines(delimiter) for line in lines]
    assert found == expected


async def test_all_bytes_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when many more reads are there than may wait."""
    monkeypatch.setattr(input_module, "CHUNK", 10)
    data = bytes(range(256)) * 40
    here = Input(BytesIO(data))
    found = b""
    while chunk := await here.read():
        found += chunk
    assert found == data


async def test_a_line_without_an_end() -> None:
    """It is given up once it is too long, rather than filling the memory."""
    here = Input(BytesIO(b"x" * 200_000))
    with pytest.raises(LineTooLong):
        [lines async for lines in here.lines(most=100_000)]


async def test_what_cannot_be_read_is_no_end() -> None:
    """Else half a file would go out as if it were all of it."""
    here = Input(Broken(b"half", errno.EIO))
    assert await here.read() == b"half"
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        await here.read()


async def test_what_is_closed_is_at_its_end() -> None:
    """As standard input is under nohup, which has nobody to be told."""
    here = Input(Broken(b"all", errno.EBADF))
    assert [await here.read(), await here.read()] == [b"all", b""]
