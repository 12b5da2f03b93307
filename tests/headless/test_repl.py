"""The command language line by line."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.headless_support import PATIENCE, Done, Kept, done, process, stage
from tests.net_support import close_frame, frame, free_port, read_frame, tcp_server, until
from tests.net_support import websocket_server as scripted_server
from wstui.command_line.headless import Manner
from wstui.command_line.repl import Repl
from wstui.core.commands.language import COMMANDS
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import NoProfiles, Refused
from wstui.headless.input import Input
from wstui.headless.prompt import Piped
from wstui.headless.repl import repl
from wstui.headless.stage import Stage
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool

SERVER = "Server: WebSocket++/0.4.0\r\n"

QUIET = Manner(quiet=True)


async def run(
    script: str | bytes,
    *uris: str,
    manner: Manner = QUIET,
    strict: bool = False,
) -> Done:
    """Give these lines; what came of them."""
    options = tuple(map(ConnectOptions, uris))
    data = script if isinstance(script, bytes) else script.encode()

    async def work(stage: Stage) -> int:
        lines = Piped(stage, Input(BytesIO(data)))
        return await repl(stage, Repl(options, strict, manner), NoProfiles(), lines=lines)

    async with asyncio.timeout(PATIENCE):
        return await done(work, manner)


async def answers(script: str | bytes, *uris: str, strict: bool = False) -> list[str]:
    """The lines of the output without prompts."""
    return (await run(script, *uris, strict=strict)).out.decode().splitlines()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends each frame back, a close frame as the last one."""
    while True:
        head, payload = await read_frame(reader)
        writer.write(frame(head & 0x0F, payload))
        if head & 0x0F == Kind.CLOSE:
            return


REFERENCE = """\
Enter Command: connect not a websocket uri
> Connect initialization error: invalid uri
Enter Command: show 0
> Unknown connection id 0
Enter Command: connect ws://localhost:9002
> Created connection with id 0
Enter Command: send 0 example message
Enter Command: show 0
> URI: ws://localhost:9002
> Status: Open
> Remote Server: WebSocket++/0.4.0
> Error/close reason: N/A
> Messages Processed: (2)
>> example message
<< example message
Enter Command: close 0 1001 example message
Enter Command: show 0
> URI: ws://localhost:9002
> Status: Closed
> Remote Server: WebSocket++/0.4.0
> Error/close reason: close code: 1001 (Going away), close reason: example message
> Messages Processed: (2)
>> example message
<< example message
Enter Command: connect ws://localhost:9002
> Created connection with id 1
Enter Command: close 1 1006
> Error initiating close: Invalid close code used
Enter Command: quit
> Closing connection 1
"""
"""A session of the tutorial client, as its author shows it."""


async def test_the_reference_session() -> None:
    """Byte by byte as the tutorial client answered, though nobody pauses between the lines."""
    async with scripted_server(echo, SERVER) as port:
        text = REFERENCE.replace("localhost:9002", f"127.0.0.1:{port}")
        prompt = "Enter Command: "
        typed = [one for one in text.splitlines(keepends=True) if one.startswith(prompt)]
        script = "".join(one.removeprefix(prompt) for one in typed)
        shown = text
        for one in typed:  # what is typed is not in the output
            shown = shown.replace(one, prompt, 1)
        result = await run(script, manner=Manner())
    assert result.out.decode() == shown
    assert result.code == 0


async def test_the_end_of_the_input_is_quit() -> None:
    """What is open is closed with 1001, and the prompt's line is ended."""
    closes: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, payload = await read_frame(reader)
        assert (head & 0x0F, payload) == (Kind.TEXT, b"bye  ")
        closes.append((await read_frame(reader))[1])
        writer.write(close_frame(1001))

    async with scripted_server(peer) as port:
        uri = f"ws://127.0.0.1:{port}"
        result = await run(f"connect {uri}\nsend 0 bye  ", manner=Manner())
    assert closes == [b"\x03\xe9"]
    assert result.out == (
        b"Enter Command: > Created connection with id 0\n"
        b"Enter Command: Enter Command: \n> Closing connection 0\n"
    )


async def test_a_close_that_fails_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said of which connection, and the others are closed all the same."""
    real = ConnectionPool.close

    def close(pool: ConnectionPool, id: int, code: int | None = 1000, reason: str = "") -> None:
        if id == 0:
            raise Refused("no.")
        real(pool, id, code, reason)

    monkeypatch.setattr(ConnectionPool, "close", close)
    async with scripted_server(echo) as port:
        uri = f"ws://127.0.0.1:{port}"
        lines = await answers("wait 0\nwait 1\nquit\n", uri, uri)
    assert lines[2:] == [
        "> Closing connection 0",
        "> Error closing connection 0: no.",
        "> Closing connection 1",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("connect", "Usage: connect <uri|name> [options]"),
        ("send", "Usage: send <id> <text>"),
        ("close", "Usage: close <ids> [code] [reason]"),
        ("show", "Usage: show <id>"),
        ("send x hello", "That is no connection id. Usage: send"),
        ("show 1x", "That is no connection id. Usage: show"),
        ("show 99999999999", "That is no connection id. Usage: show"),
        ("send 7 hello", "No connection found with id 7"),
        ("close 7", "No connection found with id 7"),
        ("close 7 1006", "No connection found with id 7"),
        ("show 7", "Unknown connection id 7"),
        ("send . hello", "There is no connection yet"),
        ("connected ws://localhost", "Unrecognized Command"),
        ("sending 0 hello", "Unrecognized Command"),
        ("quit now", "Nothing more is expected here. Usage: quit"),
        ("help nothing", "There is no such command."),
        ("connect ws://localhost:99999", "Connect initialization error: invalid uri"),
        ("repeat marked 3 x", "None can be marked here"),
        ("wait 3", "Unknown connection id 3"),
        ("unlock 3", "Unknown connection id 3"),
        (b"send 0 \xff", "This line is not UTF-8"),
        (b"send\x000 hello", "Unrecognized Command"),
        ("x" * 300_000, "Unrecognized Command"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_lines_that_cannot_be_done(line: str | bytes, words: str) -> None:
    """Each is answered in words, and the next line is done."""
    data = line if isinstance(line, bytes) else line.encode()
    first, *others = await answers(data + b"\nshow 5\n")
    assert words in first
    assert first.startswith("> ")
    assert others[-1] == "> Unknown connection id 5"


HARMLESS = sorted({one.name for one in COMMANDS} - {"connect", "listen", "quit"})
"""Commands that open nothing, and do not end it."""

ANY_LINE = st.builds(
    " ".join,
    st.tuples(st.sampled_from(HARMLESS), st.text(st.characters(exclude_characters="\n"))),
)


@settings(max_examples=40)
@given(st.lists(ANY_LINE))
def test_no_line_ends_it(lines: list[str]) -> None:
    """Whatever is written behind a command, the lines that follow are done."""
    script = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    result = asyncio.run(run(script + b"show 5\n"))
    assert result.code == 0
    assert result.out.endswith(b"> Unknown connection id 5\n")


async def test_what_may_not_be_sent_as_a_close() -> None:
    """Codes and reasons are looked at before anything is sent; the connection stays open."""
    async with scripted_server(echo) as port:
        lines = await answers(
            f"close 0 1005\nclose 0 2000\nclose 0 70000\nclose 0 1000 {'é' * 62}\n"
            "send 0 still here\nwait 0 1\nquit\n",
            f"ws://127.0.0.1:{port}",
        )
    assert lines[1:] == [
        "> Error initiating close: Invalid close code used",
        "> Error initiating close: Reserved close code used",
        "> Error initiating close: Invalid close code used",
        "> Error initiating close: The reason has 124 bytes of UTF-8; at most 123 fit in a close"
        " frame.",
        "> Closing connection 0",
    ]


async def test_what_is_not_open_takes_nothing() -> None:
    """A failed connection has an id, its reason, and refuses messages."""
    lines = await answers(f"connect ws://127.0.0.1:{free_port()}\nsend 0 x\nclose 0\nshow 0\n")
    assert lines[1:5] == [
        "> Error sending message: invalid state",
        "> Connection 0 failed and is not open.",
        "> Error initiating close: invalid state",
        "> Connection 0 has failed.",
    ]
    assert "> Status: Failed" in lines
    assert "> Remote Server: N/A" in lines
    assert any(one.startswith("> Error/close reason: Connection refused") for one in lines)


async def test_waiting_for_what_cannot_be_opened() -> None:
    """It is said why it failed; in a strict script that ends all."""
    result = await run("wait 0\nshow 9\n", f"ws://127.0.0.1:{free_port()}", strict=True)
    assert result.code == 1
    assert result.out.splitlines()[-1].startswith(b"> Connection 0 failed: Connection refused: ")


async def test_a_refused_upgrade() -> None:
    """The tutorial client's words, and the status on a line of its own; wait, which it did not
    have, tells what to try."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with tcp_server(refuse) as port:
        lines = await answers("show 0\nwait 0\n", f"ws://127.0.0.1:{port}")
    assert lines[-1].startswith("> Connection 0 failed: HTTP 404 Not Found: ")
    assert lines[-1].endswith("Nothing is at this path. Check it, and its case.")
    at = lines.index("> Error/close reason: Invalid HTTP status.")
    assert lines[at - 2 : at] == ["> Status: Failed", "> Remote Server: None Specified"]
    assert lines[at + 1] == "> HTTP status: 404 Not Found"


async def test_a_handshake_that_takes_its_time() -> None:
    """`show` does not wait for ever: it tells that the connection is still being opened."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with tcp_server(silent) as port:
        lines = await answers("show 0\nshow\n", f"ws://127.0.0.1:{port}")
    assert lines[2:4] == ["> Status: Connecting", "> Remote Server: N/A"]
    assert lines[6] == f"> 0 connecting: ws://127.0.0.1:{port}, 0 received, 0 sent"


async def test_binary_is_shown_in_hex_and_text_as_it_is() -> None:
    """Upper-case pairs with blanks; nothing is taken from a text, not its blanks either."""
    async with scripted_server(echo) as port:
        lines = await answers(
            "sendhex . de ad 00\nsend .  two  blanks \nwait . 2\nfilter -two\nshow .\nfilter two\n"
            "show .\nfilter\n",
            f"ws://127.0.0.1:{port}",
        )
    assert lines.count("<< DE AD 00") == lines.count(">> DE AD 00") == 1
    assert lines.count("<<  two  blanks ") == lines.count(">>  two  blanks ") == 1
    assert lines.count("> Messages Processed: (4)") == 2
    assert lines.index("> Filter: -two") < lines.index("<< DE AD 00") < lines.index("> Filter: two")


async def test_waiting_counts_from_where_it_ended() -> None:
    """Messages that came before `wait` was read count, each for one wait; too few are an error."""
    async with scripted_server(echo) as port:
        lines = await answers(
            "send . 1\nsend . 2\nsend . 3\nwait . 2\nwait . 1\nwait . 1 10ms\n"
            "close .\nwait . closed\nwait . 1\nwait .\n",
            f"ws://127.0.0.1:{port}",
        )
    assert lines[1:] == [
        "> Connection 0: 0 of 1 message came within 0.01 s.",
        "> Connection 0 is closed: 0 of 1 message came.",
        "> Connection 0 is closed, not open.",
    ]


async def test_strict_ends_at_the_first_fault() -> None:
    """The exit code is 1, and what follows is not done."""
    result = await run("show 3\nshow 4\n", strict=True)
    assert (result.code, result.out) == (1, b"> Unknown connection id 3\n")


async def test_servers_and_clients_in_one_script() -> None:
    """The workbench's other commands are there; `.` is what was made last."""
    port = free_port()
    script = (
        f"# a comment\nlisten {port} --on echo\n\nconnect ws://127.0.0.1:{port}\nsend . to you\n"
        "wait 0 1\nwait 0 1 10ms\nwait . 1\nrepeat . 2 again\nwait . 2\nbroadcast all\nhold 0\n"
        "close 0\nwait 0 closed\n"
        "wait . closed\nshow .\nhelp wait\nremove .\nshow .\n"
    )
    lines = await answers(script)
    assert lines[:7] == [
        "> Created listener with id 0",
        "> Created connection with id 1",
        "> Listener 0: 0 of 1 client came within 0.01 s.",
        "> Sending 2 times to 1; cancel stops it",
        "> Sent to 2 connections",
        "> Listener 0 accepts nobody further",
        "> Stopped listener 0, closing 1 client with 1001",
    ]
    assert "> Error/close reason: close code: 1001 (Going away), close reason: " in lines
    assert "<< to you" in lines
    assert "wait <id> [n|closed] [time]" in lines
    after = lines[lines.index("> Removed 1") :]
    assert "> Status: Stopped" in after  # `.` is the listener now


async def test_clients_that_ask() -> None:
    """A rule may ask; line mode tells of it and answers, and nobody waits for himself."""
    port, kept = free_port(), Kept()

    class Patient(Piped):
        """Goes on once it was told that somebody asks."""

        async def ask(self, words: str = "") -> str | None:
            line = await super().ask(words)
            if line == "show 2":
                await until(lambda: b"* 2 asks to be accepted: allow 2, or reject 2" in kept.data)
            return line

    script = (
        f"watch on\nlisten {port} --rule ask\nconnect ws://127.0.0.1:{port}\nshow 2\nallow 2\n"
        "send 1 let in\nwait 2 1\nquit\n"
    )
    async with asyncio.timeout(PATIENCE), stage(QUIET, kept) as here:
        lines = Patient(here, Input(BytesIO(script.encode())))
        await repl(here, Repl((), False, QUIET), NoProfiles(), lines=lines)
        await here.output.finish(PATIENCE)
    assert b"> Status: Connecting" in kept.data
    assert b"> Accepted 2" in kept.data
    assert b"* 2 << let in" in kept.data


async def test_help_lists_all_and_goes_on() -> None:
    """The list stands as it is, with the commands of line mode."""
    lines = await answers("help\nhelp close\n")
    assert lines[:2] == ["", "Command List:"]
    assert any(one.startswith("connect <uri|name>") for one in lines)
    assert any(one.startswith("wait <id>") for one in lines)
    assert "close <ids> [code] [reason]" in lines
    assert max(map(len, lines[: lines.index("close <ids> [code] [reason]")])) < 80


async def test_watching_in_a_script() -> None:
    """What comes is told at once where that is asked for."""
    async with scripted_server(echo) as port:
        uri = f"ws://127.0.0.1:{port}"
        lines = await answers(f"watch on\nwatch\nconnect {uri}\nsend . hi\nwait . 1\n")
    assert "> What happens is told at once" in lines
    assert any(one.startswith("* 0 open") for one in lines)
    assert "* 0 << hi" in lines


async def test_many_messages_hold_nobody_up() -> None:
    """While a long list is written, the loop has its turns."""
    count = 100_000

    async def work(stage: Stage) -> int:
        async with DemoServer("127.0.0.1", 0) as demo:
            connection = stage.pool.connect(ConnectOptions(demo.url("/echo")))
            flags, lengths = bytes((Kind.TEXT,)) * count, [1] * count
            connection.transcript.append_batch(flags, lengths, b"x" * count, 0.0)
            lines = Piped(stage, Input(BytesIO(b"show 0\n")))
            turns = 0

            async def turning() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            async with asyncio.TaskGroup() as group:
                task = group.create_task(turning(), name="turning")
                await repl(stage, Repl((), False, QUIET), NoProfiles(), lines=lines)
                task.cancel()
        assert turns > 10
        return 0

    result = await done(work, QUIET)
    assert f"> Messages Processed: ({count})".encode() in result.out
    assert result.out.count(b"<< x\n") == count


async def test_answers_for_programs() -> None:
    """Each answer and each event is a JSON object; there is no prompt."""
    async with scripted_server(echo) as port:
        result = await run(
            "send 0 hi\nwait . 1\nshow 0\nshow 9\nlisten 0\nwait .\nwatch on\nquit\n",
            f"ws://127.0.0.1:{port}",
            manner=Manner(json=True),
        )
    told = result.lines
    replies = [one for one in told if one["event"] == "answer"]
    assert [(one["command"], one["ok"]) for one in replies] == [
        ("connect", True),
        ("send", True),
        ("wait", True),
        ("show", True),
        ("show", False),
        ("listen", True),
        ("wait", True),
        ("watch", False),
        ("quit", True),
        ("quit", True),
    ]
    facts = replies[3]
    assert (facts["id"], facts["status"], facts["received"], facts["sent"]) == (0, "open", 1, 1)
    assert names(told, 0) == [
        "connecting",
        "open",
        "message",
        "message",
        "frame",
        "frame",
        "closed",
    ]
    assert [one["event"] for one in told if one.get("listener") == 1] == ["listening", "stopped"]


def names(told: Sequence[dict[str, object]], id: int) -> list[object]:
    return [one["event"] for one in told if one.get("id") == id and one["event"] != "answer"]


def test_what_a_terminal_needs_is_not_loaded_for_a_script() -> None:
    """`prompt_toolkit` takes longer to load than a short script to run."""
    code = "import sys, wstui.headless.repl; print('prompt_toolkit' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("False\n", "")


async def test_sigint_closes_with_1001() -> None:
    """The process ends with 130 while it waits for a line, and the peer gets a close frame."""
    closes: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        closes.append((await read_frame(reader))[1])
        writer.write(close_frame(1001))

    async with scripted_server(peer) as port, process("repl", f"ws://127.0.0.1:{port}") as one:
        assert one.stdout is not None
        assert one.stdin is not None
        assert await one.stdout.readline() == b"> Created connection with id 0\n"
        one.stdin.write(b"wait 0\nshow 0\n")
        async with asyncio.timeout(PATIENCE):
            await one.stdout.readuntil(b"(0)\nEnter Command: ")
            one.send_signal(signal.SIGINT)
            await one.wait()
        rest, errors = await one.stdout.read(), await one.stderr.read() if one.stderr else b""
    assert (one.returncode, rest, errors) == (130, b"", b"")
    await until(lambda: bool(closes))
    assert closes == [b"\x03\xe9"]
