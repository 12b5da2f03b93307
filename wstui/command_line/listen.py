"""`wstui listen [HOST:]PORT ...`: be the server."""

from __future__ import annotations

from typing import Final

from wstui.command_line.parser import Parser

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
