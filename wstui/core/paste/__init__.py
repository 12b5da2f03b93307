"""Paste anything: what a pasted text means as options of a connection.

A uri with whatever stands around it; command lines of curl (as browsers copy them, for POSIX
shells, cmd.exe and PowerShell), websocat, wscat and wstui; calls in JavaScript and Python. Owns
telling them apart. Nothing is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wstui.core.options.route import split_unix_uri
from wstui.core.paste.clients import TOOLS, WSTUI
from wstui.core.paste.curl import CURL
from wstui.core.paste.filling import Filling, Pasted
from wstui.core.paste.scripts import read_javascript, read_powershell, read_python
from wstui.core.paste.shell import Words, is_cmd, literal, split_cmd, split_posix
from wstui.core.paste.tools import Tool

__all__ = ["LONGEST", "Pasted", "read_command", "read_pasted", "read_words"]

LONGEST: Final = 1 << 15
"""Characters of a text that is looked at; nobody's command line is longer."""

_TOOLS: Final[dict[str, Tool]] = {"curl": CURL, **TOOLS}

_PROMPT: Final = re.compile(r"(?:[$%#>❯:]\s*|PS [^>\n]*>\s*)(?=\w)")
_WRAPPERS: Final = frozenset({"sudo", "time", "env", "exec", "command", "npx", "-y", "--yes"})
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_URI: Final = re.compile(r"(?:wss?|https?)://[^\s\"'`<>^{}|\\]+", re.IGNORECASE)
_AROUND: Final = " \t\r\n\"'`<>"


def read_pasted(text: str) -> Pasted | None:
    """What `text` means; None when it is just typing: a word, or nothing that is known here."""
    found = _read(text) if len(text) <= LONGEST else None
    return found if found is not None and (found.texts or found.remarks) else None


def _read(text: str) -> Pasted | None:
    # Terminals send what is pasted with carriage returns for line feeds.
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    prompt = _PROMPT.match(text)
    bare = text if prompt is None else text[prompt.end() :]
    if _may_be_command(bare):
        words = split_cmd(bare) if is_cmd(bare) else split_posix(bare)
        if (found := _find_tool(words.words)) is not None and found[0] is WSTUI:
            words = split_posix(bare, ours=True)
        filling = _read_command(words)
        if filling is not None:
            return filling.finish()
    for read in (read_powershell, read_python, read_javascript):
        filling = read(text)
        if filling is not None:
            return filling.finish()
    return _read_uri(text)


def read_words(words: Sequence[str]) -> Pasted | None:
    """What a command line means whose words a shell has taken apart already; None for none."""
    found = _find_tool(words)
    if found is None:
        return None
    tool, at = found
    # What a shell left as it is must not become a reference: it was not written for wstui.
    meant = words[at:] if tool is WSTUI else [literal(word) for word in words[at:]]
    return tool.read(meant).finish()


def read_command(text: str) -> Pasted | None:
    """What `text` means when it is a tool's command line that begins with the tool's name."""
    first = text[:LONGEST].split(maxsplit=1)[:1]
    if _find_tool(first) is None:
        return None
    return read_pasted(text)


def _may_be_command(text: str) -> bool:
    """Whether one of the tools is named in the first line, or its output is piped somewhere."""
    head = text[:1000]
    return any(name in head for name in _TOOLS) or head.startswith("connect ")


def _find_tool(words: Sequence[str]) -> tuple[Tool, int] | None:
    """The tool that a command line calls, and the place of the word behind its name."""
    for at, word in enumerate(words):
        if word in _WRAPPERS or _ASSIGNMENT.fullmatch(word):
            continue
        name = re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe")
        tool = _TOOLS.get("wstui" if name == "connect" else name)
        return None if tool is None else (tool, at + 1)
    return None


def _read_command(words: Words) -> Filling | None:
    found = _find_tool(words.words)
    if found is None:
        return None
    tool, at = found
    filling = tool.read(words.words[at:])
    for word in words.words[: at - 1]:
        if _ASSIGNMENT.fullmatch(word):
            filling.unused(word.partition("=")[0], "set it before wstui is started")
    message = " ".join(word for word in words.piped[1:] if not re.fullmatch(r"-[neE]+", word))
    if message:
        filling.message(message, f"{words.piped[0]} {message}")
    if words.substitution:
        filling.unused("$(…)", "commands in it are not run")
    if words.rest:
        filling.unused(words.rest, "only the first command is read")
    return filling


def _read_uri(text: str) -> Pasted | None:
    """A uri and what was pasted with it."""
    if "${" in text:
        return _read_reference(text)
    on_socket = split_unix_uri(text.strip(_AROUND))
    if on_socket is not None:
        filling = Filling("", uris=[on_socket[0]])
        filling.put("route.unix_socket", on_socket[1], text)
        return filling.finish()
    match = _URI.search(text)
    if match is None:
        word = text.strip(_AROUND)
        if word == text or not word or re.search(r"\s", word):
            return None
        filling = Filling("", uris=[word])
    else:
        uri = _trimmed(match[0])
        filling = Filling("", uris=[uri])
        if text.replace(uri, "", 1).strip(_AROUND + ".,;:!?()[]"):
            filling.unused("the rest of the text", "only the uri was taken")
    return filling.finish()


def _read_reference(text: str) -> Pasted | None:
    """A uri in which something looks like a reference: whoever wrote it must not get to know the
    environment, or run commands. A piece without a scheme is left to who typed the rest."""
    if "://" not in text:
        return None
    filling = Filling("", uris=[literal(text.strip(_AROUND))])
    filling.unused("${…}", "a pasted uri is taken as it is; type a reference that you mean")
    return filling.finish()


def _trimmed(uri: str) -> str:
    """`uri` without the signs of the sentence that it stands in."""
    while uri and (uri[-1] in ".,;:!?" or (uri[-1] in ")]" and _opens(uri) < 0)):
        uri = uri[:-1]
    return uri


def _opens(uri: str) -> int:
    """How many more brackets like the last character open than close."""
    opening = "(" if uri[-1] == ")" else "["
    return uri.count(opening) - uri.count(uri[-1])
