"""What is said of WebSockets, said of plain HTTP.

A connection's options name servers by ws and wss; plain HTTP is asked with the same options.
"""

from __future__ import annotations

import re
from typing import Final

_SCHEME: Final = re.compile(r"\bws(s?)(?=://)", re.IGNORECASE)
_WORD: Final = re.compile(r"\bws(s?)(?=://|,? )")


def http_uri(uri: str) -> str:
    """The uri of plain HTTP on the server of a WebSocket's uri."""
    return _SCHEME.sub(r"http\1", uri, count=1)


_CITED: Final = re.compile(r"bytearray\(b(['\"])(.*)\1\)", re.DOTALL)


def http_words(text: str) -> str:
    """A sentence of ours about ws and wss as one about http and https."""
    return _WORD.sub(r"http\1", text)


def protocol_words(text: str) -> str:
    """What the HTTP library says of a rule that was broken, without the marks of Python around the
    bytes that it cites."""
    return _CITED.sub(r"\2", text)
