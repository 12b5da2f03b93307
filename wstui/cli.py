"""The command line: arguments to what shall run. The only module that sees all rings.

Nothing is imported before it is needed, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wstui.command_line.names import SUBCOMMANDS, mistyped
from wstui.core.options.connect import ConnectOptions, complete_uri
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import stand_in

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions
    from wstui.core.profiles import Book, Options
    from wstui.net.demo import DemoServer

DEMO_PATHS = ("/ticker", "/binary", "/echo", "/fragments")
"""Endpoints that `wstui demo` connects to."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `wstui` with these arguments (None: those of the process); the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else ""
    if name in SUBCOMMANDS:
        return run_headless(name, given[1:])
    if name == "demo":
        return demo(given[1:])
    if name == "listen":
        return listen(given[1:])
    return open_workbench(given)


def open_workbench(given: Sequence[str]) -> int:
    """The workbench, on the connections that were asked for; the exit code."""
    from wstui.command_line.workbench import workbench_parser

    parser = workbench_parser()
    if given[:1] == ["profiles"] and not {"-h", "--help"} & set(given):
        if len(given) > 1:
            parser.error("profiles lists the profiles; nothing else may stand behind it")
        return show_profiles()
    if is_command_line(given):
        return run_pasted(parser, given)
    refuse_slip(parser, given)
    options = parser.parse_intermixed_args(given)
    try:
        on_start = [named_options(word, options.flags) for word in options.uris]
    except OptionError as error:
        parser.wrong(error)
    if options.flags and not on_start:
        parser.error(f"{options.flags[0][0]} needs a URL, or a profile, to belong to")
    need_terminal(parser)
    return run_workbench(on_start)


def run_headless(name: str, given: Sequence[str]) -> int:
    """A sub-command that needs no screen; the exit code.

    Each has a module of its own for what may be written, whose `read` gives what is asked for, and
    one whose `run` does it.
    """
    from importlib import import_module

    module = name.replace("-", "_")
    with plain_interrupt():
        asked = import_module(f"wstui.command_line.{module}").read(given, named_connection)
        raise_file_limit()
        run = import_module(f"wstui.headless.{module}").run
    if name == "repl":
        from wstui.storage.paths import history_file
        from wstui.storage.profiles import ProfileFile

        return int(run(asked, ProfileFile(), history_file()))
    return int(run(asked))


@contextmanager
def plain_interrupt() -> Iterator[None]:
    """Until it is looked for, SIGINT ends the process as the system has it, without a traceback."""
    import signal

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # what runs behind & of a script keeps ignoring it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def demo(given: Sequence[str]) -> int:
    """The demonstration server; the exit code."""
    from wstui.command_line.demo import demo_parser

    parser = demo_parser()
    options = parser.parse_args(given)
    if not options.serve:
        need_terminal(parser)
    return run_demo(options.host, options.port, serve=options.serve)


def listen(given: Sequence[str]) -> int:
    """The listeners that were asked for, in the workbench or without a screen; the exit code."""
    from wstui.command_line.listen import listen_parser

    parser = listen_parser()
    options = parser.parse_intermixed_args(given)
    if not options.addresses:
        parser.error("a listener needs a port, HOST:PORT, unix:PATH, or a profile")
    try:
        on_start = [named_listener(word, options.flags) for word in options.addresses]
    except OptionError as error:
        parser.wrong(error)
    if options.no_ui:
        from wstui.headless.listen import run

        raise_file_limit()
        return run(on_start, quiet=options.quiet)
    if options.quiet:
        parser.error("--quiet goes with --no-ui")
    need_terminal(parser)
    return run_workbench(on_start)


def named_options(
    word: str,
    flags: Sequence[tuple[str, str]],
    note: Callable[[str], None] | None = None,
) -> Options:
    """The options that a profile's name, or a uri, means with some flags. A profile may be a
    listener's; flags for it stand behind `wstui listen`. `note` is told what in the profile means
    nothing.

    Raises:
        OptionError: the profile, a flag or the uri is not valid.
    """
    from wstui.core.options.table import CONNECTING
    from wstui.core.profile_names import may_be_name

    if not may_be_name(word):  # most uris are none, and wait for no file
        return CONNECTING.build(word, flags)
    book, place = saved()
    fault = book.unclear(word)
    if fault is not None:
        raise OptionError("uri", fault.words(place))
    for one in book.notes:
        if note is not None and one.profile == word:
            note(one.words(place))
    if word in book.listeners and not flags:
        return book.listeners[word]
    return book.options(word, flags)


def named_connection(word: str, flags: Sequence[tuple[str, str]]) -> ConnectOptions:
    """The same for what needs a connection: a listener's profile is an error. Another tool's
    command line may stand for a uri.

    Raises:
        OptionError: as for `named_options`.
    """
    from wstui.core.options.table import CONNECTING

    if is_command_line([word]):
        from wstui.core.paste import read_pasted

        pasted = read_pasted(word)
        if pasted is None:
            raise OptionError("uri", f"{word.split()[0]} is no command line that wstui reads.")
        options = pasted.options()
        return CONNECTING.build(options.uri, flags, options)
    from wstui.headless.saying import say

    named = named_options(word, flags, say)
    if isinstance(named, ConnectOptions):
        return named
    raise OptionError("uri", f"{word} is the profile of a listener: write wstui listen {word}.")


def named_listener(word: str, flags: Sequence[tuple[str, str]]) -> ListenOptions:
    """The options that a profile's name, or an address, means with some flags.

    Raises:
        OptionError: the profile, a flag or the address is not valid.
    """
    from wstui.core.options.listen_table import LISTENING
    from wstui.core.serving.address import is_address

    if is_address(word):
        return LISTENING.build(word, flags)
    book, place = saved()
    fault = book.unclear_address(word)
    if fault is not None:
        raise OptionError("address", fault.words(place))
    return book.listen_options(word, flags)


def saved() -> tuple[Book, str]:
    """All profiles, and their file."""
    from wstui.storage.profiles import ProfileFile

    profiles = ProfileFile()
    return profiles.load(), profiles.place


def show_profiles() -> int:
    """Print all profiles, their file and what is wrong in it; the exit code."""
    from wstui.core.printable import printable
    from wstui.core.profiles import list_profiles

    book, place = saved()
    print(printable(list_profiles(book, place), newlines=True))
    return 1 if book.faults else 0


def is_command_line(given: Sequence[str]) -> bool:
    """Whether another tool's command line was given: as one argument, or word for word."""
    if len(given) == 1 and not given[0].startswith("-"):
        # A reference such as ${cmd:pass show token} holds blanks of its own.
        return len(stand_in(given[0]).split()) > 1
    return bool(given) and given[0] in ("curl", "websocat", "wscat")


def run_pasted(parser: argparse.ArgumentParser, given: Sequence[str]) -> int:
    """The workbench on the connection that another tool's command line means; the exit code."""
    from wstui.core.paste import read_pasted, read_words

    pasted = read_pasted(given[0]) if len(given) == 1 else read_words(given)
    if pasted is None:
        parser.exit(2, f"wstui: {given[0].split()[0]} is no command line that wstui reads.\n")
    try:
        options = pasted.options()
    except OptionError as error:
        parser.exit(2, f"wstui: {error}\n")
    need_terminal(parser)
    return run_workbench([options], pasted.words)


def refuse_slip(parser: argparse.ArgumentParser, given: Sequence[str]) -> None:
    """End with a sentence when a sub-command was mistyped: it would be taken for a host."""
    meant = mistyped(given)
    if meant is None:
        return
    book, _ = saved()
    if given[0] in book.all or book.unclear(given[0]) is not None:  # a profile, or perhaps one
        return
    words = f"{given[0]} is no command: is {meant} meant?"
    parser.exit(2, f"wstui: {words} For a host of that name write {complete_uri(given[0])}.\n")


def need_terminal(parser: argparse.ArgumentParser) -> None:
    """End with a sentence when there is no terminal for the workbench."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        words = "the workbench needs a terminal for its input and output"
        parser.exit(2, f"wstui: {words}; wstui --help lists the commands that need none.\n")


def raise_file_limit() -> None:
    """Allow as many open files, and so connections, as the system lets us have."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS names a hard limit that it does not grant
            return


def run_workbench(on_start: Sequence[Options], note: str = "") -> int:
    """The workbench until one leaves it; the exit code. `note` is said of the first connection."""
    import asyncio
    import gc

    gc.disable()  # start-up makes much that stays; the app enables it again
    raise_file_limit()
    asyncio.run(workbench(on_start, note))
    return 0


async def workbench(on_start: Sequence[Options], note: str = "") -> None:
    """The app, and the pool around it."""
    import asyncio

    from wstui.app import WstuiApp
    from wstui.net.daemon_threads import DaemonThreads
    from wstui.net.pool import ConnectionPool
    from wstui.storage.profiles import ProfileFile

    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    async with ConnectionPool() as pool:
        await WstuiApp(pool, profiles=ProfileFile(), on_start=on_start, note=note).run_async()


def run_demo(host: str, port: int, *, serve: bool) -> int:
    """The demonstration server, alone or under the workbench; the exit code."""
    import asyncio

    from wstui.net.demo import DemoServer

    raise_file_limit()

    async def run() -> None:
        async with DemoServer(host, port) as demo:
            if serve:
                await announce(demo)
            else:
                await workbench([ConnectOptions(demo.url(path)) for path in DEMO_PATHS])

    try:
        asyncio.run(run())
    except OSError as error:
        print(f"wstui: cannot listen on {host} port {port}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130
    return 0


async def announce(demo: DemoServer) -> None:
    """Print what the server offers and let it run until SIGINT or SIGTERM."""
    import asyncio
    import signal

    from wstui.net.demo import ENDPOINTS

    over = asyncio.Event()
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    print("wstui's demonstration server. Ctrl+C ends it.\n")
    for endpoint in ENDPOINTS.values():
        print(f"  {demo.url(endpoint.path):<34} {endpoint.help}")
    sys.stdout.flush()
    await over.wait()
