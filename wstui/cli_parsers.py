"""What may be written behind `wstui`: the parsers of its command lines, and their help.

Options come from the tables of the core. What shall happen then is the matter of `cli`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final, NoReturn

from wstui import __version__
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.option_table import OptionTable
from wstui.core.options.table import CONNECTING

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions

EXAMPLES: Final = """\
examples:
  wstui                                    open the workbench
  wstui wss://feed.example/ticks           ... and connect
  wstui localhost:9002/chat -H 'Cookie: a=b' --subprotocol chat.v2
  wstui 'curl …'                           ... as a browser copies it; websocat, wscat, too
  wstui prod/ticks --no-compression        a saved profile, with another option
  wstui listen 9002                        ... and be the server; wstui listen --help tells more
  wstui profiles                           list the profiles, and tell their file
  wstui demo                               ... on a demonstration server of its own
  wstui demo --serve --port 9002           only that server

In the workbench, ? shows all keys and q leaves.
"""

LISTEN_EXAMPLES: Final = """\
examples:
  wstui listen 9002                        on this machine alone; answer by hand
  wstui listen 9002 --echo                 send each message back
  wstui listen 0.0.0.0:9002                on all IPv4 addresses: others can reach it
  wstui listen 9002 '[::1]:9002'           two listeners
  wstui listen 0                           on a port that the system chooses
  wstui listen unix:/tmp/ws.sock           on a Unix socket
  wstui listen 9443 --self-signed          with TLS, and a certificate made on the spot
  wstui listen mock/ticks --max-size 1MiB  a saved profile, with another option
  wstui listen 9002 --handler api.py       Python hooks; python -m pydoc wstui.handlers
  wstui listen 9002 --echo --no-ui         no screen; a line of JSON for all that happens

In the workbench, each client that is accepted is a connection under its listener.
"""


class Gather(argparse.Action):
    """Keeps options in the order in which they were given."""

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

    def __init__(self, what: str, **settings: Any) -> None:
        """`what` the options are for."""
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=formatter, allow_abbrev=False, **settings)
        self._what = what

    def error(self, message: str) -> NoReturn:
        usage = f"usage: {self.prog} [option ...] {self._what}; --help tells all"
        self.exit(2, f"wstui: {message}\n{usage}\n")

    def add_options(
        self, table: OptionTable[ConnectOptions] | OptionTable[ListenOptions], what: str
    ) -> None:
        """Take all options of `table`, which are about each `what`."""
        for section in table.sections:
            group = self.add_argument_group(f"options for each {what}: {section}")
            for info in table.rows:
                for flag in info.flags if info.section is section else ():
                    group.add_argument(
                        *flag.names,
                        action=Gather,
                        dest="flags",
                        nargs=0 if flag.metavar is None else None,
                        metavar=flag.metavar,
                        help=flag.help.replace("%", "%%") or argparse.SUPPRESS,
                    )
        self.set_defaults(flags=[])


def workbench_parser() -> Parser:
    """The parser of `wstui [URL ...]`."""
    parser = Parser(
        "[URL ...]",
        prog="wstui",
        usage="wstui [option ...] [URL ...]\n       wstui listen [-h] [HOST:]PORT ...\n"
        "       wstui demo [-h]\n       wstui profiles",
        description="The WebSocket workbench for the terminal.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"wstui {__version__}")
    parser.add_argument("uris", nargs="*", metavar="URL", help="or a profile: connect to it")
    parser.add_options(CONNECTING, "URL")
    return parser


def listen_parser() -> Parser:
    """The parser of `wstui listen`."""
    from wstui.core.ndjson_events import EXPLANATION  # only who listens waits for all that
    from wstui.core.options.answers_help import BEHAVIOURS_HELP, REPLIES_HELP
    from wstui.core.options.listen_table import LISTENING
    from wstui.core.options.rules import RULES_HELP

    parser = Parser(
        "[HOST:]PORT ...",
        prog="wstui listen",
        usage="wstui listen [option ...] [HOST:]PORT ...",
        description="Be the server: listen, accept clients, and answer them, in the workbench."
        "\nWithout a host only this machine can reach it.",
        epilog=f"{LISTEN_EXAMPLES}\nbehaviours:\n{BEHAVIOURS_HELP}\n\nreplies:\n{REPLIES_HELP}\n\n"
        f"rules:\n{RULES_HELP}\n\n{EXPLANATION}",
    )
    parser.add_argument(
        "addresses",
        nargs="*",
        metavar="[HOST:]PORT",
        help="or unix:PATH, or a profile: listen there; port 0 is a free one",
    )
    parser.add_argument(
        "--no-ui",
        action="store_true",
        help="no screen: print the addresses and what happens as NDJSON, until SIGINT or SIGTERM",
    )
    parser.add_argument("--quiet", action="store_true", help="with --no-ui: leave messages out")
    parser.add_options(LISTENING, "listener")
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
