"""`wstui [URL ...]`: the workbench."""

from __future__ import annotations

from typing import Final

from wstui import __version__
from wstui.command_line.names import SUBCOMMANDS
from wstui.command_line.parser import OF_CONNECTIONS, Parser
from wstui.core.options.table import CONNECTING

EXAMPLES: Final = """\
examples:
  wstui                                open the workbench
  wstui wss://feed.example/ticks       ... and connect
  wstui localhost:9002/chat -H 'Cookie: a=b' --subprotocol chat.v2
  wstui 'curl …'                       ... as browsers copy it; websocat, wscat
  wstui prod/ticks --no-compression    a saved profile, with another option
  wstui listen 9002                    ... and be the server (listen --help)
  wstui profiles                       list the profiles, and tell their file
  wstui demo                           ... on a demonstration server of its own
  wstui demo --serve --port 9002       only that server

In the workbench, ? shows all keys and q leaves.
"""

_WITHOUT_SCREEN: Final = "without a screen (wstui COMMAND --help tells more):\n" + "".join(
    f"  wstui {name:<20} {words}\n" for name, words in SUBCOMMANDS.items()
)


def workbench_parser() -> Parser:
    """The parser of `wstui [URL ...]`."""
    parser = Parser(
        "[URL ...]",
        prog="wstui",
        usage="wstui [option ...] [URL ...]\n       wstui listen [-h] [HOST:]PORT ...\n"
        "       wstui demo [-h]\n       wstui profiles\n       wstui COMMAND [-h] ...",
        description="The WebSocket workbench for the terminal.",
        epilog=f"{_WITHOUT_SCREEN}\n{EXAMPLES}",
    )
    parser.add_argument("--version", action="version", version=f"wstui {__version__}")
    parser.add_argument("uris", nargs="*", metavar="URL", help="or a profile: connect to it")
    parser.add_hidden_options(CONNECTING, "connection", OF_CONNECTIONS, parser)
    return parser
