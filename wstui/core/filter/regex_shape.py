"""What a regular expression's text tells before it runs: what it needs, and how it may misbehave.

Owns a cautious reading of the pattern: a literal that every match has to contain, whether the end
of the text matters, up to which length a search is surely quick, and how large it gets when its
counted repeats are written out. It judges; compiling and running is `filter.terms`' matter. What
it does not understand it calls opaque: then nothing is taken for granted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MAX_EXPANSION: Final = 10_000
"""Items an expression may have with its counted repeats written out; `regex` compiles them all,
so that ``((a{1000}){1000}){1000}`` would take all memory before anything is searched."""

MAX_LETTERS: Final = 200
"""Plain letters an expression may have in a row: `regex` makes a table of them when it first
searches, which takes 2 ms for 200 that repeat themselves and 1.8 s for 2,000."""

_QUICK: Final = (16_384, 512, 128)
"""Characters that are surely searched within 3 ms by the simplest expression with none, one and
two open-ended repeats. With each of these a search may take the text's length once more."""

_LETTERS_A_SET: Final = 8
"""Letters of a literal that take as long to compare as one set of characters."""

_MAX_CHOICES: Final = 64
"""Ways to read one stretch of text above which a search is not called quick."""

_COUNT: Final = re.compile(r"\{(?=[\d,])(\d*)(?:(,)(\d*))?\}", re.ASCII)
_SET: Final = re.compile(r"\^?\]?(?:[^\]\[\\]|\\.)*\]", re.DOTALL)
_TRANSPARENT: Final = ("(?:", "(?P<", "(?=", "(?!", "(?<", "(?>")
_END_SIGHT: Final = ("(?=", "(?!", "(?>")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a pattern before it runs."""

    needle: str
    """A literal that is part of every match; empty when none is known."""
    sees_end: bool
    """Whether a match may depend on where the text ends: ``$``, word edges, look-ahead."""
    quick: int
    """Characters up to which a search needs no time limit; 0 when it always does."""
    expansion: int
    """Items of the pattern, counted repeats written out, about."""
    letters: int
    """The most plain letters in a row."""


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right and keeps what `Shape` tells."""

    pattern: str
    position: int = 0
    opaque: bool = False
    sees_end: bool = False
    alternatives: bool = False  # outside of every group: then no literal is in every match
    run: list[str] = field(default_factory=list)
    needle: str = ""
    open_ended: int = 0
    choices: int = 1
    sizes: list[int] = field(default_factory=lambda: [0])  # of the open groups, outermost first
    last: int = 0  # size of the item before, which a repeat multiplies
    last_is_group: bool = False
    literals: int = 0  # items that are plain letters
    letters: int = 0  # of these, how many in a row up to here
    most_letters: int = 0

    def read(self) -> Shape:
        while self.position < len(self.pattern):
            self._item()
        self._end_run()
        while len(self.sizes) > 1:  # unbalanced: an error that compiling tells better
            self._close_group()
        needle = "" if self.opaque or self.alternatives else self.needle
        sees_end = self.opaque or self.sees_end
        return Shape(needle, sees_end, self._quick(), sum(self.sizes), self.most_letters)

    def _quick(self) -> int:
        """Characters up to which a search needs no time limit."""
        order = self.open_ended
        if self.opaque or order >= len(_QUICK) or self.choices > _MAX_CHOICES:
            return 0
        # What a search does at each place, against what the simplest expression does: one set
        # for each open-ended repeat and one behind.
        sets = max(sum(self.sizes) - self.literals - order - 1, 0)
        effort = self.choices + sets + self.literals // _LETTERS_A_SET
        return int(_QUICK[order] / effort ** (1 / (order + 1)))

    def _item(self) -> None:
        char = self.pattern[self.position]
        self.position += 1
        if char == "\\":
            self._escape()
        elif char == "[":
            self._set()
        elif char == "(":
            self._open_group()
        elif char == ")":
            self._close_group()
        elif char in "*+?{":
            self._repeat(char)
        elif char == "|":
            self._end_run()
            self.letters = 0
            self.alternatives |= len(self.sizes) == 1
            self.choices *= 2
        elif char in "^$":
            self._end_run()
            self.sees_end |= char == "$"
        elif char == ".":
            self._atom(None)
        else:
            self._atom(char)

    def _atom(self, literal: str | None) -> None:
        """Count one item; `literal` is the only character it matches, None when it matches more."""
        self.sizes[-1] += 1
        self.last, self.last_is_group = 1, False
        self.literals += literal is not None
        self.letters = 0 if literal is None else self.letters + 1
        self.most_letters = max(self.most_letters, self.letters)
        if literal is not None and len(self.sizes) == 1:
            self.run.append(literal)
        else:
            self._end_run()

    def _end_run(self) -> None:
        text = "".join(self.run)
        self.run.clear()
        if len(text) > len(self.needle):
            self.needle = text

    def _escape(self) -> None:
        char = self.pattern[self.position : self.position + 1]
        self.position += 1
        if char in "bBAZ":
            self._end_run()
            self.sees_end |= char != "A"
        elif char in "dDwWsSnrtfv":
            self._atom(None)
        elif char.isalnum():
            # References, code points, properties: where they end is not worth knowing.
            self.opaque = True
            self._atom(None)
        else:
            self._atom(char)

    def _set(self) -> None:
        match = _SET.match(self.pattern, self.position)
        if match is None:  # not closed, or a set within a set such as [[:alpha:]]
            self.opaque = True
            close = self.pattern.find("]", self.position)
            self.position = len(self.pattern) if close < 0 else close + 1
        else:
            self.position = match.end()
        self._atom(None)

    def _open_group(self) -> None:
        self._end_run()
        self.letters = 0
        start = self.position - 1
        if self.pattern.startswith(("(?", "(*"), start):
            known = self.pattern.startswith(_TRANSPARENT, start)
            self.opaque |= not known
            self.sees_end |= self.pattern.startswith(_END_SIGHT, start)
            if not self.pattern.startswith("(?:", start):
                self.choices = _MAX_CHOICES + 1
            self.position += 1
        self.sizes.append(1)

    def _close_group(self) -> None:
        self._end_run()
        self.letters = 0
        if len(self.sizes) > 1:
            self.last = self.sizes.pop()
            self.last_is_group = True
            self.sizes[-1] += self.last

    def _repeat(self, char: str) -> None:
        low, high = 0, 1
        if char == "{":
            match = _COUNT.match(self.pattern, self.position - 1)
            if match is None:
                self._brace()
                return
            self.position = match.end()
            digits, comma, upper = match.groups()
            low = int(digits or 0)
            high = int(upper) if upper else low + 1 if comma else low
            self.open_ended += bool(comma and not upper)
            self.choices *= max(low, high - low + 1)
        elif char == "?":
            self.choices *= 2
        else:
            low = 1 if char == "+" else 0
            self.open_ended += 1
        if self.run and not low:
            self.run.pop()
        self._end_run()
        if self.last_is_group:  # repeats within repeats can take exponential time
            self.choices = _MAX_CHOICES + 1
        self._expand(max(low, high, 1))
        if self.pattern[self.position : self.position + 1] in ("?", "+"):
            self.sees_end |= self.pattern[self.position] == "+"
            self.position += 1

    def _brace(self) -> None:
        """Read a brace that begins no count: it stands for itself, or for fuzzy matching."""
        if self.pattern[self.position : self.position + 1] in ("", '"', "'", "[", "\\", "{"):
            self._atom("{")
        else:
            self.opaque = True
            self._atom(None)

    def _expand(self, times: int) -> None:
        """Count the item before `times` times."""
        self.sizes[-1] += self.last * (times - 1)
        self.last *= times


def shape(pattern: str) -> Shape:
    """What the text of a regular expression tells before it runs. Never fails."""
    return _Reader(pattern).read()
