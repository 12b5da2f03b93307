"""What was found in a pasted text, on its way to options: texts by option path, and remarks.

Owns what request headers mean as options. What a tool's own flags mean is the matter of the module
that reads that tool.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from wstui.core.explain.words import quote
from wstui.core.options.connect import ConnectOptions, complete_uri, masked_uri
from wstui.core.options.draft import Draft, read_draft
from wstui.core.options.info import OptionError, Shape
from wstui.core.options.table import BY_PATH

OURS: Final = frozenset(
    {"connection", "content-length", "sec-websocket-accept", "sec-websocket-key", "upgrade"}
)
"""Headers, in lower case, that a handshake writes itself and that mean nothing else."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted text means. All texts may hold anything and are not safe for a terminal."""

    source: str
    """What it was, to follow “from”: ``curl``, ``a JavaScript snippet``; empty for a mere uri."""
    texts: Mapping[str, tuple[str, ...]]
    """By option path, ``uri`` included, one or more texts as the option's codec reads them."""
    remarks: tuple[str, ...]
    """What could not be used, each without a full stop: ``-X POST: a handshake is a GET``."""

    @property
    def draft(self) -> Draft:
        """The connect form filled with it; what is missing is as usual."""
        values: dict[str, str | bool] = {}
        for path, texts in self.texts.items():
            codec = BY_PATH[path].codec if path in BY_PATH else None
            if codec is None or not codec.separator:
                text = texts[-1]
                switch = codec is not None and codec.shape is Shape.SWITCH
                values[path] = text == "on" if switch else text
            else:
                values[path] = (", " if codec.separator == "," else codec.separator).join(texts)
        return MappingProxyType(values)

    def options(self) -> ConnectOptions:
        """The options that it means.

        Raises:
            OptionError: one of them is not valid; the message names it.
        """
        options, problems = read_draft(self.draft)
        if problems:
            path = problems[0].option
            label = BY_PATH[path].label if path in BY_PATH else "URI"
            raise OptionError(path, f"from {self.source or 'the text'}, {label}: {problems[0]}")
        return options

    @property
    def words(self) -> str:
        """Where it comes from, and what was of no use; empty for a mere uri."""
        parts = [f"From {self.source}."] if self.source else []
        if self.remarks:
            parts.append(f"Not used: {' · '.join(self.remarks)}")
        return "  ".join(parts)


@dataclass(slots=True)
class Filling:
    """Collects what is found; `finish` makes the result."""

    source: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    uris: list[str] = field(default_factory=list)
    scheme: str = ""
    """The scheme of a uri without one; empty takes the one that wstui would."""
    hosts: list[str] = field(default_factory=list)
    most_redirects: str | None = None
    """How many redirects are followed where some are; None when nothing says so."""
    speaks_whole: bool = False
    """Whether every header of the handshake is spelled out, so that what is missing is meant to
    be."""

    def unused(self, what: str, why: str = "") -> None:
        """Say that `what` could not be used, and why in a few words."""
        remark = f"{quote(what)}: {why}" if why else quote(what)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def put(self, path: str, text: str, what: str) -> None:
        """Let the option at `path` be `text`; `what` is how it was written."""
        if path in BY_PATH:
            self.texts[path] = [text]
        else:
            self.unused(what)

    def add(self, path: str, text: str, what: str) -> None:
        """Add `text` to the values of the option at `path`."""
        if path in BY_PATH:
            self.texts.setdefault(path, []).append(text)
        else:
            self.unused(what)

    def message(self, text: str, what: str) -> None:
        """Take a text message to be sent at every opening; an option's line holds no line feed."""
        if "\n" in text or "\r" in text or not text.strip():
            line = f"hex:{text.encode('utf-8', 'replace').hex()}"
        else:
            line = f"text:{text}" if text.startswith(("hex:", "text:")) else text
        self.add("on_connect", line, what)

    def header(self, line: str) -> None:
        """Take a request header, ``Name: value``."""
        name, colon, value = line.partition(":")
        if not name and colon:  # HTTP/2's, such as :authority
            return
        name, value = name.strip(), value.strip(" \t")
        match name.lower():
            case "sec-websocket-key":
                self.speaks_whole = True
            case lower if lower in OURS:
                pass
            case "sec-websocket-version":
                if value != "13":
                    self.unused(line, "only version 13 is spoken")
            case "host":
                self.hosts.append(value)
            case "origin":
                self.put("origin", value, line)
            case "user-agent":
                self.put("user_agent", value, line)
            case "cookie":
                self.cookies(value)
            case "authorization" if token := re.fullmatch(r"(?i:bearer) +(\S.*)", value):
                self.put("http.bearer", token[1], line)
            case "sec-websocket-protocol":
                for protocol in filter(None, re.split(r"[\s,]+", value)):
                    if protocol not in self.texts.get("subprotocols", []):
                        self.add("subprotocols", protocol, line)
            case "sec-websocket-extensions":
                self.extensions(value, line)
            case _:
                self.add("headers", f"{name}: {value}" if colon else line, line)

    def cookies(self, value: str) -> None:
        """Take the value of a Cookie header (RFC 6265 section 4.2.1)."""
        cookies = [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        if all(re.match(r"[^=]+=", cookie) for cookie in cookies):
            for cookie in cookies:
                self.add("http.cookies", cookie, cookie)
        else:
            self.add("headers", f"Cookie: {value}", value)

    def extensions(self, value: str, line: str) -> None:
        """Take the offer of extensions (RFC 6455 section 9.1, RFC 7692 section 7)."""
        for offer in filter(None, (part.strip() for part in value.split(","))):
            name, *parameters = (part.strip() for part in offer.split(";"))
            if name.lower() != "permessage-deflate":
                self.unused(offer, "only permessage-deflate is spoken")
                continue
            self.put("deflate.offer", "on", line)
            self.put("deflate.client_max_window_bits", "off", line)
            for parameter in filter(None, parameters):
                key, _, text = (part.strip(' "') for part in parameter.partition("="))
                path = f"deflate.{key.lower()}"
                if path not in BY_PATH:
                    self.unused(parameter)
                elif path.endswith("bits"):
                    self.put(path, text or "any", line)
                else:
                    self.put(path, "on", line)

    def finish(self) -> Pasted:
        """The result, once everything was taken."""
        uri = self._uri(self.uris[0]) if self.uris else ""
        for other in self.uris[1:]:
            self.unused(masked_uri(other), "one connection has one uri")
        netloc = re.sub(r"^\w+://(?:[^/?#]*@)?", "", uri)
        own = re.split(r"[/?#]", netloc, maxsplit=1)[0].lower()
        for host in self.hosts:
            if host.lower() not in (own, re.sub(r":(80|443)$", "", own)):
                self.add("headers", f"Host: {host}", host)
        if self.speaks_whole and "deflate.offer" not in self.texts:
            self.texts["deflate.offer"] = ["off"]
        texts: dict[str, tuple[str, ...]] = {"uri": (uri,)} if uri else {}
        texts |= {path: tuple(values) for path, values in self.texts.items()}
        return Pasted(self.source, MappingProxyType(texts), tuple(self.remarks))

    def _uri(self, text: str) -> str:
        text = text.strip()
        if self.scheme and not re.match(r"\w[\w+.-]*://", text):
            text = f"{self.scheme}{text}"
        return complete_uri(text.partition("#")[0])
