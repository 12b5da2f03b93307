"""The command line: arguments to what shall run. The only module that sees all rings.

Nothing is imported before it is needed, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from wstui import __version__
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import stand_in
from wstui.core.options.table import OPTIONS, SECTIONS

if TYPE_CHECKING:
    from wstui.net.demo import DemoServer

DEMO_PATHS = ("/ticker", "/binary", "/echo", "/fragments")
"""Endpoints that `wstui demo` connects to."""

EXAMPLES = """\
examples:
  wstui                                    open the workbench
  wstui wss://feed.example/ticks           ... and connect
  wstui localhost:9002/chat -H 'Cookie: a=b' --subprotocol chat.v2
  wstui 'curl …'                           ... as a browser copies it; websocat, wscat, too
  wstui prod/ticks --no-compression        a saved profile, with another option
  wstui profiles                           list the profiles, and tell their file
  wstui demo                               ... on a demonstration server of its own
  wstui demo --serve --port 9002           only that server

In the workbench, ? shows all keys and q leaves.
"""


class Gather(argparse.Action):
    """Keeps the options of `connect` in the order in which they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        assert option_string is not None
        namespace.flags = [*namespace.flags, (option_string, values or "")]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in two lines, however many options there are."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            2, f"wstui: {message}\nusage: {self.prog} [option ...] [URL ...]; --help tells all\n"
        )


def workbench_parser() -> argparse.ArgumentParser:
    """The parser of `wstui [URL ...]`."""
    parser = Parser(
        prog="wstui",
        usage="wstui [option ...] [URL ...]\n       wstui demo [-h]\n       wstui profiles",
        description="The WebSocket workbench for the terminal.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wstui {__version__}")
    parser.add_argument("uris", nargs="*", metavar="URL", help="or a profile: connect to it")
    for section in SECTIONS:
        group = parser.add_argument_group(f"options for each URL: {section}")
        for info in OPTIONS:
            for flag in info.flags if info.section is section else ():
                group.add_argument(
                    *flag.names,
                    action=Gather,
                    dest="flags",
                    nargs=0 if flag.metavar is None else None,
                    metavar=flag.metavar,
                    help=flag.help.replace("%", "%%") or argparse.SUPPRESS,
                )
    parser.set_defaults(flags=[])
    return parser


def demo_parser() -> argparse.ArgumentParser:
    """The parser of `wstui demo`."""
    parser = argparse.ArgumentParser(
        prog="wstui demo",
        description="Start a demonstration server in this process and open the workbench on four"
        " of its endpoints.",
        allow_abbrev=False,
    )
    parser.add_argument("--serve", action="store_true", help="run only the server")
    parser.add_argument("--host", default="127.0.0.1", help="listen here (default: %(default)s)")
    parser.add_argument(
        "--port", type=port_number, default=0, help="listen on this port (default: a free one)"
    )
    return parser


def port_number(text: str) -> int:
    """A port from 0 to 65535.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `wstui` with these arguments (None: those of the process); the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["demo"]:
        parser = demo_parser()
        options = parser.parse_args(given[1:])
        if not options.serve:
            need_terminal(parser)
        return run_demo(options.host, options.port, serve=options.serve)
    parser = workbench_parser()
    if given[:1] == ["profiles"] and not {"-h", "--help"} & set(given):
        if len(given) > 1:
            parser.error("profiles lists the profiles; nothing else may stand behind it")
        return show_profiles()
    if is_command_line(given):
        return run_pasted(parser, given)
    options = parser.parse_intermixed_args(given)
    try:
        on_start = [named_options(word, options.flags) for word in options.uris]
    except OptionError as error:
        parser.exit(2, "".join(f"wstui: {sentence}\n" for sentence in error.sentences))
    if options.flags and not on_start:
        parser.error(f"{options.flags[0][0]} needs a URL, or a profile, to belong to")
    need_terminal(parser)
    return run_workbench(on_start)


def named_options(word: str, flags: Sequence[tuple[str, str]]) -> ConnectOptions:
    """The options that a profile's name, or a uri, means with some flags.

    Raises:
        OptionError: the profile, a flag or the uri is not valid.
    """
    from wstui.core.profiles import EMPTY_BOOK, may_be_name

    book = EMPTY_BOOK
    if may_be_name(word):  # most uris are none, and wait for no file
        from wstui.storage.profiles import ProfileFile

        profiles = ProfileFile()
        book = profiles.load()
        fault = book.unclear(word)
        if fault is not None:
            raise OptionError("uri", fault.words(profiles.place))
    return book.options(word, flags)


def show_profiles() -> int:
    """Print all profiles, their file and what is wrong in it; the exit code."""
    from wstui.core.printable import printable
    from wstui.core.profiles import list_profiles
    from wstui.storage.profiles import ProfileFile

    profiles = ProfileFile()
    book = profiles.load()
    print(printable(list_profiles(book, profiles.place), newlines=True))
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


def need_terminal(parser: argparse.ArgumentParser) -> None:
    """End with a sentence when there is no terminal for the workbench."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        parser.exit(2, "wstui: the workbench needs a terminal for its input and output.\n")


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


def run_workbench(on_start: Sequence[ConnectOptions], note: str = "") -> int:
    """The workbench until one leaves it; the exit code. `note` is said of the first connection."""
    import asyncio
    import gc

    gc.disable()  # start-up makes much that stays; the app enables it again
    raise_file_limit()
    asyncio.run(workbench(on_start, note))
    return 0


async def workbench(on_start: Sequence[ConnectOptions], note: str = "") -> None:
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
