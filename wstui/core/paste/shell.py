"""Command lines as they stand in shells and browsers' menus, cut into words.

Owns the quoting of POSIX shells with bash's ``$'…'``, and that of cmd.exe as browsers write it.
Nothing is ever run or looked up: a variable becomes a `${env:NAME}` reference, and what merely
looks like one of our references is kept from being one: a pasted text must not run commands.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final, NamedTuple

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE: Final = re.compile(rf"\$(?:({_NAME})|\{{({_NAME})\}})")
_BLANK: Final = re.compile(r"(?:\s|[\\`]\n)*+")
"""What stands between words; a backslash, or PowerShell's backquote, before a line feed, too."""
_PLAIN: Final = re.compile(r"[^\s'\"\\$;&|<>]+")
_QUOTED: Final = re.compile(r"[^\"\\$`]+")
_OPERATOR: Final = re.compile(r"&&|\|\||[;&|]|\d?(?:>>?|<)(?:&\d)?")
_REDIRECT: Final = re.compile(r"\d?(?:>>?|<)(?:&\d)?")

_ANSI_C: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)
_LETTERS: Final = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))


class _Reference(str):
    """A reference of ours, among pieces that are just text."""


def literal(text: str) -> str:
    """`text` written so that nothing in it is a reference."""
    return text.replace("${", "$${")


def one_line(text: str) -> str:
    """A command of several lines as one, for where a line feed would end it."""
    lines = (re.sub(r"(?:\\|\s[`^])$", "", line).strip() for line in re.split(r"\r\n|[\r\n]", text))
    return " ".join(line for line in lines if line)


class Words(NamedTuple):
    """What a line holds up to the end of its first command."""

    words: list[str]
    piped: list[str]
    """The words of the command before, whose output was to be its input; empty without one."""
    rest: str
    """What stands behind the first command and was not read."""
    substitution: bool
    """Whether the output of another command was to stand in one of the words."""


def split_posix(text: str, *, ours: bool = False) -> Words:
    """The words of `text` as bash splits them, read leniently: an open quote ends at the end.

    A line feed without a backslash is a blank: people lose backslashes. `&` and `;` within a word
    belong to it, so that a uri which nobody quoted stays whole. With `ours` it was written for
    wstui, and references in it are meant.
    """
    words: list[str] = []
    piped: list[str] = []
    at, substitution = 0, False
    while True:
        at = _skip(text, at)
        if at >= len(text):
            return Words(words, piped, "", substitution)
        end = _operator_end(text, at)
        if end:
            operator = text[at:end]
            at = end
            if _REDIRECT.fullmatch(operator):
                if "&" not in operator:
                    _, at, _ = _word(text, _skip(text, at), ours)
            elif operator == "|" and words[:1] in (["echo"], ["printf"]):
                words, piped = [], words
            elif words:
                return Words(words, piped, text[at:].strip(), substitution)
            continue
        word, at, substituted = _word(text, at, ours)
        substitution |= substituted
        words.append(word)


def _skip(text: str, at: int) -> int:
    """The place of the next character that is no blank."""
    match = _BLANK.match(text, at)
    return at if match is None else match.end()


def _operator_end(text: str, at: int) -> int:
    """The end of the operator that stands at `at`, as a word or at a word's end; 0 for none."""
    match = _OPERATOR.match(text, at)
    if match is None:
        return 0
    operator = match[0]
    alone = match.end() >= len(text) or text[match.end()].isspace()
    return match.end() if alone or _REDIRECT.fullmatch(operator) else 0


def _word(text: str, at: int, ours: bool) -> tuple[str, int, bool]:
    """The word that begins at `at`, its end, and whether a command was to be run in it."""
    parts: list[str] = []
    substituted = False
    while at < len(text) and not text[at].isspace():
        if parts and text[at] in ";&|" and _operator_end(text, at):
            break
        char = text[at]
        plain = _PLAIN.match(text, at)
        if plain is not None:
            part, at = plain[0], plain.end()
        elif char == "'":
            part, at = _until(text, at + 1, "'")
        elif char == '"' or text.startswith('$"', at):
            found, at, run = _double(text, at + (2 if char == "$" else 1))
            parts += found
            substituted |= run
            continue
        elif text.startswith("$'", at):
            part, at = _ansi_c(text, at + 2)
        elif char == "\\":
            part, at = text[at + 1 : at + 2].replace("\n", ""), at + 2
        elif char == "$":
            part, at, run = _dollar(text, at)
            substituted |= run
        else:
            part, at = char, at + 1
        parts.append(part)
    if ours:
        return "".join(parts), at, substituted
    # Only neighbours together show what would be a reference: '$''{env:A}'.
    groups = groupby(parts, key=lambda part: isinstance(part, _Reference))
    joined = (
        "".join(group) if is_reference else literal("".join(group))
        for is_reference, group in groups
    )
    return "".join(joined), at, substituted


def _until(text: str, at: int, mark: str) -> tuple[str, int]:
    end = text.find(mark, at)
    return (text[at:], len(text)) if end < 0 else (text[at:end], end + 1)


def _double(text: str, at: int) -> tuple[list[str], int, bool]:
    """The pieces of what stands between double quotes, where `$` and some backslashes count."""
    parts: list[str] = []
    substituted = False
    while at < len(text) and text[at] != '"':
        plain = _QUOTED.match(text, at)
        if plain is not None:
            part, at = plain[0], plain.end()
        elif text[at] == "\\":
            follower = text[at + 1 : at + 2]
            escaped = follower.replace("\n", "")
            part = escaped if follower in ("$", "`", '"', "\\", "\n") else f"\\{follower}"
            at += 2
        elif text[at] == "$":
            part, at, run = _dollar(text, at)
            substituted |= run
        else:
            part, at = text[at], at + 1
            substituted = True  # a backquote
        parts.append(part)
    return parts, at + 1, substituted


def _dollar(text: str, at: int) -> tuple[str, int, bool]:
    match = _VARIABLE.match(text, at)
    if match is not None:
        return _Reference(f"${{env:{match[1] or match[2]}}}"), match.end(), False
    return "$", at + 1, text.startswith("$(", at)


def _ansi_c(text: str, at: int) -> tuple[str, int]:
    """What stands in ``$'…'``, with its escapes replaced (Bash manual section 3.1.2.4)."""
    match = re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL).match(text, at)
    assert match is not None, "it matches nothing, too"

    return unescape(match[0]), match.end() + 1


def unescape(text: str) -> str:
    """`text` with the escapes of C, which are those of ``$'…'`` and JavaScript, replaced."""
    return _ANSI_C.sub(_unescaped, text)


def _unescaped(escape: re.Match[str]) -> str:
    hexadecimal = escape[1] or escape[2] or escape[3]
    if hexadecimal:
        return _char(int(hexadecimal, 16))
    if escape[4]:
        return _char(int(escape[4], 8))
    return _LETTERS.get(escape[5], escape[5] if escape[5] in "\\'\"?/`$" else escape[0])


def _char(point: int) -> str:
    return (
        chr(point)
        if point < 0x110000 and not 0xD800 <= point < 0xE000
        else "\N{REPLACEMENT CHARACTER}"
    )


def is_cmd(text: str) -> bool:
    """Whether `text` is quoted for cmd.exe: a caret stands before its first quote, or, where that
    is a double one or there is none, at the end of a line."""
    first = re.search(r"\^\"|['\"]", text)
    if first is not None and first[0] != '"':
        return first[0] == '^"'
    return re.search(r"\s\^\r?(\n|$)", text) is not None


def split_cmd(text: str) -> Words:
    """The words of `text` as browsers quote them for cmd.exe and the C runtime behind it.

    They write ``^`` before what cmd.exe would obey, ``^`` and two line feeds for one, and ``\\"``
    or ``""`` for a quote within quotes.
    """
    text = text.replace("\r\n", "\n")
    text = re.sub(
        r"\^(\n\n|\n|.)", lambda match: {"\n\n": "\n", "\n": " "}.get(match[1], match[1]), text
    )
    words: list[str] = []
    part = re.compile(r'"((?:[^"\\]|\\.|"")*+)(?:"|$)|((?:[^\s"\\]|\\.)++)|\\$', re.DOTALL)
    at = 0
    while True:
        at = _skip(text, at)
        if at >= len(text):
            return Words(words, [], "", False)
        found: list[str] = []
        while at < len(text) and (match := part.match(text, at)) is not None:
            quoted, plain = match[1], match[2]
            found.append((quoted or "").replace('""', '"') if quoted is not None else plain or "")
            at = match.end()
        if words and "".join(found) in ("&", "&&", "|"):
            return Words(words, [], text[at:].strip(), False)
        # Browsers double backslashes, and put one before $ and `, though nobody takes them away.
        words.append(literal(re.sub(r'\\([\\"$`])', r"\1", "".join(found))))
