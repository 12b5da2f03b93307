"""Heads of requests, and what is none: read strictly, however they are cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.serving.incoming import HEAD_LIMIT, LINE_LIMIT, IncomingHead, Trouble

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"


def outcome(parts: Iterable[bytes]) -> tuple[object, ...]:
    """What comes of these bytes: the head and what is behind it, the trouble, or nothing yet."""
    incoming, head = IncomingHead(), None
    try:
        for part in parts:
            if head is None:
                head = incoming.take(part)
            else:
                incoming.data += part
    except Trouble as trouble:
        return (trouble.kind, trouble.status, str(trouble), trouble.farewell)
    return (head, bytes(incoming.data))


def status_of(data: bytes) -> int | None:
    """The status that is answered with."""
    with pytest.raises(Trouble) as caught:
        IncomingHead().take(data)
    return caught.value.status


def kind_of(data: bytes) -> str:
    """What is recognised."""
    with pytest.raises(Trouble) as caught:
        IncomingHead().take(data)
    return caught.value.kind


def test_a_head_is_taken_up_to_its_blank_line() -> None:
    """What comes behind the head is not lost, and blank lines before it are not part of it."""
    assert outcome([GET + b"\r\nrest"]) == (GET + b"\r\n", b"rest")
    assert outcome([b"\r\n", GET + b"\r\n"]) == (GET + b"\r\n", b"")
    assert outcome([b"GET / HTTP/1.0\r\n\r\n"]) == (b"GET / HTTP/1.0\r\n\r\n", b"")
    assert outcome([GET]) == (None, GET)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"GET /\r\n\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/2.0\r\n", 505, id="HTTP/2.0"),
        pytest.param(b"GET / HTTP/0.9\r\n", 505, id="version 0.9"),
        pytest.param(b"GET  / HTTP/1.1\r\n", 400, id="two spaces"),
        pytest.param(b"GET /\tHTTP/1.1\r\n", 400, id="tab"),
        pytest.param(b"GET /\xc3\xa4 HTTP/1.1\r\n", 400, id="UTF-8 in the target"),
        pytest.param(b"GET / HTTP/1.1\nHost: x\n\n", 400, id="bare LF"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\n", 400, id="bare LF in a header"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(GET + b"Host: x\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, id="Host with a slash"),
        pytest.param(GET + b"A: b\r\n c\r\n", 400, id="obs-fold"),
        pytest.param(GET + b"A : b\r\n", 400, id="space before the colon"),
        pytest.param(GET + b"A: b\0c\r\n", 400, id="NUL"),
        pytest.param(GET + b"A: b\rc\r\n", 400, id="bare CR"),
        pytest.param(GET + b": b\r\n", 400, id="no name"),
        pytest.param(GET + b"no colon\r\n", 400, id="no colon"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400, id="CL twice"),
        pytest.param(POST + b"Content-Length: 1, 1\r\n\r\n", 400, id="CL list"),
        pytest.param(POST + b"Content-Length: +1\r\n\r\n", 400, id="CL plus"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, id="CL minus"),
        pytest.param(POST + b"Content-Length: 0x1\r\n\r\n", 400, id="CL hex"),
        pytest.param(POST + b"Content-Length: \xb2\r\n\r\n", 400, id="CL superscript"),
        pytest.param(
            POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400, id="CL.TE"
        ),
        pytest.param(POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n", 400, id="TE control"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501, id="TE gzip"),
        pytest.param(POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501, id="TE xchunked"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 501, id="TE twice"
        ),
        pytest.param(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, id="TE in 1.0"),
        pytest.param(b"GET /" + b"a" * LINE_LIMIT, 414, id="long target"),
        pytest.param(GET + b"A: " + b"b" * LINE_LIMIT, 431, id="long header"),
        pytest.param(GET + b"A: b\r\n" * 101, 431, id="many headers"),
        pytest.param(GET + (b"A: " + b"b" * 8000 + b"\r\n") * 9, 431, id="much"),
        pytest.param(b"\r\n\r\n\r\n\r\n", 400, id="blank lines"),
    ],
)
def test_what_could_be_misunderstood_is_refused(data: bytes, status: int) -> None:
    """Each shape that two readers may read differently has its status, whole or byte by byte."""
    assert status_of(data) == status
    single = [data[index : index + 1] for index in range(len(data))]
    assert outcome(single) == outcome([data])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (bytes.fromhex("160301020001"), "tls"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"),
        (b"\x05\x01\x00", "socks5"),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", "socks4"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"\x10\x0e\x00\x04MQTT\x04\x02", "mqtt"),
        (b"\x81\x85abcd", "frame"),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "proxy"),
        (b"\r\n\r\n\x00\r\nQUIT\n\x21\x11", "proxy"),
        (b"\x00\x00\x00\x00", "garbage"),
        (b"hello\r\n", "garbage"),
        (b"x" * 9000, "garbage"),
        (b"*1\r\n$4\r\nPING\r\n", "garbage"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_strangers_are_recognised(data: bytes, kind: str) -> None:
    """Whoever speaks something else is told by its first bytes, whole or byte by byte."""
    assert kind_of(data) == kind
    single = [data[index : index + 1] for index in range(len(data))]
    assert outcome(single) == outcome([data])


LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"Host: b\r\n", b"\r\n", b"\n",
        b"A: b\r\n", b" c\r\n",
        b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"\0", b"\x16\x03\x01", b"x",
        b"POST /%2e%2e HTTP/1.0\r\n", b"PRI * HTTP/2.0\r\n", b"\r", b"\x05", b"\x80",
    ]
)  # fmt: skip


@given(st.lists(LINES | st.binary(max_size=20)), st.data())
def test_how_bytes_are_cut_changes_nothing(parts: list[bytes], data: st.DataObject) -> None:
    """The same bytes in one piece, in any pieces, or one by one come to the same."""
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert outcome(pieces) == outcome([whole])


@pytest.mark.parametrize("line", [b"A: b\r\n", b"A: b", b"A: " + b"b" * 4000 + b"\r\n"])
def test_what_is_kept_is_bounded(line: bytes) -> None:
    """However long headers go on, no more is kept than a head may have."""
    incoming = IncomingHead()
    incoming.take(GET)
    with pytest.raises(Trouble, match=r"more than|larger than"):
        deque(map(incoming.take, repeat(line, HEAD_LIMIT)), maxlen=0)
    assert len(incoming.data) <= HEAD_LIMIT + len(line)
