"""Lines of the command language, done on the pool of a stage.

The six commands of the tutorial client answer in its words, see `core.answering.classic`; all
others as in the workbench.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from textwrap import wrap
from typing import Any, Final

from wstui.core.answering import classic
from wstui.core.answering.hosting import describe_listener
from wstui.core.answering.perform import Desk, perform
from wstui.core.close_codes import refuse_reason
from wstui.core.commands import values as commands
from wstui.core.commands.language import COMMANDS, explain_command, parse_command
from wstui.core.commands.line_mode import LINE_MODE_COMMANDS
from wstui.core.commands.line_mode_values import Rest, Unlock, Wait, Watch
from wstui.core.commands.send_values import Whom
from wstui.core.commands.words import CommandError, CommandInfo
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.filter import parse_filter
from wstui.core.filter.language import Filter
from wstui.core.ndjson import close_fields
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.info import OptionError
from wstui.core.ports import Profiles, Refused
from wstui.core.printable import printable
from wstui.core.profiles import EMPTY_BOOK, Book
from wstui.core.units import clients_text, count_text
from wstui.headless.line_mode.notices import Notices
from wstui.headless.line_mode.patience import Patience
from wstui.headless.line_mode.replies import Reply
from wstui.headless.stage import Stage

_NAMES: Final = frozenset(one.name for one in (*COMMANDS, *LINE_MODE_COMMANDS))
_ABOUT_PROFILES: Final = ("connect", "listen", "save", "forget", "profiles")

AskSecret = Callable[[str], Awaitable[str]]
"""Asks for what is not shown while it is typed; empty where somebody gives none."""

NOTHING_YET: Final = "There is no connection yet: connect opens one."
STOP: Final = "cancel"
"""The command that stops what is sent again and again."""

HELP_END: Final = """\
In place of an id, . is the newest connection or listener made here:
"the selected one" in these texts. None can be marked. filter is about what
show lists and watch tells. A line that begins with # is passed over."""

USAGE_WIDTH: Final = 28
HELP_WIDTH: Final = 50
"""Columns of the list of commands, a blank being between them."""


def name_of(line: str) -> str:
    """The name of the command that `line` seems to be."""
    return (line.split(maxsplit=1) or [""])[0].lower()


def is_command(line: str) -> bool:
    """Whether `line` begins with the name of a command, whatever is wrong behind it."""
    return name_of(line) in _NAMES


class Commands:
    """Does one command after the other."""

    def __init__(
        self,
        stage: Stage,
        profiles: Profiles,
        patience: Patience,
        notices: Notices,
        ask_secret: AskSecret | None = None,
    ) -> None:
        """`ask_secret` asks somebody at a terminal for a passphrase; None: nobody is there."""
        self.book: Book = EMPTY_BOOK
        """The profiles, as they were read last."""
        self.filter: Filter | None = None
        """What messages have to match to be listed; None: nothing."""
        self.has_quit = False
        self._stage = stage
        self._pool = stage.pool
        self._profiles = profiles
        self._patience = patience
        self._notices = notices
        self._ask_secret = ask_secret
        self._made: list[int] = []

    @property
    def newest(self) -> int | None:
        """What `.` stands for: the id of the last connection or listener made here that is still
        there; None: there is none."""
        pool = self._pool
        made = (id for id in reversed(self._made) if id in pool.connections or id in pool.listeners)
        return next(made, None)

    async def read_profiles(self) -> None:
        """Look into the file of profiles."""
        self.book = await asyncio.to_thread(self._profiles.load)

    async def do(self, line: str) -> Reply:
        """Do what `line` asks for; what is answered. Never fails."""
        name = name_of(line)
        try:
            line.encode()
        except UnicodeEncodeError:
            return Reply("This line is not UTF-8; sendhex sends any bytes.", failed=True)
        try:
            if name in _ABOUT_PROFILES:
                await self.read_profiles()
            closing = classic.read_close(line)
            if closing is not None and self._id(closing.id) not in self._pool.listeners:
                return await self._close(closing)
            if line.strip().lower() == "show":  # the one command that tells of all without an id
                return self._list()
            return await self._do(parse_command(line, self.book, LINE_MODE_COMMANDS))
        except CommandError as error:
            return Reply(_wrong(name, error), failed=True)
        except Refused as refusal:
            return Reply(str(refusal), failed=True)

    async def _do(self, command: commands.Command) -> Reply:
        if self.newest is None and _means_newest(command):
            raise Refused(NOTHING_YET)
        if _whom(command).word == "marked":
            raise Refused("None can be marked here: give ids such as 0,2,5-9, or all.")
        await self._patience.before(command, self.newest)
        self._patience.note_sending(command, self.newest)
        match command:
            case commands.Connect():
                return self.open(command.options, command.remarks)
            case commands.Show(id):
                return self._show(self._id(id))
            case commands.Send(id, text) if self._id(id) not in self._pool.listeners:
                return await self._send(self._id(id), text)
            case commands.Help(topic):
                return _help(topic)
            case commands.Quit():
                self.has_quit = True
                return Reply()
            case commands.SetFilter(text):
                self.filter = self._notices.filter = parse_filter(text) if text.strip() else None
            case Wait(id):
                await self._patience.wait(command, self._id(id))
                return Reply()
            case Rest(time):
                await asyncio.sleep(time)
                return Reply()
            case Unlock(id):
                return await self._unlock(self._id(id))
            case Watch(on):
                return self._watch(on)
            case commands.SendHex(id):
                await self._room(self._id(id))
            case commands.Ping(id):
                self._notices.pinged.add(self._id(id))
        answer = await perform(command, self._desk())
        if answer.selects is not None:
            self._made.append(answer.selects)
        return Reply(answer.text, fields={} if answer.selects is None else {"id": answer.selects})

    def _desk(self) -> Desk:
        return Desk(
            *(self._pool, self.newest, (), self._profiles, asyncio.to_thread),
            describe=str,  # `show` is done here
            stop=STOP,
        )

    def _id(self, id: int | None) -> int:
        """The connection or listener that is meant. There is one."""
        wanted = self.newest if id is None else id
        if wanted is None:
            raise Refused(NOTHING_YET)
        return wanted

    # As the tutorial client answers

    def open(self, options: ConnectOptions, remarks: str = "") -> Reply:
        """Open a connection."""
        try:
            connection = self._pool.connect(options)
        except Refused as refusal:
            return Reply(f"Connect initialization error: {refusal}", failed=True)
        self._made.append(connection.id)
        text = f"Created connection with id {connection.id}\n{remarks}".rstrip()
        return Reply(text, fields={"id": connection.id})

    async def _send(self, id: int, text: str) -> Reply:
        connection = self._pool.connections.get(id)
        if connection is None:
            return Reply(classic.unknown_id(id), failed=True)
        await self._room(id)
        try:
            self._pool.send(id, text.encode(), Kind.TEXT)
        except Refused as refusal:
            words = str(refusal)
            if not connection.is_open:
                words = f"{classic.INVALID_STATE}\n{words}"
            return Reply(f"Error sending message: {words}", failed=True)
        return Reply(fields={"id": id})

    async def _close(self, asked: classic.ClassicClose) -> Reply:
        id = self._id(asked.id)
        connection = self._pool.connections.get(id)
        if connection is None:
            return Reply(classic.unknown_id(id), failed=True)
        await self._patience.before(commands.Close(id, None, ""), id)
        problem: str | None
        if connection.state in (State.OPEN, State.CONNECTING, State.WAITING):
            problem = classic.refuse_code(asked.code) or refuse_reason(asked.reason)
        else:
            problem = f"{classic.INVALID_STATE}\nConnection {id} {_ended(connection)}."
        if problem is None:
            try:
                self._pool.close(id, asked.code, asked.reason)
            except Refused as refusal:
                problem = str(refusal)
        if problem is not None:
            return Reply(f"Error initiating close: {problem}", failed=True)
        return Reply(fields={"id": id})

    def _show(self, id: int) -> Reply:
        listener, connection = self._pool.listeners.get(id), self._pool.connections.get(id)
        if listener is not None:
            clients = [self._pool.connections[one] for one in listener.clients]
            fields = {"listener": id, "status": listener.state, "uris": listener.uris}
            return Reply(describe_listener(listener, clients), fields=fields)
        if connection is None:
            return Reply(f"Unknown connection id {id}", failed=True)
        text = "\n".join(classic.facts(connection))
        if self.filter is not None:
            text += f"\nFilter: {self.filter.source}"
        return Reply(text, about=connection, fields=_facts(connection))

    # Others

    def _list(self) -> Reply:
        rows = {
            one.id: f"{one.id} {one.state}: {masked_uri(one.options.uri)},"
            f" {count_text(one.transcript.received)} received,"
            f" {count_text(one.transcript.sent)} sent"
            for one in self._pool.connections.values()
        }
        for listener in self._pool.listeners.values():
            words = f"{listener.state}: {listener.name}, {clients_text(listener.live)}"
            rows[listener.id] = f"{listener.id} {words}"
        listed = "\n".join(rows[id] for id in sorted(rows))
        return Reply(listed or f"{NOTHING_YET} Usage: show <id>")

    async def _unlock(self, id: int) -> Reply:
        connection = self._pool.connections.get(id)
        if connection is None:
            return Reply(f"Unknown connection id {id}", failed=True)
        fault = None if connection.failure is None else connection.failure.fault
        if connection.is_live or fault is None or not fault.asks_for_passphrase:
            raise Refused(f"Connection {id} does not wait for a passphrase.")
        if self._ask_secret is None:
            raise Refused("Nobody is here to ask: connect with --passphrase ${env:NAME}.")
        typed = await self._ask_secret(f"Passphrase of {printable(fault.file)}: ")
        if not typed:
            raise Refused("No passphrase was given.")
        self._pool.unlock(id, typed)
        self._pool.reconnect(id)
        return Reply(f"Opening {id} again")

    def _watch(self, on: bool | None) -> Reply:
        if self._stage.manner.json:
            raise Refused("With --json all is told as it happens.")
        if on is None:
            on = self._notices.is_on
            return Reply(f"What happens is {'told at once' if on else 'not told by itself'}")
        if on and not self._notices.is_on:
            self._notices.forget_past()
        self._notices.is_on = on
        return Reply()

    async def _room(self, id: int) -> None:
        """Wait until a connection can take a message more."""
        wire = self._pool.wire(id)
        if wire is not None:
            await wire.outbox.room()


def _wrong(name: str, error: CommandError) -> str:
    """What is answered to a line that is no command."""
    if name not in _NAMES:
        return f"Unrecognized Command\n{error}"
    if name == "connect" and error.option == "uri":
        cause = error.__cause__
        more = cause.sentences if isinstance(cause, OptionError) else ()
        return "\n".join((classic.INVALID_URI, *more))
    return str(error)


def _help(topic: str) -> Reply:
    if topic:
        return Reply(explain_command(topic, LINE_MODE_COMMANDS), is_page=True)
    listed = "\n".join(row for one in (*COMMANDS, *LINE_MODE_COMMANDS) for row in _help_rows(one))
    return Reply(f"\nCommand List:\n{listed}\n\n{HELP_END}\n", is_page=True)


def _help_rows(one: CommandInfo) -> Iterator[str]:
    """A command in the list of all; a long usage has a line of its own."""
    usage = one.usage
    if len(usage) > USAGE_WIDTH:
        yield usage
        usage = ""
    for part in wrap(one.help, HELP_WIDTH):
        yield f"{usage:<{USAGE_WIDTH}} {part}"
        usage = ""


def _ended(connection: Connection) -> str:
    return "has failed" if connection.state is State.FAILED else f"is {connection.state}"


def _whom(command: commands.Command) -> Whom:
    whom = getattr(command, "whom", None)
    return whom if isinstance(whom, Whom) else Whom()


def _means_newest(command: commands.Command) -> bool:
    return getattr(command, "id", 0) is None or _whom(command).word == "."


def _facts(connection: Connection) -> dict[str, Any]:
    """What a program is told by `show`."""
    failure, record = connection.failure, connection.close
    return {
        "id": connection.id,
        "uri": masked_uri(connection.options.uri),
        "status": connection.state.value,
        "server": classic.server(connection),
        "reason": classic.reason(connection),
        "http_status": None if failure is None else failure.status,
        "close": None if record is None else close_fields(record),
        "received": connection.transcript.received,
        "sent": connection.transcript.sent,
    }
