"""What may be written behind `wstui send-file` and `wstui receive`."""

from __future__ import annotations

import shlex

import pytest

from wstui.cli import named_connection
from wstui.command_line import receive, send_file
from wstui.command_line.receive import NO_PAGES
from wstui.core.file_transfer.names import Present
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions


def test_files_to_send() -> None:
    """With the options of connections."""
    words = ["localhost:9002", "a", "b", "--no-confirm", "--wait", "2 s", "--insecure", "--quiet"]
    asked = send_file.read(words, named_connection)
    assert (asked.options.uri, asked.paths) == ("ws://localhost:9002", ("a", "b"))
    assert (asked.confirm, asked.wait, asked.manner.quiet) == (False, 2.0, True)


def test_to_receive_from_a_server() -> None:
    """A URL and a folder; and how many, how large, and what becomes of files that are there."""
    words = "wss://host/files in --count 3 --rename --max-file 1MiB --max-total 2GiB --hidden"
    asked = receive.read(words.split(), named_connection)
    assert isinstance(asked.options, ConnectOptions)
    assert (asked.options.uri, asked.folder, asked.count) == ("wss://host/files", "in", 3)
    assert (asked.present, asked.hidden) == (Present.RENAME, True)
    assert (asked.max_file, asked.max_total) == (1 << 20, 2 << 30)


@pytest.mark.parametrize(
    ("given", "address", "rules"),
    [
        ("--listen 9002 in", "127.0.0.1:9002", (NO_PAGES,)),
        ("in --listen=0.0.0.0:9002 --once", "0.0.0.0:9002", (NO_PAGES,)),
        ("--listen 9002 in --rule reject", "127.0.0.1:9002", (NO_PAGES, "reject")),
        (
            "--listen 9002 in --basic-auth me:${env:SECRET}",
            "127.0.0.1:9002",
            (NO_PAGES, "reject 401 -basic:me:${env:SECRET}"),
        ),
        (
            "--listen 9002 in --origin-allowed https://a.example",
            "127.0.0.1:9002",
            ("reject 403 -origin:https://a.example",),
        ),
        (
            "--listen 9002 in --rule accept\\ header:Origin=x",
            "127.0.0.1:9002",
            ("accept header:Origin=x",),
        ),
    ],
    ids=["loopback", "all", "own rules", "password", "origins", "header"],
)
def test_to_receive_from_those_who_connect(
    given: str, address: str, rules: tuple[str, ...]
) -> None:
    """With the options of listeners; no web page is let in unless that is said."""
    asked = receive.read(shlex.split(given), named_connection)
    assert isinstance(asked.options, ListenOptions)
    assert (asked.options.address, asked.options.rules, asked.folder) == (address, rules, "in")
    assert asked.count == (1 if "--once" in given else None)


@pytest.mark.parametrize(
    ("command", "words", "why"),
    [
        (receive, "ws://host", "a URL, and a folder"),
        (receive, "--listen 9002", "needs a folder"),
        (receive, "--listen 9002 ws://host in", "needs a folder"),
        (receive, "--listen nowhere in", "Write a port"),
        (receive, "--listen 9002 in --echo", "no behaviour"),
        (receive, "--listen 9002 in --insecure", "unrecognized arguments: --insecure"),
        (receive, "ws://host in --overwrite --rename", "can be one of them"),
        (receive, "ws://host in --count 0", "from 1 on"),
        (receive, "ws://host in --max-file much", "Write a size"),
        (send_file, "ws://host", "PATH"),
        (send_file, "ws://host -", "give it one with --name"),
        (send_file, "ws://host a - --name b", "goes with one file"),
    ],
    ids=map(str, range(99)),
)
def test_what_is_wrong_is_said(
    command: object, words: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, and nothing is done."""
    with pytest.raises(SystemExit) as ended:
        command.read(words.split(), named_connection)  # type: ignore[attr-defined]
    assert ended.value.code == 2
    assert why in capsys.readouterr().err
