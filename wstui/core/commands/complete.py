"""What a command could become when it is completed: names, connections, close codes, options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from wstui.core.close_codes import SENDABLE_CODES, describe
from wstui.core.commands.language import COMMANDS, TOPICS
from wstui.core.commands.line_mode import CLOSED, LINE_MODE_COMMANDS
from wstui.core.commands.words import CommandInfo
from wstui.core.connection import Connection
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import masked_uri
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.table import CONNECTING
from wstui.core.profiles import EMPTY_BOOK, Book, Options, Table, place_of
from wstui.core.sending.raw_frame import OPCODES
from wstui.core.serving.verdict import NO_SUBPROTOCOL, request_of

FIRST_OWN: Final = 4000
"""The first close code for private use; those behind it are not listed."""

_TAKES_IDS: Final = tuple(
    one.name for one in COMMANDS if one.usage.split()[1:2] in (["<ids>"], ["[ids]"])
)

TO_LIVE: Final = ("close", "drop", "pause", "resume")
TO_OPEN: Final = (
    *("send", "sendhex", "ping", "pong", "pinghex", "ponghex"),
    *(name for name in _TAKES_IDS if name not in TO_LIVE),
)
TO_RETRIED: Final = ("stop",)
TO_AT_REST: Final = ("reconnect",)

TO_DECIDED: Final = ("allow", "reject")
"""Commands about a handshake that waits for the user."""

_TAKES_ID: Final = {
    one.name
    for one in (*COMMANDS, *LINE_MODE_COMMANDS)
    if one.usage.split()[1:2] in (["<id>"], ["[id]"], ["<client>"], ["<listener>"])
}

_TO_LISTENERS: Final[dict[str, frozenset[ListenerState]]] = {
    **dict.fromkeys(("show", "remove", "wait"), frozenset(ListenerState)),
    "hold": frozenset({ListenerState.LISTENING}),
    "admit": frozenset({ListenerState.FULL}),
    **dict.fromkeys(
        ("close", "drop"),
        frozenset({ListenerState.STARTING, ListenerState.LISTENING, ListenerState.FULL}),
    ),
}
"""By command, the states of listeners that it can be about; others are about their clients."""

_STATUSES: Final = (
    ("400", "Bad Request"),
    ("401", "Unauthorized"),
    ("403", "Forbidden: meant without a status"),
    ("404", "Not Found"),
    ("429", "Too Many Requests"),
    ("503", "Service Unavailable"),
)
"""HTTP statuses with which handshakes are rejected."""

_SECOND: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "sendraw": [(opcode, f"opcode {number}") for opcode, number in OPCODES.items()],
    "repeat": [("forever", "until cancel or F8 stops it")],
    "close": [(str(code), describe(code).name) for code in (*SENDABLE_CODES, FIRST_OWN)],
    "drop": [("fin", "the ordinary end of TCP"), ("reset", "an error for the peer")],
    "reject": _STATUSES,
    "wait": [(CLOSED, "until it has ended")],
}
"""By command, what its second word could be."""

_TABLES: Final[dict[str, Table]] = {"connect": CONNECTING, "listen": LISTENING}
"""By command, the options that it takes."""

_VALUES: Final = {
    "--trust": (("SYSTEM", "the system's authorities"), ("NONE", "anybody: nothing is checked")),
    "--proxy": (("system", "as the system says"), ("none", "connect directly")),
}
"""What may stand behind an option that takes other texts, too. Others list all they take."""

_PLAN_WORDS: Final = (
    ("every=", "time from one to the next, such as every=1s"),
    ("rate=", "at most, such as rate=100/s or rate=64KiB/s"),
    ("frag=", "fragments, such as frag=10,20,rest"),
    ("pause=", "between two fragments, such as pause=50ms"),
)
_RAW_WORDS: Final = (
    ("nofin", "more fragments are to follow"),
    ("rsv1", "set this reserved bit"),
    ("rsv2", "set this reserved bit"),
    ("rsv3", "set this reserved bit"),
    ("masked", "with a masking key"),
    ("unmasked", "without a masking key"),
    ("mask=", "with this key, such as mask=01020304"),
    ("len=", "a stated length, such as len=200 or len=/64"),
)
_MORE_WORDS: Final = {
    "repeat": _PLAN_WORDS,
    "sendfrag": _PLAN_WORDS[-1:],
    "sendraw": _RAW_WORDS,
}
"""By command, the words that may follow behind its first two and precede what is sent."""


class Completion(NamedTuple):
    """What the text up to the cursor could become, and a remark on it. Both may hold any text."""

    line: str
    about: str = ""


def complete(
    line: str,
    connections: Iterable[Connection] = (),
    book: Book = EMPTY_BOOK,
    listeners: Iterable[Listener] = (),
    others: Sequence[CommandInfo] = (),
) -> list[Completion]:
    """All that `line` could become, in the order in which it is listed. There are `others` beside
    the commands that there are everywhere."""
    before, blank, word = line.rpartition(" ")
    words = before.lower().split(" ")
    name = words[0]
    named = [one for one in (*COMMANDS, *others) if one.name.startswith(word.lower())]
    if not blank:
        return [Completion(f"{one.name} ", one.help) for one in named]
    if name == "help":
        topics = [topic for topic in TOPICS if topic.startswith(word.lower())]
        return [
            *(Completion(f"{before} {one.name}", one.help) for one in named),
            *(Completion(f"{before} {topic}", "who comes in to a listener") for topic in topics),
        ]
    table = _TABLES.get(name)
    if table is not None and word.startswith("-"):
        return [
            Completion(f"{before} {name} ", flag.help)
            for name, (_, flag) in table.flags.items()
            if flag.help and name.startswith(word)
        ]
    if table is not None and words[-1] in table.flags:
        values = _values(table, words[-1], word)
        return [Completion(f"{before} {one} ", about) for one, about in values]
    if name in _MORE_WORDS and len(words) > 2:
        return _more_words(before, words[3:], _MORE_WORDS[name], word)
    found: Iterable[tuple[str, str]] = ()
    if len(words) == 1:
        found = _about(name, connections, listeners, book)
    elif len(words) == 2 and name == "allow":
        found = _offered(words[1], connections)
    elif len(words) == 2:
        found = _SECOND.get(name, ())
    return [
        Completion(f"{before} {text} ", about) for text, about in found if text.startswith(word)
    ]


def _offered(id: str, connections: Iterable[Connection]) -> list[tuple[str, str]]:
    """The subprotocols that the client `id`, which waits, offers."""
    waiting = (one for one in connections if one.decide_by is not None and str(one.id) == id)
    names = [name for one in waiting for name in request_of(one).subprotocols]
    return [*((name, "it offers that") for name in names), (NO_SUBPROTOCOL, "agree on none")]


def _about(
    name: str, connections: Iterable[Connection], listeners: Iterable[Listener], book: Book
) -> Sequence[tuple[str, str]]:
    """What the first word behind command `name` could be: an id, or a profile."""
    if name in _TAKES_ID or name in _TAKES_IDS:
        found = [*_connections(name, connections), *_listeners(name, listeners)]
        if name in _TAKES_IDS:
            found.append(("all", "all that live" if name in TO_LIVE else "all that are open"))
            found.append(("marked", "those marked"))
        return found
    named: Mapping[str, Options] = {}
    match name:
        case "connect":
            named = book.profiles
        case "listen":
            named = book.listeners
        case "save" | "forget":
            named = book.all
        case "watch":
            return [("on", "tell at once what happens"), ("off", "answer only")]
    return [(one, place_of(options)) for one, options in named.items()]


def usage_words(line: str) -> str:
    """What is to be written in place of `line` and behind it, where nothing completes it."""
    name = line.split(" ")[0].lower()
    for one in COMMANDS:
        if one.name == name:
            return f"{one.usage}\n{one.help}"
    return "help lists all commands."


def _values(table: Table, flag: str, word: str) -> list[tuple[str, str]]:
    """What may stand behind an option of `table`."""
    info, spelled = table.flags[flag]
    listed = info.codec.choices if spelled.metavar is not None else ()
    values = _VALUES.get(flag) or tuple((one, "") for one in listed)
    return [(one, about) for one, about in values if one.startswith(word)]


def _more_words(
    before: str, given: list[str], known: Iterable[tuple[str, str]], word: str
) -> list[Completion]:
    """The words that were not given yet; none once what is sent has begun."""
    names = [one.rstrip("=") for one, _ in known]
    taken = [one.partition("=")[0] for one in given]
    if any(one not in names for one in taken):
        return []
    return [
        Completion(f"{before} {one}{'' if one.endswith('=') else ' '}", about)
        for (one, about), name in zip(known, names, strict=True)
        if one.startswith(word.lower()) and name not in taken
    ]


def _connections(name: str, connections: Iterable[Connection]) -> list[tuple[str, str]]:
    """Ids of the connections to which command `name` can be done, and what they are."""
    return [
        (str(one.id), f"{one.state:<10} {masked_uri(one.options.uri)}")
        for one in connections
        if (one.is_open or name not in TO_OPEN)
        and (one.is_live or name not in TO_LIVE)
        and (one.retry is not None or name not in TO_RETRIED)
        and (one.can_reopen or name not in TO_AT_REST)
        and (one.decide_by is not None or name not in TO_DECIDED)
        and name not in ("hold", "admit")
    ]


def _listeners(name: str, listeners: Iterable[Listener]) -> list[tuple[str, str]]:
    """Ids of the listeners to which command `name` can be done, or to whose clients."""
    states = _TO_LISTENERS.get(name)
    if name in (*TO_DECIDED, *TO_RETRIED, *TO_AT_REST):
        return []
    return [
        (str(one.id), f"{one.state:<10} {one.name}, {one.live} clients")
        for one in listeners
        if (one.live if states is None else one.state in states)
    ]
