"""The head of an HTTP message, read leniently and within bounds."""

from __future__ import annotations

from wstui.core.handshake.http_head import MOST_HEADERS, read_headers


def test_headers_are_read_leniently() -> None:
    """Line ends of either kind; what has no colon is left out; the body is none of it."""
    raw = b"HTTP/1.1 200 OK\r\nA: 1\nno header\r\n B :\t2 \r\n\r\nC: 3\r\n"
    assert read_headers(raw) == (("A", "1"), ("B", "2"))
    assert read_headers(b"HTTP/1.1 200 OK") == ()


def test_so_many_headers_are_read() -> None:
    """A response of nothing but headers holds up nobody."""
    raw = b"HTTP/1.1 200 OK\r\n" + b"".join(b"H: %d\r\n" % number for number in range(30_000))
    found = read_headers(raw)
    assert len(found) == MOST_HEADERS
    assert found[-1] == ("H", str(MOST_HEADERS - 1))
    exact = b"X\r\n" + b"\r\n".join([b"H: x"] * MOST_HEADERS)
    assert len(read_headers(exact)) == MOST_HEADERS
    assert read_headers(exact)[-1] == ("H", "x")
