"""The head of an HTTP request as it comes, read strictly (RFC 9112).

What two readers could understand differently is refused, not guessed at: that is what request
smuggling lives on. Limits hold while bytes come, not only when all are there.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from wstui.core.serving.strangers import Guess, Stranger, recognise, recognise_line

HEAD_LIMIT: Final = 64 << 10
"""Bytes of a request's head."""

LINE_LIMIT: Final = 8190
"""Bytes of one of its lines, the end included."""

MOST_HEADERS: Final = 100
"""Header lines."""

MOST_BLANK: Final = 2
"""Blank lines that may stand before a request (RFC 9112 section 2.2 asks for one)."""

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/(\d)\.(\d)" % _TOKEN)
_HEADER_LINE: Final = re.compile(rb"(%b):[ \t]*((?:[\t\x20-\x7e\x80-\xff])*)" % _TOKEN)
_HOST: Final = re.compile(rb"[!$%&'()*+,\-.:;=\[\]_~0-9A-Za-z]*")
_NO_TEXT: Final = re.compile(rb"[^\t\x20-\x7e\x80-\xff\r\n]")


class Trouble(Exception):
    """What came is no request that can be answered as asked. `str()` says what it is, for the
    user.

    `kind` is a word for it, `status` the status to answer with, None for no HTTP response;
    `farewell` is sent then, as it is.
    """

    def __init__(
        self, words: str, status: int | None = 400, kind: str = "request", farewell: bytes = b""
    ) -> None:
        super().__init__(words)
        self.status = status
        self.kind = kind
        self.farewell = farewell


class IncomingHead:
    """Takes bytes until the head of a request is whole."""

    def __init__(self) -> None:
        self.data = bytearray()
        """What came; behind the head, what belongs to it no more."""
        self._line = 0  # where the line begins that is not yet whole
        self._looked = 0  # up to where line ends were looked for
        self._lines: list[bytes] = []
        self._blank = 0
        self._decided = False

    def take(self, data: bytes) -> bytes | None:
        """Add `data`; the head with its blank line once it is whole, None before.

        What came behind it is then in `data`.

        Raises:
            Trouble: this will be no request.
        """
        self.data += data
        if not self._decided and not self._is_welcome():
            return None
        while (end := self.data.find(b"\n", self._looked)) >= 0:
            line = bytes(self.data[self._line : end + 1])
            self._line = self._looked = end + 1
            if self._line > HEAD_LIMIT:
                raise _too_large()
            if self._ends(line):
                check_head(self._lines)
                head = bytes(self.data[: self._line])
                del self.data[: self._line]
                return head
        self._looked = len(self.data)
        self._check_rest()
        return None

    def _is_welcome(self) -> bool:
        """Whether this may be HTTP; False when that cannot yet be said."""
        guess = recognise(bytes(self.data[:64]))
        if isinstance(guess, Stranger):
            raise _no_http(guess)
        if guess is Guess.UNDECIDED:
            return False
        self._decided = True
        return True

    def _ends(self, line: bytes) -> bool:
        """Take a whole line; whether it ends the head."""
        if not self._lines:
            stranger = recognise_line(line.rstrip(b"\r\n"))
            if stranger is not None:
                raise _no_http(stranger)
            self._check_text(line)
        if len(line) > LINE_LIMIT:
            raise self._too_long()
        if not line.endswith(b"\r\n"):
            raise Trouble("a line ends with LF alone")
        line = line[:-2]
        if not line:
            if self._lines:
                return True
            self._blank += 1
            if self._blank > MOST_BLANK:
                raise Trouble("blank lines and no request")
            del self.data[: self._line]
            self._line = self._looked = 0
            return False
        if not self._lines:
            check_request_line(line)
        else:
            check_header_line(line)
        self._lines.append(line)
        if len(self._lines) > MOST_HEADERS + 1:
            raise Trouble(f"more than {MOST_HEADERS} headers", 431)
        return False

    def _check_rest(self) -> None:
        """Look at a line that is not yet whole."""
        if len(self.data) - self._line > LINE_LIMIT:
            raise self._too_long()
        if len(self.data) > HEAD_LIMIT:
            raise _too_large()
        if not self._lines:
            self._check_text(bytes(self.data[self._line :]))

    def _check_text(self, line: bytes) -> None:
        """Look at the first line, or what is there of it."""
        if _NO_TEXT.search(line):
            raise Trouble("it is no HTTP", kind="garbage")

    def _too_long(self) -> Trouble:
        if self._lines:
            return Trouble(f"a header of more than {LINE_LIMIT:,} bytes", 431)
        if b" " not in self.data[:LINE_LIMIT]:
            return Trouble("it is no HTTP", kind="garbage")
        return Trouble(f"a request line of more than {LINE_LIMIT:,} bytes", 414)


def _too_large() -> Trouble:
    return Trouble(f"its headers are larger than {HEAD_LIMIT >> 10} KiB", 431)


def _no_http(stranger: Stranger) -> Trouble:
    return Trouble(stranger.words, None, stranger.kind, stranger.farewell)


def check_request_line(line: bytes) -> None:
    """Look at the first line, given without its end.

    Raises:
        Trouble: it is none, or of a version that is not spoken.
    """
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        words = "its first line is no HTTP request line"
        looks_like = re.match(rb"[A-Z]+ ", line) is not None
        raise Trouble(words, kind="request" if looks_like else "garbage")
    if match[3] != b"1":
        raise Trouble(f"it asks for HTTP/{match[3].decode()}.{match[4].decode()}", 505)


def check_header_line(line: bytes) -> None:
    """Look at a header line, given without its end.

    Raises:
        Trouble: it is none.
    """
    if line[:1] in (b" ", b"\t"):
        raise Trouble("a header goes on in a second line, which is obsolete")
    if _HEADER_LINE.fullmatch(line) is None:
        if b"\0" in line:
            raise Trouble("a header with a NUL byte")
        if re.match(rb"%b[ \t]+:" % _TOKEN, line):
            raise Trouble("a space between the name of a header and its colon")
        raise Trouble("a line that is no header")


def check_head(lines: list[bytes]) -> None:
    """Look at the lines of a whole head: is it clear for whom it is, and where its body ends?

    Raises:
        Trouble: it is not (RFC 9112 sections 3.2 and 6.3).
    """
    found: dict[bytes, list[bytes]] = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        found.setdefault(name.lower(), []).append(value.strip(b" \t"))
    old = lines[0].endswith(b"HTTP/1.0")
    hosts = found.get(b"host", [])
    if len(hosts) > 1:
        raise Trouble("more than one Host header")
    if not hosts and not old:
        raise Trouble("no Host header")
    if hosts and _HOST.fullmatch(hosts[0]) is None:
        raise Trouble("a Host header that names no host")
    lengths, codings = found.get(b"content-length", []), found.get(b"transfer-encoding", [])
    if len(lengths) > 1:
        raise Trouble("more than one Content-Length header")
    if lengths and not (lengths[0].isdigit() and len(lengths[0]) < 19):
        raise Trouble("a Content-Length that is no number")
    if not codings:
        return
    if lengths:
        raise Trouble("both Content-Length and Transfer-Encoding")
    if old:
        raise Trouble("Transfer-Encoding in HTTP/1.0")
    if len(codings) > 1 or codings[0].lower() != b"chunked":
        raise Trouble("a transfer coding other than chunked", HTTPStatus.NOT_IMPLEMENTED)
