"""References to secrets in the texts of options: where they stand, and what takes their place.

``${env:NAME}`` stands for a variable of the environment, ``${cmd:COMMAND}`` for the first line that
a command prints; ``$${`` writes ``${`` itself. Options, forms and profiles hold references as they
were typed. Pure: variables and output are arguments, `net.secrets` gets them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote

from wstui.core.options.info import OptionError

ENV: Final = "env"
CMD: Final = "cmd"

MASK: Final = "•••"
"""Stands on the screen for a secret."""

BYTES_MASK: Final = "***"
"""The same where it may be shown in any encoding."""

SHORT: Final = 6
"""Characters below which a secret is only masked where it stands as a word of its own."""

STAND_IN: Final = "1"
"""Stands for a reference where a text is checked: it may be a host, a port, or part of a path."""

_ADVICE: Final = "Write ${env:NAME} or ${cmd:COMMAND}; $${ stands for ${ itself."
_ENV_NAME: Final = re.compile(r"[^\s{}=\0]+")
_BRACE: Final = re.compile(r"[{}]")
_FIRST_SHADOW: Final = 0xF0000
"""Where the private-use characters begin that hold the places of references."""

_Any = TypeVar("_Any")


class Reference(NamedTuple):
    """What is to be looked up when a connection is opened."""

    kind: str
    """`ENV` or `CMD`."""
    name: str
    """The name of the variable, or the command as a shell reads it."""


class ReferenceProblem(OptionError):
    """A reference that cannot be read."""


class Resolved(NamedTuple):
    """Options for one opening of a connection. Only their connection may see them."""

    options: Any
    """The options with everything in its place."""
    secrets: frozenset[str]
    """What came into them, in each of its spellings; none of it may be shown. What stands for a
    host or a port is no secret: everybody on the way sees it."""


def pieces(text: str) -> list[str | Reference]:
    """The literal texts and the references that `text` consists of, in their order.

    Raises:
        ValueError: a ``${`` begins no reference; the message is a sentence for the user.
    """
    found: list[str | Reference] = []
    at = 0
    while (dollar := text.find("${", at)) >= 0:
        if dollar > at and text[dollar - 1] == "$":
            found += [text[at : dollar - 1], "${"]
            at = dollar + 2
            continue
        reference, end = _reference(text, dollar)
        found += [text[at:dollar], reference]
        at = end
    return [piece for piece in (*found, text[at:]) if piece]


def _reference(text: str, dollar: int) -> tuple[Reference, int]:
    """The reference that begins at `dollar`, and where it ends."""
    kind, colon, _ = text[dollar + 2 : dollar + 6].partition(":")
    if not colon or kind not in (ENV, CMD):
        raise ValueError(_ADVICE)
    begin = dollar + 6
    depth = 1
    for brace in _BRACE.finditer(text, begin):
        # A command may hold braces, as those of awk do, as long as each is closed.
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            name = text[begin : brace.start()].strip()
            if not name or (kind == ENV and not _ENV_NAME.fullmatch(name)):
                raise ValueError(_ADVICE)
            return Reference(kind, name), brace.end()
    raise ValueError(f"A reference is not closed. {_ADVICE}")


def reference_end(text: str, dollar: int) -> int:
    """Where the reference ends that begins at `dollar`.

    Raises:
        ValueError: none begins there; the message is a sentence for the user.
    """
    return _reference(text, dollar)[1]


def has_reference(text: str) -> bool:
    """Whether `text` holds a reference."""
    return any(isinstance(piece, Reference) for piece in _readable(text))


def _readable(text: str) -> list[str | Reference]:
    """The pieces of `text`; where they cannot be read, the text as it is."""
    if "${" not in text:
        return [text]
    try:
        return pieces(text)
    except ValueError:
        return [text]


def stand_in(text: str) -> str:
    """`text` with something harmless in the place of each reference, to check what is around."""
    return "".join(STAND_IN if isinstance(piece, Reference) else piece for piece in _readable(text))


def written(reference: Reference) -> str:
    """A reference as it is typed."""
    return f"${{{reference.kind}:{reference.name}}}"


@dataclass(frozen=True, slots=True)
class Shadow:
    """A text with one private-use character for each of its references, to be taken apart."""

    text: str
    references: tuple[Reference, ...]

    def restore(self, part: str) -> str:
        """A part of the text with its references as they are typed."""
        for index, reference in enumerate(self.references):
            part = part.replace(chr(_FIRST_SHADOW + index), written(reference))
        return part


def shadow(text: str) -> Shadow:
    """`text` with its references out of the way."""
    found: list[Reference] = []
    parts = []
    for piece in _readable(text):
        if isinstance(piece, Reference):
            found.append(piece)
            piece = chr(_FIRST_SHADOW + len(found) - 1)
        parts.append(piece)
    return Shadow("".join(parts), tuple(found))


# Options


def change_texts(value: _Any, change: Callable[[str, str], str]) -> _Any:
    """A copy of `value` with all texts in it changed, those within dataclasses and tuples, too.

    `change` is given the path of an option, with a dot for each dataclass, and a text of it.
    """

    def change_leaf(path: str, leaf: Any) -> Any:
        return change(path, leaf) if type(leaf) is str else leaf

    changed: _Any = _walk(value, change_leaf, "")
    return changed


def _walk(value: Any, change: Callable[[str, Any], Any], path: str) -> Any:
    """A copy of `value` with its leaves changed; `value` itself where none was."""
    same = value
    if isinstance(value, tuple | list):
        parts = [_walk(part, change, path) for part in value]
        if any(new is not old for new, old in zip(parts, value, strict=True)):
            same = type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            old = getattr(value, field.name)
            new = _walk(old, change, f"{path}.{field.name}" if path else field.name)
            if new is not old and field.init:
                changed[field.name] = new
        if changed:
            same = replace(value, **changed)
    else:
        same = change(path, value)
    return same


def reference_problems(options: object) -> list[ReferenceProblem]:
    """Everything in the texts of `options` that looks like a reference and is none."""
    found: list[ReferenceProblem] = []

    def check(path: str, text: str) -> str:
        if "${" in text:
            try:
                pieces(text)
            except ValueError as error:
                found.append(ReferenceProblem(path, str(error)))
        return text

    change_texts(options, check)
    return found


def find_references(options: object) -> tuple[Reference, ...]:
    """All references in the texts of `options`, each once, in their order."""
    found: dict[Reference, None] = {}

    def look(path: str, text: str) -> str:
        found.update((piece, None) for piece in _readable(text) if isinstance(piece, Reference))
        return text

    change_texts(options, look)
    return tuple(found)


def missing_words(references: Iterable[Reference], environment: Mapping[str, str]) -> str:
    """A sentence on all variables that `environment` lacks; empty when it has them all."""
    names = [one.name for one in references if one.kind == ENV and one.name not in environment]
    if not names:
        return ""
    *others, last = names
    listed = f"{', no '.join(others)} and no {last}" if others else last
    return f"The environment has no {listed}."


def put_in(options: _Any, values: Mapping[Reference, str]) -> Resolved:
    """`options` with each reference replaced by its value, and each ``$${`` by ``${``.

    In a uri a value stays one value: what would have a meaning there is percent-encoded, but for
    hosts and ports, which are taken as they are.
    """
    secrets: set[str] = set()

    def change(path: str, text: str) -> str:
        if "${" not in text:
            return text
        if path.rpartition(".")[2] == "uri":  # the server's or a proxy's
            return _uri(text, values, secrets)
        parts = []
        for piece in _readable(text):
            if isinstance(piece, Reference):
                piece = values[piece]
                secrets.add(piece)
            parts.append(piece)
        return "".join(parts)

    return Resolved(
        change_texts(options, change), frozenset(secret for secret in secrets if secret.strip())
    )


def _uri(uri: str, values: Mapping[Reference, str], secrets: set[str]) -> str:
    hidden = shadow(uri)
    text = hidden.text
    begin = text.find("://") + 3
    end = min((at for at in map(text.find, "/?#", [begin] * 3) if at >= 0), default=len(text))
    user_end = text.rfind("@", begin, end)
    for index, reference in enumerate(hidden.references):
        char = chr(_FIRST_SHADOW + index)
        value = values[reference]
        is_place = user_end < hidden.text.find(char) < end
        if not is_place:
            secrets |= {value, quote(value, safe="")}
            value = quote(value, safe="")
        text = text.replace(char, value)
    return text


# On the screen


def mask(text: str, secrets: Iterable[str], by: str = MASK) -> str:
    """`text` with each of `secrets` masked."""
    found = tuple(secrets)
    return _masker(found).sub(by, text) if found else text


def _masker(secrets: Iterable[str]) -> re.Pattern[str]:
    """Finds each of `secrets`, the longest first."""
    return re.compile("|".join(map(_pattern, sorted(secrets, key=len, reverse=True))))


def _pattern(secret: str) -> str:
    word = re.escape(secret)
    return rf"(?<!\w){word}(?!\w)" if len(secret) < SHORT else word


def mask_all(value: _Any, secrets: frozenset[str]) -> _Any:
    """A copy of `value` with each of `secrets` masked in all texts and bytes in it."""

    if not secrets:
        return value
    masker = _masker(secrets)

    def change(_: str, leaf: Any) -> Any:
        if type(leaf) is str:
            return masker.sub(MASK, leaf)
        if type(leaf) is bytes:
            text = leaf.decode("utf-8", "surrogateescape")
            masked = masker.sub(BYTES_MASK, text)
            return leaf if masked == text else masked.encode("utf-8", "surrogateescape")
        return leaf

    masked: _Any = _walk(value, change, "")
    return masked


# Written plainly

PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers, in lower case, whose values are secrets."""

PRIVATE_FIELDS: Final = {
    "password": "The password",
    "passphrase": "The passphrase",
    "basic": "The user's password",
    "bearer": "The bearer token",
    "cookies": "A cookie",
}
"""By the last part of their paths, options that hold secrets, and how they are called."""

_USER: Final = re.compile(r"[\w+]+://[^/?#@]*?:([^/?#]*)@")


def plain_secrets(options: object) -> list[OptionError]:
    """The secrets that stand in `options` as they are, not as references: no file may hold them."""
    found: list[OptionError] = []

    def tell(path: str, what: str) -> None:
        words = f"{what} would be kept as it is: write ${{env:NAME}} in its place."
        found.append(OptionError(path, words))

    def look(path: str, text: str) -> str:
        last = path.rpartition(".")[2]
        if last == "uri":
            user = _USER.match(shadow(text).text)
            if user and user[1] and not _holds_shadow(user[1]):
                tell(path, "The password in the uri")
        elif last in PRIVATE_FIELDS and text and not has_reference(text):
            tell(path, PRIVATE_FIELDS[last])
        elif "PRIVATE KEY-----" in text:
            tell(path, "The private key")
        return text

    change_texts(options, look)
    if any(map(_has_plain_secret, getattr(options, "rules", ()))):
        tell("rules", "The secret in a rule")
    for name, value in getattr(options, "headers", ()):
        if name.lower() in PRIVATE_HEADERS and value and not has_reference(value):
            tell("headers", f"The value of {name}")
    return found


def _has_plain_secret(rule: str) -> bool:
    from wstui.core.serving.rule_language import has_plain_secret  # which needs this module

    return has_plain_secret(rule)


def _holds_shadow(text: str) -> bool:
    return any(ord(char) >= _FIRST_SHADOW for char in text)
