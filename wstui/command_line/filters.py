"""Filters on a command line: the filter language, with its errors shown where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wstui.command_line.parser import Parser
from wstui.core.filter import Filter, FilterError, parse_filter
from wstui.core.printable import one_to_one


def joined(words: Sequence[str], names: Iterable[str]) -> list[str]:
    """`words` with the options `names` and their values in one word: a filter may begin with a
    minus sign, which argparse would take for another option."""
    names = frozenset(names)
    made: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            return [*made, word, *rest]
        value = next(rest, None) if word in names else None
        made.append(word if value is None else f"{word}={value}")
    return made


def read_filter(parser: Parser, name: str, text: str) -> Filter:
    """The filter that was given by the option `name`. Ends the process where it cannot be
    understood, pointing at the place."""
    try:
        return parse_filter(text)
    except FilterError as error:
        place = " " * error.position
        parser.exit(2, f"wstui: {name}: {error.message}\n  {one_to_one(text)}\n  {place}^\n")
