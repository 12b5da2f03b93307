"""Regular expressions as terms of a filter: any that the user types, without freezing the app.

Owns compiling them, their time limit, and the search in payloads too large for one step. What a
pattern's text tells beforehand is `filter.regex_shape`'s matter, all other terms `filter.terms`'.

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

from wstui.core.filter.regex_shape import MAX_EXPANSION, MAX_LETTERS, shape
from wstui.core.filter.terms import Chunk, Read, Steps, intersection, mark_literal, reader, utf8

if TYPE_CHECKING:
    import regex

EXPRESSION_WINDOW: Final = 32 << 10
"""Bytes of a payload that a regular expression sees at a time."""

EXPRESSION_OVERLAP: Final = 8 << 10
"""Bytes that each of these windows has in common with the one before."""

PROBE: Final = 2048
"""Characters of a longer text that a regular expression which needs a time limit is tried on
first. `regex` looks at the limit each 65,536 steps of its own, of which one may go through all
characters: in 32,000 characters the limit strikes after 20 ms, in 2,048 after 3 ms."""

TIME_LIMIT: Final = 0.002
"""Seconds of processor time that a regular expression gets for one search."""

ROW_WORK: Final = 16
"""Characters that a row counts for beside its own, when a step is filled with quick searches."""

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
    _needle_size: int = field(init=False)  # in bytes
    _sees_end: bool = field(init=False)
    _quick: int = field(init=False)

    def __post_init__(self) -> None:
        known = shape(self.source)
        if known.expansion > MAX_EXPANSION:
            raise ExpressionError("repeats of repeats make this too large", len(self.source))
        if known.letters > MAX_LETTERS:
            raise ExpressionError(
                f"an expression has at most {MAX_LETTERS} plain letters in a row; "
                "put long text in quotes, as a term of its own",
                len(self.source),
            )
        needle = known.needle
        usable = needle.isascii() if self.ignore_case else "\ufffd" not in needle
        if self.ignore_case:
            needle = needle.lower()
        put = object.__setattr__  # the way of frozen dataclasses
        put(self, "_pattern", _compile(self.source, self.ignore_case))
        compiled = re.compile(re.escape(utf8(needle))) if usable and needle else None
        put(self, "_needle", compiled)
        put(self, "_needle_size", len(utf8(needle)))
        put(self, "_sees_end", known.sees_end)
        put(self, "_quick", known.quick)

    def mark(self, chunk: Chunk, selected: bytes) -> Generator[None, None, bytearray]:
        """One byte per row of `chunk`, 1 where it is found; only `selected` rows are looked at.

        A step is one search with a time limit, or quick ones of together no more characters than
        are quick in one: the time for these grows at least as fast as their length.
        """
        hits = bytearray(len(chunk.ends))
        worth = yield from self._worth(chunk)
        if worth is not None:
            selected = intersection(selected, worth)
        quick = self._quick
        work = 0
        for row in compress(range(len(hits)), selected):
            text = chunk.text(row)
            work += len(text) + ROW_WORK
            if work > quick:
                yield
                work = len(text) + ROW_WORK
            if len(text) > PROBE and len(text) > quick:
                found = yield from self.search(reader(text), len(text))
            else:
                found = self._in(text.decode("utf-8", "replace"), 0, len(text), True)
            if found:
                hits[row] = 1
            elif found is None:
                chunk.timed_out += 1
        return hits

    def _worth(self, chunk: Chunk) -> Generator[None, None, bytearray | None]:
        """Which rows have the literal that a match needs; None when that is not known."""
        if self._needle is None:
            return None
        data = chunk.data
        if self.ignore_case:
            if not data.isascii():  # there, ſ is an s and K is a k
                return None
            data = data.lower()
        rows = yield from mark_literal(self._needle, chunk, data, longest=self._needle_size)
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
                found = yield from self._in_window(piece.decode("utf-8", "replace"), begin, last)
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

    def _in_window(self, text: str, begin: int, last: bool) -> Steps:
        """Whether it is found in `text`, behind `begin`; `last` False: the text goes on.

        It is tried on parts of a long text first. Only when none of them takes too long is it
        tried on the whole, which finds what goes over their edges.
        """
        if len(text) > PROBE and len(text) > self._quick:
            for start in range(0, len(text), PROBE):
                found = self._in(text, max(start, begin), start + PROBE, False)
                if found is None:
                    return None
                if found and not self._sees_end:
                    return True
                yield
        return self._in(text, begin, len(text), last)

    def _in(self, text: str, begin: int, stop: int, last: bool) -> bool | None:
        """Whether it is found from `begin` to `stop`; None when that took too long.

        `last` False: the text goes on behind `stop`.
        """
        try:
            match = self._search(text, begin, stop)
        except (TimeoutError, MemoryError, RecursionError):
            return None
        if match is None:
            return False
        return last or not self._sees_end or match.end() < stop

    def _search(self, text: str, begin: int, stop: int) -> regex.Match[str] | None:
        if stop - begin < self._quick:  # the time limit costs more than such a search
            return self._pattern.search(text, begin, stop)
        return self._pattern.search(text, begin, stop, timeout=TIME_LIMIT)

    @property
    def groups(self) -> int:
        """How many groups it captures."""
        return self._pattern.groups

    def find(self, text: str) -> Generator[None, None, regex.Match[str] | None]:
        """Its first match in `text`, which has at most `EXPRESSION_WINDOW` characters.

        Raises:
            TimeoutError: the search takes too long.
        """
        try:
            if len(text) > PROBE and len(text) > self._quick:  # as in `_in_window`
                for start in range(0, len(text), PROBE):
                    self._search(text, start, start + PROBE)
                    yield
            return self._search(text, 0, len(text))
        except (MemoryError, RecursionError) as error:
            raise TimeoutError from error

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
