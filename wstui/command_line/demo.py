"""`wstui demo`: the demonstration server."""

from __future__ import annotations

import argparse


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
