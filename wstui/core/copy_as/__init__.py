"""Copy as: the options of a connection as a command line of another tool, or as a program.

Owns which tools there are, and that secrets are not copied unasked. How each tool is told is the
matter of the modules beside this one.
"""

from __future__ import annotations

import enum
import re
from dataclasses import replace
from typing import Final, NamedTuple

from wstui.core.copy_as import commands, program
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.secrets import (
    MASK,
    PRIVATE_FIELDS,
    PRIVATE_HEADERS,
    change_texts,
    has_reference,
    shadow,
)


class Tool(enum.StrEnum):
    """What the options can be written for, in the order in which they are offered."""

    CURL = "curl"
    WEBSOCAT = "websocat"
    WSCAT = "wscat"
    PYTHON = "Python websockets"
    WSTUI = "wstui"


class Copied(NamedTuple):
    """The options, written for a tool. Any text of the options may stand in it."""

    text: str
    remarks: tuple[str, ...]
    """What the tool cannot be told, each in a few words."""
    masked: bool
    """Whether something in it is masked that is secret, so that it does not work as it is."""


_WRITERS: Final = {
    Tool.CURL: commands.write_curl,
    Tool.WEBSOCAT: commands.write_websocat,
    Tool.WSCAT: commands.write_wscat,
    Tool.PYTHON: program.write_python,
    Tool.WSTUI: commands.write_wstui,
}


def copy_as(tool: Tool, options: ConnectOptions, *, reveal: bool = False) -> Copied:
    """`options` written for `tool`. References become variables of the shell or of the program;
    secrets that are no references are masked unless they are to be revealed."""
    shown = options if reveal else mask_secrets(options)
    text, remarks = _WRITERS[tool](shown)
    return Copied(text, tuple(remarks), shown != options)


def mask_secrets(options: ConnectOptions) -> ConnectOptions:
    """`options` with all secrets in them masked that are not references."""

    def change(path: str, text: str) -> str:
        if path == "uri":
            hidden = shadow(text)
            return (
                hidden.restore(masked_uri(hidden.text)) if hidden.references else masked_uri(text)
            )
        if path in ("http.basic", "http.cookies") and not has_reference(text):
            mark = ":" if path == "http.basic" else "="
            name, found, _ = text.partition(mark)
            return f"{name}{found}{MASK}"
        if path.rpartition(".")[2] in PRIVATE_FIELDS and text and not has_reference(text):
            return MASK
        if path == "proxy.uri":
            return masked_uri(text)
        return text

    masked: ConnectOptions = change_texts(options, change)
    headers = tuple((name, mask_header(name, value)) for name, value in options.headers)
    return masked if headers == options.headers else replace(masked, headers=headers)


def mask_header(name: str, value: str) -> str:
    """The value of a header, masked when it is secret; the scheme of credentials stays."""
    if name.lower() not in PRIVATE_HEADERS or not value or has_reference(value):
        return value
    scheme = re.match(r"(Basic|Bearer|Digest|Token) ", value, re.IGNORECASE)
    return f"{scheme[0] if scheme else ''}{MASK}"
