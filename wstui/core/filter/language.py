"""The filter language: what the user types, read into terms.

    filter      term (blanks term)*            every term must hold
    term        [-] (word | "words" | /expression/[i] | dir:… | op:… | is:…)
    dir:        in | out                        local events have no direction: neither holds;
                                                keys and what follows may be in any case
    op:         text | binary (bin) | ping | pong | close | event, several with commas
    is:         heartbeat                      messages that were sent by a timer

Owns the grammar, its errors, and `Filter`, the value that the screen hands around. A word holds
when it is part of the entry's text, without regard to case unless it has an upper-case letter.
Other words with a colon (``"a":1``, ``price:5``) are free text; so is anything in quotes, where
a backslash goes before a quote or a backslash. Matching is `filter.terms`' matter.

The text is read while it is being typed: an expression or quotation that is not closed yet ends
where the text ends, and an empty one asks nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from wstui.core.entry import Kind
from wstui.core.filter.expression import Expression, ExpressionError
from wstui.core.filter.terms import MAX_SPANS, FlagTerm, Literal

MAX_LENGTH: Final = 2000
"""Characters a filter may have."""

MAX_PREVIEW: Final = 4096
"""Characters of a row in which highlights are looked for."""

_KINDS: Final = {kind.word: kind for kind in Kind} | {"bin": Kind.BINARY}
_KIND_WORDS: Final = "text, binary, ping, pong, close or event"
_DIRECTIONS: Final = {"in": False, "out": True}

_BLANKS: Final = re.compile(r"\s*")
_RUN: Final = re.compile(r"\S*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)("|\\?\Z)', re.DOTALL)
_SLASHED: Final = re.compile(r"/((?:[^/\\]|\\.)*)(/|\\?\Z)", re.DOTALL)
_UNQUOTE: Final = re.compile(r'\\(["\\])')


class FilterError(ValueError):
    """A filter cannot be understood.

    `message` says why in a few words, `position` is the column in characters, from 0.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was understood. Two are equal when they have the same terms."""

    source: str = field(compare=False)
    """What was typed."""
    flag_terms: tuple[FlagTerm, ...] = ()
    text_terms: tuple[Literal | Expression, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it asks nothing: every entry matches."""
        return not self.flag_terms and not self.text_terms

    def table(self) -> bytes:
        """For each of the 256 values of an entry's flags: 1 when the flag terms hold, else 0."""
        return bytes(all(term.accepts(flags) for term in self.flag_terms) for flags in range(256))

    def describe(self) -> str:
        """The filter in words; it may hold any character that was typed."""
        terms = (*self.flag_terms, *self.text_terms)
        return ", ".join(term.describe() for term in terms) or "everything"

    def spans(self, text: str) -> list[tuple[int, int]]:
        """What to highlight in `text`, one row's printable text: starts and ends in characters.

        In order, without overlaps, at most `MAX_SPANS`, in the first `MAX_PREVIEW` characters.
        """
        text = text[:MAX_PREVIEW]
        found: list[tuple[int, int]] = []
        for term in self.text_terms:
            if not term.negated:
                visible = (span for span in term.spans(text) if span[0] < span[1])
                found.extend(islice(visible, MAX_SPANS))
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged[:MAX_SPANS]


def parse_filter(text: str) -> Filter:
    """Understand a filter.

    Raises:
        FilterError: it cannot be understood; the error tells why and where.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"a filter has at most {MAX_LENGTH:,} characters", MAX_LENGTH)
    return _Parser(text).parse()


class _Parser:
    """Reads the terms from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._flag_terms: list[FlagTerm] = []
        self._text_terms: list[Literal | Expression] = []

    def parse(self) -> Filter:
        """All terms, to the end of the text."""
        self._take(_BLANKS)
        while self._position < len(self._text):
            self._term()
            self._take(_BLANKS)
        return Filter(self._text, tuple(self._flag_terms), tuple(self._text_terms))

    def _term(self) -> None:
        negated = self._text[self._position] == "-"
        self._position += negated
        first = self._text[self._position : self._position + 1]
        if not first or first.isspace():
            raise FilterError("a minus sign goes before what is to be left out", self._position)
        if first == "/":
            self._expression(negated)
        elif first != '"' or not self._quotation(negated):
            self._word(negated)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._position)
        assert match is not None, "these patterns match here, if only the empty text"
        self._position = match.end()
        return match

    def _quotation(self, negated: bool) -> bool:
        """Read words in quotes; False, and nothing read, when these quotes are part of a word."""
        start = self._position
        body, close = self._take(_QUOTED).groups()
        follower = self._text[self._position : self._position + 1]
        if close == '"' and follower and not follower.isspace():
            self._position = start
            return False
        self._free_text(_UNQUOTE.sub(r"\1", body), negated)
        return True

    def _expression(self, negated: bool) -> None:
        start = self._position + 1
        body = self._take(_SLASHED)[1]
        column = self._position
        options = self._take(_RUN)[0]
        if options not in ("", "i"):
            raise FilterError(
                "only i may follow the closing slash; write \\/ for a slash within, "
                "or put text with slashes in quotes",
                column,
            )
        if not body:
            return
        try:
            term = Expression(body, options == "i", negated)
        except ExpressionError as error:
            raise FilterError(str(error), start + error.position) from error
        self._text_terms.append(term)

    def _word(self, negated: bool) -> None:
        start = self._position
        word = self._take(_RUN)[0]
        key, _, value = word.partition(":")
        column = start + len(key) + 1
        name = key.lower() if key != word else ""
        if name == "dir":
            self._direction(value, column, negated)
        elif name == "op":
            self._kinds(value, column, negated)
        elif name == "is":
            self._origin(value, column, negated)
        else:
            self._free_text(word, negated)

    def _free_text(self, text: str, negated: bool) -> None:
        if text:
            self._text_terms.append(Literal(text, negated))

    def _direction(self, value: str, column: int, negated: bool) -> None:
        outgoing = _DIRECTIONS.get(value.lower())
        if outgoing is None:
            raise FilterError("dir: takes in or out", column)
        self._flag_terms.append(FlagTerm(negated, outgoing))

    def _origin(self, value: str, column: int, negated: bool) -> None:
        if value.lower() != "heartbeat":
            raise FilterError("is: takes heartbeat", column)
        self._flag_terms.append(FlagTerm(negated, None, heartbeat=True))

    def _kinds(self, value: str, column: int, negated: bool) -> None:
        kinds = []
        for word in value.split(","):
            kind = _KINDS.get(word.lower())
            if kind is None:
                raise FilterError(f"op: takes {_KIND_WORDS}", column)
            kinds.append(kind)
            column += len(word) + 1
        self._flag_terms.append(FlagTerm(negated, None, tuple(dict.fromkeys(kinds))))
