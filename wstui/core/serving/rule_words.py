"""The words of a rule: cut at blanks, but for those in quotes and in references."""

from __future__ import annotations

import re
from typing import Final

from wstui.core.options.info import OptionError
from wstui.core.options.secrets import ReferenceProblem, reference_end

_ESCAPED: Final = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


def rule_error(words: str) -> OptionError:
    """A line that means no rule; `words` say how to write one."""
    return OptionError("rules", words)


def split_words(line: str) -> list[str]:
    """The words of a line, without the quotes around values, and with references as typed.

    Raises:
        OptionError: a quotation or a reference is not closed.
    """
    found: list[str] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
        else:
            word, at = _word(line, at)
            found.append(word)
    return found


def _word(line: str, at: int) -> tuple[str, int]:
    """The word that begins at `at`, and where it ends."""
    parts: list[str] = []
    quote, before = "", ""
    while at < len(line):
        char = line[at]
        if char == "$" and line.startswith("{", at + 1):
            end = _reference_end(line, at)
            parts.append(line[at:end])
            at, before = end, "}"
            continue
        if char == "$" and line.startswith("${", at + 1):  # stands for the text ${
            parts.append("$${")
            at, before = at + 3, "{"
            continue
        at += 1
        if quote and char == "\\" and line[at : at + 1] in _ESCAPED and at < len(line):
            char = _ESCAPED[line[at]]
            at += 1
        elif quote and char == quote:
            if at < len(line) and not line[at].isspace():
                raise rule_error("Leave a blank behind a closing quotation mark.")
            return "".join(parts), at
        elif not quote and char in "'\"" and before in ("", ":", "="):
            quote = char
            continue
        elif not quote and char.isspace():
            break
        parts.append(char)
        before = char
    if quote:
        raise rule_error(f"A quotation is not closed: write {quote} at its end.")
    return "".join(parts), at


def _reference_end(line: str, at: int) -> int:
    try:
        return reference_end(line, at)
    except ValueError as error:
        raise ReferenceProblem("rules", str(error)) from error


def quoted(text: str) -> str:
    """`text` as a value, in quotes where it needs them."""
    parts = []
    plain = bool(text) and text[0] not in "'\""
    for piece in _kept_pieces(text):
        if piece.startswith("${") or piece == "$${":
            parts.append(piece)
            continue
        plain = plain and not any(char.isspace() for char in piece)
        # Behind a colon and an equals sign a quotation may begin.
        plain = plain and re.search(r"[:=]['\"]", piece) is None
        escaped = piece.replace("\\", "\\\\").replace("'", "\\'")
        parts.append(escaped.replace("\n", "\\n").replace("\t", "\\t"))
    return text if plain else f"'{''.join(parts)}'"


def _kept_pieces(text: str) -> list[str]:
    """`text` cut before and behind each reference, which stay as typed."""
    found: list[str] = []
    at = 0
    while (dollar := text.find("${", at)) >= 0:
        if dollar > at and text[dollar - 1] == "$":
            found += [text[at : dollar - 1], "$${"]
            at = dollar + 2
            continue
        end = reference_end(text, dollar)
        found += [text[at:dollar], text[dollar:end]]
        at = end
    return [*found, text[at:]]
