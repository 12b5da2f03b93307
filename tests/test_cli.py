"""The command line, as a process where that matters."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wstui import __version__
from wstui.cli import main
from wstui.command_line.names import mistyped
from wstui.command_line.workbench import workbench_parser
from wstui.core.options.table import FLAGS, build_options


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m wstui` without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "wstui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )


def exit_of(*arguments: str) -> int | str | None:
    """The exit code of a call that ends the process."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    return caught.value.code


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the version."""
    assert exit_of("--version") == 0
    assert capsys.readouterr().out == f"wstui {__version__}\n"


def test_as_a_module() -> None:
    """`python -m wstui` is the same command, and says so when there is no terminal."""
    result = run("ws://127.0.0.1:1")
    assert result.returncode == 2
    words = "the workbench needs a terminal for its input and output"
    assert result.stderr == f"wstui: {words}; wstui --help lists the commands that need none.\n"


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """--help names the demonstration and --help-options, and that every option."""
    assert exit_of("--help") == 0
    text = capsys.readouterr().out
    assert "wstui demo --serve" in text
    assert "--help-options" in text
    assert exit_of("--help-options") == 0
    text = capsys.readouterr().out
    for name, (_, flag) in FLAGS.items():
        assert (name in text) is bool(flag.help)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["tial", "ws://h"], "tail"),
        (["sendfile", "ws://h", "x"], "send-file"),
        (["handshakes", "h"], "handshake"),
        (["lisen", "9002"], "listen"),
        (["png", "h", "-c", "3"], "ping"),
    ],
    ids=["tail", "send-file", "handshake", "listen", "with its options"],
)
def test_a_command_with_a_slip(
    words: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not taken for a host, to which the workbench would connect."""
    assert exit_of(*words) == 2
    said = (
        f"wstui: {words[0]} is no command: is {meant} meant? For a host of that name write wss://"
    )
    assert capsys.readouterr().err == f"{said}{words[0]}.\n"


@pytest.mark.parametrize(
    "words",
    [["tial"], ["ws://h", "tial"], ["prod", "stage"], ["ping.example", "h"]],
    ids=["alone", "later", "others", "longer"],
)
def test_a_host_is_no_slip(words: list[str]) -> None:
    """One word alone may be a host; so may what is unlike all commands."""
    assert mistyped(words) is None


def test_help_of_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """`demo --help` names its options."""
    assert exit_of("demo", "--help") == 0
    text = capsys.readouterr().out
    assert "--serve" in text
    assert "--port" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://x"], "ws://"),
        (["ws://x", "--open-timeout", "soon"], "time"),
        (["ws://x", "-H", "nonsense"], "Name: value"),
        (["ws://x", "--max-size", "huge"], "size"),
    ],
)
def test_bad_options(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant is one sentence on standard error and exit code 2."""
    assert exit_of(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("wstui: ")
    assert error.count("\n") == 1
    assert words in error


def test_all_that_is_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Each wrong option has a line of its own."""
    assert exit_of("ws://x", "--tls-min", "7", "-H", "foo", "--subprotocol", "a,a") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("wstui: ") for line in lines] == [True] * 3
    assert "--tls-min" in lines[0]
    assert "-H" in lines[1]
    assert "twice" in lines[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nope"], "--nope"),
        (["--reconnect"], "--reconnect needs a URL"),
        (["profiles", "foo"], "profiles lists the profiles"),
    ],
)
def test_usage_errors_are_short(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is not buried under all options that there are."""
    assert exit_of(*arguments) == 2
    error = capsys.readouterr().err
    assert words in error.splitlines()[0]
    assert error.count("\n") == 2


@pytest.mark.parametrize("arguments", [["demo", "--port", "70000"], ["--nope"], ["demo", "extra"]])
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown options and bad ports get a usage line and exit code 2."""
    assert exit_of(*arguments) == 2
    assert "usage: wstui" in capsys.readouterr().err


def test_options_may_stand_anywhere() -> None:
    """Options of connect may stand before, between and after the uris."""
    given = ["-H", "A: 1", "ws://a", "--no-compression", "ws://b", "--header", "B: 2"]
    options = workbench_parser().parse_intermixed_args(given)
    assert options.uris == ["ws://a", "ws://b"]
    built = build_options("ws://a", options.flags)
    assert built.headers == (("A", "1"), ("B", "2"))
    assert not built.deflate.offer


def test_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that cannot listen says so in a sentence, and exits with 1."""
    assert main(["demo", "--serve", "--host", "203.0.113.1"]) == 1
    assert "cannot listen on 203.0.113.1" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_serving_until_told_to_stop() -> None:
    """`demo --serve` prints its endpoints and ends cleanly by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wstui", "demo", "--serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    while not any("/hostile" in line for line in lines):
        lines.append(process.stdout.readline())
        assert lines[-1]
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert any("/ticker" in line for line in lines)
