"""Talking in a chat room: what is typed as messages, and messages as what is shown.

There are three forms of messages. That of our own rooms is told by `serving.chat`; `ws chat` of
IXWebSocket sends ``{"user": "ada", "text": "hello"}``; plain is text as it is. Pure: nothing here
is sent or shown. All texts may come from others and are not safe for a terminal.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote

from wstui.core.serving.chat import ChatError, check_name

COMMANDS: Final = {
    "/name NAME": "take another name",
    "/who": "who is here",
    "/help": "this",
    "/quit": "leave; so does Ctrl+D",
    "//TEXT": "say /TEXT",
}
"""What may be typed beside what is said."""

MOST_MEMBERS: Final = 1000
"""Names that are known, to be completed."""


class Form(enum.StrEnum):
    """What messages look like."""

    ROOM = "room"
    IXWEBSOCKET = "ixwebsocket"
    PLAIN = "plain"


class Sort(enum.StrEnum):
    """What is told."""

    SAID = "said"
    NOTICE = "notice"
    TROUBLE = "trouble"
    RAW = "raw"
    """A text message that may be anything."""
    SENT = "sent"
    """Such a message of our own."""


class Heard(NamedTuple):
    """Something that is shown."""

    sort: Sort
    text: str
    """Empty where there is nothing to show."""
    name: str = ""
    """Who said it."""
    is_own: bool = False
    fields: dict[str, Any] | None = None
    """What a room told, for programs."""


class Typed(NamedTuple):
    """What a typed line asks for."""

    message: str | None = None
    """To be sent; None: nothing."""
    shown: Heard | None = None
    """To be shown; None: nothing, or the room will tell it."""
    leaves: bool = False
    is_answered: bool = False
    """Whether the room will answer the message."""


def chat_uri(uri: str, name: str) -> str:
    """`uri` with what our rooms look at in a query: the name, which may be empty for any, and that
    JSON is spoken."""
    given = {key for key, _ in _query(uri)}
    wishes = {"name": name, "format": "json"}
    words = [
        f"{key}={quote(value, safe='')}"
        for key, value in wishes.items()
        if value and key not in given
    ]
    if not words:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{'&'.join(words)}"


def name_in(uri: str) -> str:
    """The name that a uri asks for; empty for none."""
    return dict(_query(uri)).get("name", "")


def _query(uri: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(uri.partition("?")[2], max_num_fields=100)
    except ValueError:
        return []


def is_name(text: str) -> bool:
    """Whether a room would allow that as a name."""
    try:
        return check_name(text) == text
    except ChatError:
        return False


def shown_name(name: str) -> str:
    """A name, in quotes where it is none that a room would allow: it cannot look like more than a
    name then."""
    return name if is_name(name) else json.dumps(name, ensure_ascii=False)


@dataclass(slots=True)
class Talk:
    """Our side of a conversation."""

    form: Form | None
    """None: not known before the first message."""
    wanted: str
    """The name that we want, or have; empty for any."""
    asked: str = ""
    """The name that the handshake asks for."""
    name: str = ""
    """What the room calls us; empty before it told."""
    members: dict[str, None] = field(default_factory=dict)
    """Whom we know to be in the room, in the order in which they came."""
    _may_ask: bool = False
    """Whether it is time to ask for the name that we want."""

    # What comes

    def hear(self, message: str) -> Heard:
        """What to show of a message."""
        found = _read(message)
        if self.form is None:
            self.form = _form_of(found)
        if self.form is Form.ROOM and found is not None and isinstance(found.get("type"), str):
            heard = self._hear_room(found)
            if heard is not None:
                return heard
        if self.form is Form.IXWEBSOCKET and found is not None and _is_ixwebsocket(found):
            return Heard(Sort.SAID, found["text"], found["user"], found["user"] == self.wanted)
        return Heard(Sort.RAW, message)

    def reply(self) -> str | None:
        """What to send after a message that came, without being asked; None for nothing.

        A room that we come back to may still have our old self, whose name is free once that has
        left; or it calls us as the handshake did, before we took another name.
        """
        if self.form is not Form.ROOM or self.wanted in ("", self.name):
            return None
        if not self._may_ask:
            return None
        self._may_ask = False
        return _object("name", name=self.wanted)

    def _hear_room(self, told: dict[str, Any]) -> Heard | None:
        """What a room told; None where that is not understood."""
        match told:
            case {"type": "said", "from": str(name), "text": str(text)}:
                self._add([name])
                fields = {"from": name, "text": text}
                return Heard(Sort.SAID, text, name, name == self.name, {"type": "said"} | fields)
            case {"type": "welcome", "name": str(name), "names": list(names)}:
                return self._welcome(name, names, told)
            case {"type": "joined", "name": str(name)}:
                self._add([name])
                words = "" if name == self.name else f"{shown_name(name)} joined"
                return self._notice(words, told)
            case {"type": "left", "name": str(name)}:
                self.members.pop(name, None)
                self._may_ask = self._may_ask or name == self.wanted
                return self._notice(f"{shown_name(name)} left", told)
            case {"type": "named", "from": str(old), "name": str(name)}:
                return self._named(old, name, told)
            case {"type": "who", "names": list(names)}:
                self._add(names)
                return self._notice(_here("here", names, told.get("count")), told)
            case {"type": "help", "text": str(text)}:
                return self._notice(text, told)
            case {"type": "error", "text": str(text)}:
                return Heard(Sort.TROUBLE, text, fields=_fields(told))
        return None

    def _welcome(self, name: str, names: list[str], told: dict[str, Any]) -> Heard:
        self.name = name
        self.members.clear()
        self._add([*names, name])
        self.wanted = self.wanted or name
        self._may_ask = self.wanted != self.asked
        count = told.get("count")
        others = count - 1 if isinstance(count, int) else None
        hint = "" if name == self.wanted else " (/name takes another name)"
        here = _here("here with you", names, others)
        return self._notice(f"you are {shown_name(name)}{hint}; {here}", told)

    def _named(self, old: str, name: str, told: dict[str, Any]) -> Heard:
        self.members.pop(old, None)
        self._add([name])
        if old == self.name:
            self.name = self.wanted = name
            return self._notice(f"you are {shown_name(name)} now", told)
        return self._notice(f"{shown_name(old)} is now {shown_name(name)}", told)

    @staticmethod
    def _notice(text: str, told: dict[str, Any]) -> Heard:
        return Heard(Sort.NOTICE, text, fields=_fields(told))

    def _add(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self.members) < MOST_MEMBERS:
                self.members[name] = None

    # What is typed

    def type(self, line: str) -> Typed:
        """What a line asks for, in a form that is known."""
        if self.form is Form.PLAIN:
            return Typed(line, Heard(Sort.SENT, line))
        if not line.strip():
            return Typed()
        if line.startswith("/") and not line.startswith("//"):
            command, _, rest = line[1:].strip().partition(" ")
            return self._command(command, rest.strip())
        text = line[1:] if line.startswith("//") else line
        if self.form is Form.ROOM:
            return Typed(_object("say", text=text), is_answered=True)
        message = json.dumps({"user": self.wanted, "text": text}, ensure_ascii=False)
        return Typed(message, Heard(Sort.SAID, text, self.wanted, True))

    def _command(self, command: str, rest: str) -> Typed:
        if command in ("quit", "q", "exit"):
            return Typed(leaves=True)
        if command in ("help", "h", "?"):
            lines = [f"{name:<12} {what}" for name, what in COMMANDS.items()]
            return Typed(shown=Heard(Sort.NOTICE, "\n".join(lines)))
        if command == "name" and not rest:
            return _trouble("Write /name NAME.")
        if command == "name" and self.form is Form.ROOM:
            return Typed(_object("name", name=rest), is_answered=True)
        if command == "name":
            self.wanted = rest
            return Typed(shown=Heard(Sort.NOTICE, f"you are {shown_name(rest)} now"))
        if command == "who" and self.form is Form.ROOM:
            return Typed(_object("who"), is_answered=True)
        if command == "who":
            return _trouble("This server does not tell who is there.")
        words = f"There is no command /{command}: /help tells those there are"
        return _trouble(f"{words}, and // begins a text with a slash.")

    def is_answer(self, heard: Heard) -> bool:
        """Whether this is what the room answers to something that we sent."""
        if heard.sort is Sort.SAID:
            return heard.is_own
        kind = (heard.fields or {}).get("type")
        return kind in ("error", "who") or (
            kind == "named" and (heard.fields or {}).get("name") == self.name
        )


def _trouble(text: str) -> Typed:
    return Typed(shown=Heard(Sort.TROUBLE, text))


def _object(type: str, **fields: str) -> str:
    return json.dumps({"type": type, **fields}, ensure_ascii=False)


def _read(message: str) -> dict[str, Any] | None:
    """What is understood of the JSON object that a message is: whole numbers, texts, and lists of
    them. None when it is none."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {key: part for key, value in found.items() if (part := _part(value)) is not None}


def _part(value: object) -> str | int | list[str] | None:
    """A value that a room may tell; None where it is none: not-a-number is no JSON, and what is
    nested deeply can be read, but not written again."""
    match value:
        case str():
            return _writable(value)
        case list():
            return [_writable(one) for one in value if isinstance(one, str)]
        case int() if not isinstance(value, bool):
            return value
    return None


def _writable(text: str) -> str:
    """A text without the lone surrogates that JSON can name and no encoding can write."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_TOLD: Final = ("welcome", "said", "joined", "left", "named", "who", "help", "error")


def _form_of(found: dict[str, Any] | None) -> Form:
    """What a server speaks whose first message this is."""
    if found is not None and found.get("type") in _TOLD:
        return Form.ROOM
    is_ixwebsocket = found is not None and _is_ixwebsocket(found)
    return Form.IXWEBSOCKET if is_ixwebsocket else Form.PLAIN


def _is_ixwebsocket(found: dict[str, Any]) -> bool:
    return all(isinstance(found.get(key), str) for key in ("user", "text"))


def _fields(told: dict[str, Any]) -> dict[str, Any]:
    """What a room told that programs may want."""
    return {
        key: told[key] for key in ("type", "from", "name", "names", "count", "text") if key in told
    }


def _here(words: str, names: list[str], count: object) -> str:
    """Who is there, of `count` in all as far as that is known."""
    if not names:
        return f"nobody is {words}"
    more = count - len(names) if isinstance(count, int) else 0
    told = ", ".join(map(shown_name, names))
    return f"{words}: {told}" + (f" and {more:,} more" if more > 0 else "")
