"""HTTP answers to ordinary requests: what is in them, not yet as bytes."""

from __future__ import annotations

import base64
import hashlib
import http
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from importlib.resources import files
from typing import Final

from wstui.core.serving.request import Reject
from wstui.net.serving.folder import OpenFile
from wstui.net.serving.responses import SERVER

READABLE: Final = "GET, HEAD, OPTIONS"
"""Value of the Allow header."""

_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that say where an answer ends: not for anybody else to set."""

Headers = list[tuple[str, str]]

_FACTS: Final = b'<script type="application/json" id="facts">{}</script>'


@dataclass(slots=True)
class Answer:
    """What a request gets."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    file: OpenFile | None = None
    """Whose bytes from `start` to `stop` are the body."""
    start: int = 0
    stop: int = 0
    why: str = ""
    """What is worth knowing about it, for the user; not sent."""

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body) if self.file is None else self.stop - self.start

    def close(self) -> None:
        """Its file is needed no more."""
        if self.file is not None:
            self.file.close()

    @property
    def phrase(self) -> str:
        """The status in words; empty for one without."""
        try:
            return http.HTTPStatus(self.status).phrase
        except ValueError:
            return ""


def plain(status: int, *headers: tuple[str, str], words: str = "", why: str = "") -> Answer:
    """An answer that is a line of text: `words`, or the status."""
    answer = Answer(status, [*headers], why=why)
    if status not in (204, 304):
        answer.body = f"{words or f'{status} {answer.phrase}'.strip()}\n".encode()
        answer.headers.append(("Content-Type", "text/plain; charset=utf-8"))
    return answer


def by_rules(rejected: Reject) -> Answer:
    """The answer to one whom the listener's rules reject."""
    answer = plain(rejected.status, words=rejected.body, why="by the rules")
    given = {name.lower() for name, _ in rejected.headers}
    answer.headers = [pair for pair in answer.headers if pair[0].lower() not in given]
    answer.headers += [pair for pair in rejected.headers if pair[0].lower() not in _FRAMING]
    return answer


def usual_headers(answer: Answer) -> Headers:
    """All headers of `answer`, with those that every one has."""
    given = {name.lower() for name, _ in answer.headers}
    usual = [
        ("Date", formatdate(usegmt=True)),
        ("Server", SERVER),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if answer.status not in (204, 304):
        usual.append(("Content-Length", str(answer.size)))
    return [pair for pair in usual if pair[0].lower() not in given] + answer.headers


# The test page

_HOST: Final = re.compile(r"[a-z0-9.-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?", re.IGNORECASE)


def page(paths: Iterable[str], host: str) -> Answer:
    """The test page. `paths` are offered as places to connect to; `host` is what the browser calls
    this listener, who alone may be talked to."""
    text, hashes = _page()
    facts = json.dumps({"paths": list(paths)}).replace("<", "\\u003c").encode()
    body = text.replace(_FACTS, _FACTS.replace(b"{}", facts))
    hosts = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    policy = (
        f"default-src 'none'; {hashes}; connect-src 'self'{hosts}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    return Answer(200, headers, body)


@cache
def _page() -> tuple[bytes, str]:
    """The page as it is in the package, and what its policy says about its script and style."""
    text = files("wstui.net.serving").joinpath("page.html").read_bytes()
    text = text.replace(b"\r\n", b"\n")  # as browsers do before they look at the hashes
    assert _FACTS in text
    parts = []
    for tag in (b"script", b"style"):
        match = re.search(rb"<%b>(.*?)</%b>" % (tag, tag), text, re.DOTALL)
        assert match is not None
        digest = base64.b64encode(hashlib.sha256(match[1]).digest()).decode()
        parts.append(f"{tag.decode()}-src 'sha256-{digest}'")
    return text, "; ".join(parts)
