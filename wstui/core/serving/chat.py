"""A chat room: who is in it, what they may be called, and who is told what.

Plain text works by hand: ``/name ada``, ``/who``, ``/help``; anything else is said to all. Programs
send JSON objects, and get JSON objects from then on:

    {"type": "say", "text": "hello"}     {"type": "said", "from": "ada", "text": "hello", "at": …}
    {"type": "name", "name": "ada"}      {"type": "named", "from": "guest-1", "name": "ada", …}
    {"type": "who"}                      {"type": "who", "names": ["ada"], "count": 1}
    {"type": "help"}                     {"type": "help", "text": …}

Others come as ``welcome`` (whose ``name`` is one's own), ``joined``, ``left`` and ``error``. Among
very many it is not told who comes and goes. Pure: time is an argument, in seconds since the epoch;
on the wire it is UTC in ISO 8601.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

MAX_NAME: Final = 32
"""Characters of a name."""

MAX_TEXT: Final = 4000
"""Characters that are said at a time."""

MAX_MESSAGE: Final = 32 << 10
"""Bytes of a message, in which JSON may spell that many characters."""

MOST_NAMES: Final = 100
"""Names that are told at a time."""

CROWD: Final = 200
"""Members above which it is not told who comes and goes: in a crowd, each of a thousand who come
would have to be told of all others."""

_MARKS: Final = "_-."
_ALLOWED: Final = ("L", "M", "N")
"""Categories of Unicode of which names may be: letters, their marks, numbers."""

_REFUSED: Final = ("Cc", "Cs", "Zl", "Zp")
"""Categories of which nothing is said: what moves the cursor, surrogates, line separators."""

HELP: Final = "/name NAME takes a name, /who tells who is here; anything else is said to all"


class ChatError(ValueError):
    """What was asked is not possible; `str()` is a sentence for who asked."""


@dataclass(slots=True)
class Member:
    """Somebody in the room."""

    name: str
    speaks_json: bool
    """Whether it is told things as JSON."""


class Post(NamedTuple):
    """Something that is told, in both forms."""

    to: int | None
    """The member that is told; None: all of them."""
    text: str
    json: str


class Wishes(NamedTuple):
    """What somebody asked for when it connected."""

    name: str
    """Empty for none."""
    speaks_json: bool


def read_wishes(target: str, subprotocol: str | None) -> Wishes:
    """What the request target, such as ``/chat?name=ada&format=json``, asks for. A subprotocol
    that ends in ``json`` asks for JSON, too."""
    try:
        pairs = dict(parse_qsl(target.partition("?")[2], max_num_fields=100))
    except ValueError:
        pairs = {}
    speaks_json = pairs.get("format") == "json" or (subprotocol or "").lower().endswith("json")
    return Wishes(pairs.get("name", ""), speaks_json)


def check_name(name: str) -> str:
    """`name` as it is shown to all.

    Raises:
        ChatError: nobody may be called that.
    """
    name = unicodedata.normalize("NFC", name.strip()[: MAX_NAME * 4])
    if not 0 < len(name) <= MAX_NAME:
        raise ChatError(f"A name has 1 to {MAX_NAME} characters.")
    fits = all(char in _MARKS or unicodedata.category(char)[0] in _ALLOWED for char in name)
    if not fits or unicodedata.category(name[0])[0] == "M":
        raise ChatError(f"A name is of letters, digits and {' '.join(_MARKS)}")
    return name


class Room:
    """Who is there, by any number that the caller has for each."""

    def __init__(self) -> None:
        self._members: dict[int, Member] = {}
        self._names: dict[str, int] = {}  # as they are compared
        self._guests = 0

    def __len__(self) -> int:
        return len(self._members)

    def speaks_json(self, key: int) -> bool:
        """Whether this member is told things as JSON."""
        member = self._members.get(key)
        return member is not None and member.speaks_json

    def join(self, key: int, wishes: Wishes, now: float) -> list[Post]:
        """Somebody came; under a name of our own when it cannot have the one that it wants."""
        trouble: ChatError | None = None
        name = ""
        if wishes.name:
            try:
                name = self._free_name(wishes.name)
            except ChatError as error:
                trouble = error
        while not name:
            self._guests += 1
            guest = f"guest-{self._guests}"
            name = "" if _same(guest) in self._names else guest
        others = self._some_names()
        text = f"* you are {name}; {self._here('with you')}; /help tells more"
        posts = [_post(key, text, "welcome", now, name=name, names=others, count=len(self) + 1)]
        if trouble is not None:
            posts.insert(0, _error(key, trouble))
        if len(self) < CROWD:
            posts.append(_post(None, f"* {name} joined", "joined", now, name=name))
        self._members[key] = Member(name, wishes.speaks_json)
        self._names[_same(name)] = key
        return posts

    def leave(self, key: int, now: float) -> list[Post]:
        """Somebody is gone; nothing is told when it was never there, or in a crowd."""
        member = self._members.pop(key, None)
        if member is None:
            return []
        del self._names[_same(member.name)]
        if len(self) >= CROWD:
            return []
        return [_post(None, f"* {member.name} left", "left", now, name=member.name)]

    def heard(self, key: int, message: bytes | None, now: float) -> list[Post]:
        """A member sent a text message; None stands for one that is not text."""
        member = self._members.get(key)
        if member is None:
            return []
        try:
            if message is None:
                raise ChatError("The chat takes text messages.")
            if len(message) > MAX_MESSAGE:
                raise ChatError(f"A message has at most {MAX_MESSAGE >> 10} KiB.")
            text = message.decode()
            asked = _read_json(text)
            if asked is None:
                return self._line(key, member, text, now)
            member.speaks_json = True
            return self._object(key, member, asked, now)
        except ChatError as error:
            return [_error(key, error)]

    # What may be asked

    def _line(self, key: int, member: Member, text: str, now: float) -> list[Post]:
        text = text.rstrip("\r\n")
        if not text.startswith("/"):
            return self._say(member, text, now)
        command, _, rest = text[1:].strip().partition(" ")
        if command == "name":
            return self._rename(key, member, rest, now)
        if command == "who":
            return self._who(key)
        if command in ("help", "?", "h"):
            return [_post(key, HELP, "help", None, text=HELP)]
        raise ChatError("There is no such command: /help tells those there are.")

    def _object(self, key: int, member: Member, asked: dict[str, Any], now: float) -> list[Post]:
        match asked:
            case {"type": "say", "text": str(text)}:
                return self._say(member, text, now)
            case {"type": "name", "name": str(name)}:
                return self._rename(key, member, name, now)
            case {"type": "who"}:
                return self._who(key)
            case {"type": "help"}:
                words = "say with a text, name with a name, who, help"
                return [_post(key, words, "help", None, text=words)]
        raise ChatError("The types are say with a text, name with a name, who and help.")

    def _say(self, member: Member, text: str, now: float) -> list[Post]:
        if not text.strip():
            raise ChatError("That said nothing.")
        if len(text) > MAX_TEXT:
            raise ChatError(f"At most {MAX_TEXT} characters are said at a time.")
        if any(unicodedata.category(char) in _REFUSED and char not in "\n\t" for char in text):
            raise ChatError("Control characters are not said.")
        # A second line cannot pass for what somebody else says.
        shown = f"{member.name}: " + text.replace("\n", "\n  ")
        return [_post(None, shown, "said", now, **{"from": member.name, "text": text})]

    def _rename(self, key: int, member: Member, wished: str, now: float) -> list[Post]:
        name, old = self._free_name(wished, key), member.name
        del self._names[_same(old)]
        self._names[_same(name)] = key
        member.name = name
        text = f"* {old} is now {name}"
        return [_post(None, text, "named", now, **{"from": old, "name": name})]

    def _who(self, key: int) -> list[Post]:
        names = self._some_names()
        return [_post(key, f"* {self._here('here')}", "who", None, names=names, count=len(self))]

    # Names

    def _free_name(self, wished: str, key: int | None = None) -> str:
        """`wished` when nobody but `key` has it."""
        name = check_name(wished)
        if self._names.get(_same(name), key) != key:
            raise ChatError(f"Somebody else is called {name}.")
        return name

    def _some_names(self) -> list[str]:
        return [member.name for member in islice(self._members.values(), MOST_NAMES)]

    def _here(self, words: str) -> str:
        if not self._members:
            return f"nobody is {words}"
        names = ", ".join(self._some_names())
        more = len(self) - MOST_NAMES
        return f"{words}: {names}" + (f" and {more:,} more" if more > 0 else "")


def _same(name: str) -> str:
    """What two names have in common that people take for the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def _read_json(text: str) -> dict[str, Any] | None:
    """The JSON object with a type that `text` is; None when it is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("type"), str) else None


def _post(to: int | None, shown: str, type: str, now: float | None, /, **fields: object) -> Post:
    told: dict[str, object] = {"type": type, **fields}
    if now is not None:
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        told["at"] = moment.replace("+00:00", "Z")
    return Post(to, shown, json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _error(to: int, error: ChatError) -> Post:
    return _post(to, f"! {error}", "error", None, text=str(error))
