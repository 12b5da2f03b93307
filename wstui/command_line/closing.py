"""Options of sub-commands that close their connection themselves: with which code and reason."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from wstui.command_line.headless import HeadlessParser
from wstui.core import close_codes


@dataclass(frozen=True, slots=True)
class Closing:
    """What our close frame says."""

    code: int = 1000
    reason: str = ""


def add_closing(parser: HeadlessParser) -> None:
    """Take code and reason of our close frame."""
    parser.add_argument(
        "--code", type=_code, default=1000, metavar="CODE", help="close with this code (1000)"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="and with this reason")


def closing(parser: HeadlessParser, given: argparse.Namespace) -> Closing:
    """What was given. Ends the process where it may not be sent."""
    problem = close_codes.refuse(given.code, given.reason)
    if problem is not None:
        parser.error(problem)
    return Closing(given.code, given.reason)


def _code(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise argparse.ArgumentTypeError(f"{text} is no close code, such as 1000 or 4001.")
    return int(text)
