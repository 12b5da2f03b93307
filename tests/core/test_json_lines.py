"""JSON in rows, as it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wstui.core.json_lines import JsonRows
from wstui.core.wrap import Run

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.text('ab"\\\n\x7f/u0 é漢', max_size=60)
    | st.integers(10**30, 10**60),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=30), inner),
    max_leaves=30,
)
LAYOUTS = st.sampled_from([(None, (",", ":")), (1, (" ,", " : ")), (None, (", ", ": "))])
WIDTHS = st.integers(16, 90)


def rows_of(payload: bytes, width: int = 60) -> JsonRows:
    return JsonRows(lambda start, stop: payload[start:stop], len(payload), width, cell_len)


def ticking() -> Callable[[], float]:
    """A clock that goes on by a second each time it is asked."""
    seconds = count()
    return lambda: float(next(seconds))


def finished(payload: bytes, width: int = 60) -> JsonRows:
    rows = rows_of(payload, width)
    rows.advance(1e9, ticking())
    assert rows.complete
    return rows


def lines(rows: JsonRows) -> list[str]:
    return ["".join(run.text for run in rows.row(number)) for number in range(rows.known)]


def tokens(rows: JsonRows) -> str:
    """All that is shown of the text itself, without the space between tokens."""
    runs = (run for number in range(rows.known) for run in rows.row(number))
    return "".join(run.text for run in runs if run.kind not in ("space", "error"))


@given(VALUES, LAYOUTS, WIDTHS)
def test_every_token_is_shown_as_sent(
    value: object, layout: tuple[int | None, tuple[str, str]], width: int
) -> None:
    """Nothing but the space between tokens differs from what was sent, whatever its layout."""
    indent, separators = layout
    sent = json.dumps(value, indent=indent, separators=separators)
    compact = json.dumps(value, separators=(",", ":"))
    if "NaN" in compact or "Infinity" in compact:
        return
    rows = finished(sent.encode(), width)
    assert rows.problem is None
    assert tokens(rows) == compact.replace("\x7f", "␡")
    assert all(cell_len(line) <= rows.width for line in lines(rows))


@given(VALUES, WIDTHS)
def test_rows_do_not_depend_on_the_slices(value: object, width: int) -> None:
    """Found at once, in slices, or from the last to the first: the rows are the same."""
    payload = json.dumps([value] * 9, ensure_ascii=False).encode("utf-8", "surrogatepass")
    at_once = finished(payload, width)
    sliced = rows_of(payload, width)
    while sliced.advance(3, ticking()):
        pass
    backwards = [sliced.row(number) for number in reversed(range(sliced.known))]
    assert backwards[::-1] == [at_once.row(number) for number in range(at_once.known)]


@given(
    st.one_of(
        st.text('{}[]",:0123456789.eE+-truefalsn\\ \n\x01é', max_size=80).map(str.encode),
        st.tuples(VALUES.map(json.dumps), st.integers(0, 200), st.sampled_from('{}[]",:1 \\x\n'))
        .map(lambda case: case[0][: case[1]] + case[2] + case[0][case[1] + 1 :])
        .map(str.encode),
        st.binary(max_size=80),
    ),
    WIDTHS,
)
def test_errors_are_found_where_the_standard_library_finds_some(payload: bytes, width: int) -> None:
    """What `json` takes as one value has no problem here, and the other way round."""
    rows = finished(payload, width)
    assert all(cell_len(line) <= rows.width for line in lines(rows))
    text = payload.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder(parse_constant=refuse)
    at = 0
    try:
        while (at := len(text) - len(text[at:].lstrip(" \t\r\n"))) < len(text):
            _, at = decoder.raw_decode(text, at)
        valid = True
    except ValueError:
        valid = False
    # What follows a literal or number without a space is let through by `raw_decode`.
    assert rows.problem is None or not valid or any(char.isalnum() for char in text)
    if rows.problem is None:
        assert valid


def refuse(name: str) -> None:
    raise ValueError(name)


def test_values_are_indented() -> None:
    """Objects and arrays are indented, empty ones and short arrays of numbers stay in a row."""
    sent = b'{"a":{"b":[1, 2.50],"c":[],"d":{ }},"e":["x",[true,null]],"e":1E+2}'
    assert lines(finished(sent)) == [
        "{",
        '  "a": {',
        '    "b": [1, 2.50],',
        '    "c": [],',
        '    "d": {}',
        "  },",
        '  "e": [',
        '    "x",',
        "    [true, null]",
        "  ],",
        '  "e": 1E+2',
        "}",
    ]


def test_tokens_have_kinds() -> None:
    """Keys, strings, numbers, literals and punctuation can be coloured each in its own way."""
    rows = finished(b'{"k":"v\\n","n":-1,"l":null}')
    assert rows.row(1) == [
        Run("  ", "space"),
        Run('"k"', "key"),
        Run(":", "punctuation"),
        Run(" ", "space"),
        Run('"v\\n"', "string"),
        Run(",", "punctuation"),
    ]
    assert Run("-1", "number") in rows.row(2)
    assert Run("null", "literal") in rows.row(3)


def test_a_message_may_hold_several_values() -> None:
    """Values one after the other, as in NDJSON, are shown one below the other."""
    assert lines(finished(b'1\n{"a":2}\n\n[]\n')) == ["1", "{", '  "a": 2', "}", "[]"]


@pytest.mark.parametrize(
    ("sent", "message", "offset", "line", "column"),
    [
        (b'{"a":1,}', "a key in quotes is due", 7, 1, 8),
        (b'{\n "\xc3\xa4" 1}', "a colon is due", 8, 2, 6),
        (b'{"a":1', "the text ends where a comma or } is due", 6, 1, 7),
        (b"[1 2]", "a comma or ] is due", 3, 1, 4),
        (b"[1}", "a comma or ] is due", 2, 1, 3),
        (b'["a\nb"]', "a control character is within a string", 3, 1, 4),
        (b'["\\x"]', "no such escape exists", 2, 1, 3),
        (b'["abc', "the text ends within a string", 5, 1, 6),
        (b"[01]", "a comma or ] is due", 2, 1, 3),
        (b"nul", "a value is due", 0, 1, 1),
        (b"[", "the text ends where a value or ] is due", 1, 1, 2),
    ],
)
def test_the_first_error_is_located(
    sent: bytes, message: str, offset: int, line: int, column: int
) -> None:
    """Where a text stops being JSON is told, and its rest is shown all the same."""
    rows = finished(sent)
    assert rows.problem == (message, offset, line, column)
    shown = "".join(lines(rows))
    assert message in shown
    rest = sent[offset:].decode().replace("\n", "")
    assert shown.endswith(rest or "due" if "due" in message else rest or message)


def test_errors_in_large_texts_are_located() -> None:
    """Lines and columns are counted over any length."""
    sent = b"[\n" + b'"\xc3\xa4",\n' * 20_000 + b'"\xc3\xa4", ?]'
    rows = finished(sent)
    assert rows.problem == ("a value is due", len(sent) - 2, 20_002, 6)


def test_nesting_has_no_limit() -> None:
    """Thousands of brackets are rows as any others: no recursion, no endless indentation."""
    rows = finished(b"[" * 30_000 + b"]" * 30_000, 40)
    assert rows.problem is None
    assert rows.known == 59_999
    assert len(lines(rows)[29_998]) < 40


def test_a_huge_string_is_cut_into_rows() -> None:
    """A string longer than everything in sight needs only the bytes of the rows asked for."""
    reads: list[int] = []

    def read(start: int, stop: int) -> bytes:
        reads.append(stop - start)
        return b'{"a":"' + b"x" * (stop - 6) if not start else b"x" * (stop - start)

    rows = JsonRows(read, 64 << 20, 80, cell_len)
    assert rows.advance(1e9, ticking(), rows=50)
    assert all(cell_len(line) <= 80 for line in lines(rows))
    assert sum(reads) <= 1 << 18


def test_white_space_is_passed_over_in_slices() -> None:
    """Megabytes of blanks between tokens make no row and hold nobody up."""
    rows = rows_of(b"[1," + b" " * 1_000_000 + b'{"a":2}]')
    assert rows.advance(20, ticking())
    while rows.advance(20, ticking()):
        pass
    assert lines(rows) == ["[", "  1,", "  {", '    "a": 2', "  }", "]"]


def test_broken_bytes_within_a_string_are_noted() -> None:
    """Bytes that are no UTF-8 show as replacement characters, and the first is located."""
    rows = finished(b'["\xc3\xa4\xff!"]')
    assert rows.problem is None
    assert rows.broken == 4
    assert Run("\ufffd", "broken") in rows.row(1)
