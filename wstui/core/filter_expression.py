"""Regular expressions as terms of a filter: any that the user types, without freezing the app.

Owns compiling them, their time limit, and the search in payloads too large for one step. What a
pattern's text tells beforehand is `regex_shape`'s matter, all other terms `filter_terms`'.

The `regex` package is used since it can be stopped; `re` cannot. On a million rows of 100 bytes
its searches take about twice as long as those of `re`, and a time limit costs 1.3 s more (a
system call each). So the limit is set only where it may be needed, and rows without the literal
that every match contains are ruled out at once, which makes most expressions quicker than with
`re` row by row.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Final

from wstui.core.filter_terms import Chunk, Read, Steps, intersection, mark_literal, reader, utf8
from wstui.core.regex_shape import MAX_EXPANSION, shape

if TYPE_CHECKING:
    import regex

EXPRESSION_WINDOW: Final = 32 << 10
"""Bytes of a payload that a regular expression sees at a time. It looks at its time limit only
now and then, and more rarely in longer texts: a longer window would break the limit."""

EXPRESSION_OVERLAP: Final = 8 << 10
"""Bytes that each of these windows has in common with the one before."""

TIME_LIMIT: Final = 0.002
"""Seconds of processor time that a regular expression gets for one window."""

ROWS_A_STEP: Final = 16
"""Rows that a regular expression is tried on between two looks at the clock."""

_CONTEXT: Final = 64
"""Characters before the place where a search in a later window begins, for look-behind."""


class ExpressionError(ValueError):
    """A regular expression cannot be used; `position` counts characters in its source."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def _compile(source: str, ignore_case: bool) -> regex.Pattern[str]:
    import regex  # 14 ms, which a start without a regular expression need not pay

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about future meanings of nested sets
            return regex.compile(source, regex.IGNORECASE if ignore_case else 0)
    except regex.error as error:
        message: str = getattr(error, "msg", str(error))  # the stubs know neither attribute
        position: int | None = getattr(error, "pos", None)
        end = len(source)
        raise ExpressionError(message, end if position is None else min(position, end)) from None
    except RecursionError:
        raise ExpressionError("the groups are nested too deep", len(source)) from None
    except (OverflowError, MemoryError, ValueError, KeyError) as error:
        reason = str(error) or type(error).__name__
        raise ExpressionError(f"the expression cannot be used: {reason}", len(source)) from None


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression, in the syntax of the `regex` package, on the payload as text.

    It is searched in each row's text, decoded from UTF-8 (what is none is U+FFFD), so that ``.``
    is a character and ``^`` and ``$`` are the ends of the row. A search that takes longer than
    `TIME_LIMIT` is given up: the term counts as not found. In a payload above `EXPRESSION_WINDOW`
    the expression sees windows that overlap: a match longer than `EXPRESSION_OVERLAP` may be
    missed there.

    Rows without the literal that each match needs are ruled out first, by one search over all.

    Raises:
        ExpressionError: the source is no regular expression, or one that grows too large.
    """

    source: str
    ignore_case: bool
    negated: bool
    _pattern: regex.Pattern[str] = field(init=False, compare=False)
    _needle: re.Pattern[bytes] | None = field(init=False, compare=False)
    _sees_end: bool = field(init=False)
    _quick: int = field(init=False)

    def __post_init__(self) -> None:
        known = shape(self.source)
        if known.expansion > MAX_EXPANSION:
            raise ExpressionError("repeats of repeats make this too large", len(self.source))
        needle = known.needle
        usable = needle.isascii() if self.ignore_case else "\ufffd" not in needle
        if self.ignore_case:
            needle = needle.lower()
        put = object.__setattr__  # the way of frozen dataclasses
        put(self, "_pattern", _compile(self.source, self.ignore_case))
        compiled = re.compile(re.escape(utf8(needle))) if usable and needle else None
        put(self, "_needle", compiled)
        put(self, "_sees_end", known.sees_end)
        put(self, "_quick", known.quick)

    def mark(self, chunk: Chunk, selected: bytes) -> Generator[None, None, bytearray]:
        """One byte per row of `chunk`, 1 where it is found; only `selected` rows are looked at."""
        hits = bytearray(len(chunk.ends))
        worth = self._worth(chunk)
        if worth is not None:
            selected = intersection(selected, worth)
        for count, row in enumerate(compress(range(len(hits)), selected)):
            if count % ROWS_A_STEP == 0:
                yield
            text = chunk.text(row)
            if len(text) > EXPRESSION_WINDOW:
                found = yield from self.search(reader(text), len(text))
            else:
                found = self._in(text.decode("utf-8", "replace"), 0, True)
            if found:
                hits[row] = 1
            elif found is None:
                chunk.timed_out += 1
                yield
        return hits

    def _worth(self, chunk: Chunk) -> bytearray | None:
        """Which rows have the literal that a match needs; None when that is not known."""
        if self._needle is None:
            return None
        data = chunk.data
        if self.ignore_case:
            if not data.isascii():  # there, ſ is an s and K is a k
                return None
            data = data.lower()
        rows = mark_literal(self._needle, chunk, data)
        for row in chunk.special:
            rows[row] = 1
        return rows

    def search(self, read: Read, size: int) -> Steps:
        """Look for it in one long text of `size` bytes, window by window."""
        timed_out = False
        start = 0
        while True:
            piece = read(start, min(start + EXPRESSION_WINDOW, size))
            last = start + EXPRESSION_WINDOW >= size
            if self._possible(piece):
                begin = _CONTEXT if start else 0
                found = self._in(piece.decode("utf-8", "replace"), begin, last)
                if found:
                    return True
                timed_out |= found is None
            if last:
                return None if timed_out else False
            yield
            start += EXPRESSION_WINDOW - EXPRESSION_OVERLAP

    def _possible(self, piece: bytes) -> bool:
        if self._needle is None or (self.ignore_case and not piece.isascii()):
            return True
        haystack = piece.lower() if self.ignore_case else piece
        return self._needle.search(haystack) is not None

    def _in(self, text: str, begin: int, last: bool) -> bool | None:
        """Whether it is found; None when that took too long.

        `last` False: the text goes on behind its end.
        """
        try:
            if len(text) <= self._quick:  # the time limit costs more than such a search
                match = self._pattern.search(text, begin)
            else:
                match = self._pattern.search(text, begin, timeout=TIME_LIMIT)
        except (TimeoutError, MemoryError, RecursionError):
            return None
        if match is None:
            return False
        return last or not self._sees_end or match.end() < len(text)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where printable `text` shows it: start and end in characters."""
        try:
            for match in self._pattern.finditer(text, timeout=TIME_LIMIT):
                yield match.span()
        except (TimeoutError, MemoryError, RecursionError):
            return

    def describe(self) -> str:
        """The term in words."""
        slashes = f"/{self.source}/{'i' if self.ignore_case else ''}"
        return f"{'not matching' if self.negated else 'matching'} {slashes}"
