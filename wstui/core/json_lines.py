"""JSON as rows: indented and coloured, token by token, exactly as it was sent.

Owns the grammar (RFC 8259) and where rows break. Nothing is parsed into values: numbers, escapes,
the order of keys and repeated keys stay as they are. Several values in one message are fine. From
the first error on, the text is shown as it is, below a row that says what is wrong.

Each state holds all that is needed to go on from there, so there is no recursion, and rows in the
middle of 64 MiB can be made without those before.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, Literal, NamedTuple

from wstui.core.wrap import LazyRows, Measure, Reader, Run, lay, size_of

INDENT: Final = 2
"""Cells by which what is inside is moved to the right."""

LEAST_ROOM: Final = 24
"""Cells left for the text of a row, however deep it is nested."""

INLINE: Final = 64
"""Bytes up to which an array of numbers and literals stays in one row."""

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_BODY: Final = re.compile(
    rb'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
)
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+")
_LITERAL: Final = re.compile(rb"(?:true|false|null)(?![A-Za-z0-9_])")
_PATTERNS: Final = {
    "new key": _BODY,
    "key": _BODY,
    "new string": _BODY,
    "string": _BODY,
    "new literal": _LITERAL,
    "new number": _NUMBER,
    "number": re.compile(rb"[0-9]*+(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"),
    "fraction number": re.compile(rb"[0-9]*+(?:[eE][+-]?[0-9]++)?+"),
    "exponent number": re.compile(rb"[0-9]*+"),
}
"""What may follow of each part of a token; its last word is the kind of token."""

LONGEST_ESCAPE: Final = 6
"""Bytes of an escape such as ``\\u00e4``."""

_FLAT: Final = re.compile(rb"\[[-+0-9.eE, \t\r\naflnrstu]{1,%d}\]" % INLINE)
_WHOLE_ESCAPES: Final = re.compile(r"[^\\]*+(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^\\]*+)*+")
_CONTINUATION: Final = bytes(range(0x80, 0xC0))

Want = Literal["value", "first", "key", "first key", "colon", "after", "top", "error", "raw"]
"""What comes next: ``first`` may also be the end of an array, ``first key`` of an object."""


class Level(NamedTuple):
    """An open array or object; `outer` is the one around it, None at the top."""

    outer: Level | None
    is_object: bool
    depth: int


class JsonState(NamedTuple):
    """Between two rows: at byte `at`, inside `level`, before what `want` says."""

    at: int = 0
    level: Level | None = None
    want: Want = "top"
    part: str = ""
    """What of a token comes in the next row, a key of `_PATTERNS`; empty when nothing does."""
    inline: bool = False
    """Whether the innermost array is written in one row."""
    problem: str = ""
    """What is wrong at `at`, for ``error``."""


class Problem(NamedTuple):
    """Where a text stops being JSON: offset in bytes, line and column counted from 1."""

    message: str
    offset: int
    line: int
    column: int


def _whole_pieces(text: str, taken: int, kind: str) -> int:
    """Where, at `taken` or before, `text` can be cut without cutting an escape or exponent."""
    if kind == "number":
        return len(text[:taken].rstrip("+-").rstrip("eE"))
    found = _WHOLE_ESCAPES.match(text, 0, taken)
    return found.end() if found else taken


def _rest_of(part: str, kind: str, text: str) -> str:
    """The part that follows once `text` of `part` was laid out."""
    if kind != "number":
        return kind if text else part
    if "e" in text or "E" in text:
        return "exponent number"
    if "." in text:
        return "fraction number"
    return "number" if part == "new number" and text else part


class _Broken(Exception):
    """The text is no JSON at the place that was reached."""


class JsonRows(LazyRows[JsonState]):
    """The rows of a JSON text."""

    def __init__(self, read: Reader, size: int, width: int, measure: Measure) -> None:
        super().__init__(read, size, width, measure, JsonState())
        self.problem: Problem | None = None
        """The first error; None while there is none in what was looked at."""
        self._counted = 0  # bytes whose lines and columns were counted
        self._line = self._column = 1
        if not size:
            self._next, self.complete = None, True

    def offset(self, state: JsonState) -> int:
        return state.at

    def make(self, state: JsonState) -> tuple[list[Run] | None, JsonState | None]:
        if state.at - self._counted >= 1 << 16:
            self._count_lines(state.at)
        if state.want == "raw":
            runs, end = self.text_row(state.at)
            return runs, state._replace(at=end) if end < self.size else None
        if state.want == "error":
            return self._say(state)
        return _Row(self, state).make()

    def _say(self, state: JsonState) -> tuple[list[Run], JsonState | None]:
        """The row that tells what is wrong."""
        if self.problem is None:
            self._count_lines(state.at)
            self.problem = Problem(state.problem, state.at, self._line, self._column)
        where = f"line {self.problem.line:,}, column {self.problem.column:,}"
        runs, _ = lay(f"✕ {where}: {state.problem}", self.width, self._measure, "error")
        after = state._replace(want="raw", level=None, inline=False)
        return runs, after if state.at < self.size else None

    def _count_lines(self, to: int) -> None:
        """Go on counting lines and characters up to byte `to`."""
        while self._counted < to:
            chunk = self._read(self._counted, min(to, self._counted + (1 << 16)))
            feeds = chunk.count(b"\n")
            tail = chunk[chunk.rfind(b"\n") + 1 :]
            self._line += feeds
            self._column = 1 if feeds else self._column
            self._column += len(tail.translate(None, _CONTINUATION))
            self._counted += len(chunk)

    def cells(self, text: str) -> int:
        """The cells that `text` takes."""
        return self._measure(text)

    def lay(self, text: str, room: int, kind: str) -> tuple[list[Run], int]:
        """See `wrap.lay`."""
        return lay(text, room, self._measure, kind)


class _Row:
    """One row in the making, from a state to the next."""

    def __init__(self, rows: JsonRows, state: JsonState) -> None:
        self._rows = rows
        self._start = state.at
        self._data, self._at, self._stop = rows.bytes_at(state.at)
        self._base = state.at - self._at
        self._level = state.level
        self._want: Want = state.want
        self._part = state.part
        self._inline = state.inline
        self._runs: list[Run] = []
        depth = state.level.depth if state.level else 0
        if state.part:
            depth += 1
        elif state.want in ("after", "first", "first key") and self._peek() in b"]}":
            depth -= 1
        indent = max(0, min(INDENT * depth, rows.width - LEAST_ROOM))
        # The last cell is kept for a comma.
        self._room = rows.width - indent - 1
        self._indent = indent

    def make(self) -> tuple[list[Run] | None, JsonState | None]:
        """The row, or None when there was only white space, and the state after it."""
        problem = ""
        try:
            more = self._fill()
        except _Broken as broken:
            more = True
            self._want, self._part, problem = "error", "", str(broken)
        at = self._base + self._at
        runs = self._runs or None
        if runs and self._indent:
            runs.insert(0, Run(" " * self._indent, "space"))
        if not more:
            return runs, None
        after = JsonState(at, self._level, self._want, self._part, self._inline, problem)
        return runs, after

    def _fill(self) -> bool:
        """Put tokens into the row until it ends; False at the end of the text."""
        while True:
            if self._part:
                if not self._go_on():
                    return True
                continue
            byte = self._peek()
            if not byte:
                if self._base + self._at < self._rows.size:
                    return True  # much white space: others first
                if self._want == "top":
                    return False
                raise _Broken(f"the text ends where {self._expected()} is due")
            if self._step(byte):
                return True

    def _step(self, byte: bytes) -> bool:
        """Take what begins with `byte`; True when the row ends."""
        want = self._want
        if want in ("value", "first", "top"):
            if want == "first" and byte == b"]":
                return self._close()
            return self._value(byte)
        if want in ("key", "first key"):
            if want == "first key" and byte == b"}":
                return self._close()
            if byte != b'"':
                raise _Broken(f"{self._expected()} is due")
            return self._begin("key")
        if want == "colon":
            if byte != b":":
                raise _Broken(f"{self._expected()} is due")
            if not self._room:
                return True
            self._punctuate(":", space=True)
            self._want = "value"
            return False
        return self._after(byte)

    def _after(self, byte: bytes) -> bool:
        """A comma or the end of what is open."""
        assert self._level is not None  # at the top a value ends its row
        if byte == b",":
            self._punctuate(",", space=self._inline)
            self._want = "key" if self._level.is_object else "value"
            return not self._inline
        if byte != (b"}" if self._level.is_object else b"]"):
            raise _Broken(f"{self._expected()} is due")
        if self._runs and not self._inline:
            return True  # it gets a row of its own
        return self._close()

    def _value(self, byte: bytes) -> bool:
        if byte in b"{[":
            return self._open(is_object=byte == b"{")
        if byte == b'"':
            return self._begin("string")
        number = _NUMBER.match(self._data, self._at, self._stop)
        if number:
            return self._begin("number")
        literal = _LITERAL.match(self._data, self._at, self._stop)
        if literal:
            return self._begin("literal")
        raise _Broken(f"{self._expected()} is due")

    def _open(self, *, is_object: bool) -> bool:
        if self._room < 2:  # both brackets of an empty one stay together
            return True
        flat = None if is_object else _FLAT.match(self._data, self._at, self._stop)
        depth = self._level.depth + 1 if self._level else 1
        self._level = Level(self._level, is_object, depth)
        self._want = "first key" if is_object else "first"
        self._punctuate("{" if is_object else "[")
        if self._peek() == (b"}" if is_object else b"]"):
            return self._close()
        length = flat.end() - flat.start() + flat[0].count(b",") if flat else 0
        self._inline = 0 < length <= self._room
        return not self._inline

    def _close(self) -> bool:
        level = self._level
        assert level is not None
        self._punctuate("}" if level.is_object else "]")
        self._inline = False
        self._level = level.outer
        return self._ended()

    def _ended(self) -> bool:
        """A value has ended; True when that ends the row."""
        self._want = "after" if self._level else "top"
        return self._level is None

    def _begin(self, kind: str) -> bool:
        """A token that may need more than this row."""
        self._part = f"new {kind}"
        return False

    def _go_on(self) -> bool:
        """Lay out the rest of a token; False when the row ends with it or before its end."""
        part = self._part
        kind = part.split()[-1]
        text, sound = self._rest(part, kind)
        if self._runs and self._room < min(len(text), LEAST_ROOM // 2):
            return False
        runs, taken = self._rows.lay(text, self._room, kind)
        if taken < len(text):
            safe = _whole_pieces(text, taken, kind)
            if safe < taken:
                runs, taken = self._rows.lay(text[:safe], self._room, kind)
        self._rows.note_broken(runs, text, self._base + self._at)
        self._append(runs)
        self._at += size_of(text[:taken])
        if taken < len(text) or sound is None:
            self._part = _rest_of(part, kind, text[:taken])
            return False
        self._part = ""
        if not sound:
            self._fail(kind)
        if kind == "key":
            self._want = "colon"
            return True
        return not self._ended()

    def _rest(self, part: str, kind: str) -> tuple[str, bool | None]:
        """What is left of a token, and whether it is sound; None when it goes on out of reach."""
        data, at, reach = self._data, self._at, self._stop
        cut = self._base + reach < self._rows.size
        is_text = kind in ("key", "string")
        opening = is_text and part != kind
        found = _PATTERNS[part].match(data, at + opening, reach)
        stop = found.end() if found else at + opening
        sound: bool | None = True
        if is_text:
            sound = stop < reach and data[stop : stop + 1] == b'"'
            stop += sound
        if cut and stop >= reach - LONGEST_ESCAPE and not (is_text and sound):
            sound = None
        # What is cut in the middle of a character waits for the rest of it.
        text, _ = codecs.utf_8_decode(data[at:stop], "surrogateescape", sound is not None)
        return text, sound

    def _fail(self, kind: str) -> None:
        byte = self._data[self._at : self._at + 1]
        if self._base + self._at >= self._rows.size:
            raise _Broken(f"the text ends within a {kind}")
        if byte == b"\\":
            raise _Broken("no such escape exists")
        raise _Broken(f"a control character is within a {kind}")

    def _peek(self) -> bytes:
        """The byte after any white space; empty when there is none in reach."""
        found = _SPACE.match(self._data, self._at, self._stop)
        self._at = found.end() if found else self._at
        return self._data[self._at : min(self._at + 1, self._stop)]

    def _punctuate(self, mark: str, *, space: bool = False) -> None:
        self._at += 1
        self._append([Run(mark, "punctuation")])
        if space and self._room > 0:
            self._append([Run(" ", "space")])

    def _append(self, runs: list[Run]) -> None:
        self._runs += runs
        self._room -= sum(self._rows.cells(run.text) for run in runs)

    def _expected(self) -> str:
        """The words for what is due."""
        if self._want == "after":
            closing = "}" if self._level and self._level.is_object else "]"
            return f"a comma or {closing}"
        return _WORDS[self._want]


_WORDS: Final = {
    "value": "a value",
    "first": "a value or ]",
    "key": "a key in quotes",
    "first key": "a key in quotes or }",
    "colon": "a colon",
    "top": "a value",
}
