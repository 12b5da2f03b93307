"""What is asked by plain HTTP, as it is written, and the headers that are made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.http.answer import Body, body_text
from wstui.core.http.asking import (
    STDIN,
    Field,
    HttpAsk,
    Piece,
    check_ask,
    read_binary,
    read_data,
    read_field,
    read_method,
)
from wstui.core.http.head import final_head, request_headers
from wstui.core.http.words import http_uri, http_words
from wstui.core.options.connect import ConnectOptions


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a=b", Piece("a=b")),
        ("", Piece("")),
        ("@f", Piece(file="f", one_line=True)),
        ("@-", Piece(file=STDIN, one_line=True)),
        ("-", Piece(file=STDIN, one_line=True)),
        ("-x", Piece("-x")),
    ],
)
def test_data_is_text_or_a_file(text: str, piece: Piece) -> None:
    """Only --data leaves out line ends, and only those of files."""
    assert read_data(text) == piece
    assert read_binary(text) == piece._replace(one_line=False)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a=b", Field("a", Piece("b"))),
        ("a=", Field("a", Piece(""))),
        ("a=b=c; d", Field("a", Piece("b=c; d"))),
        ("a=@dir/f.png", Field("a", Piece(file="dir/f.png"), "f.png")),
        ("a=@f;type=image/png", Field("a", Piece(file="f"), "f", "image/png")),
        ('a=@f;type=a/b;filename="x y"', Field("a", Piece(file="f"), "x y", "a/b")),
        ("a=<f", Field("a", Piece(file="f"))),
        ("a={};type=application/json", Field("a", Piece("{}"), None, "application/json")),
        ("a=@-", Field("a", Piece(file=STDIN), "-")),
    ],
)
def test_fields_are_read_as_curl_has_them(text: str, field: Field) -> None:
    """Text, a file that is handed in, or the text of a file; with a type and a name."""
    assert read_field(text) == field


@pytest.mark.parametrize("text", ["", "a", "=b", "a=@", "a=b;type=x\r\ny"])
def test_what_is_no_field_is_refused(text: str) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match=r"\.$"):
        read_field(text)


@given(st.text())
def test_fields_never_fail_otherwise(text: str) -> None:
    """Whatever is typed is a field, or refused with a sentence."""
    try:
        field = read_field(f"name={text}")
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert field.name == "name"


@pytest.mark.parametrize("text", ["", "A B", "CONNECT", "GET\r\n", "ü"])
def test_methods_are_tokens(text: str) -> None:
    """CONNECT is the proxies'."""
    with pytest.raises(ValueError, match=r"\.$"):
        read_method(text)
    assert read_method("patch") == "patch"


def test_one_body_and_one_standard_input() -> None:
    """What does not go together is refused by the names of its flags."""
    with pytest.raises(ValueError, match="-d and -F both make the body"):
        check_ask(HttpAsk(data=(Piece("a"),), fields=(Field("a", Piece()),)), ["-d", "-F"])
    with pytest.raises(ValueError, match="read once"):
        check_ask(HttpAsk(data=(Piece(file=STDIN), Piece(file=STDIN))), ["-d", "-d"])


def test_headers_that_are_given_stand_for_ours() -> None:
    """Whatever their case; one without a value leaves ours out, and Host comes first."""
    options = ConnectOptions(
        "ws://h.example:81/x",
        headers=(("accept", "a/b"), ("User-Agent", ""), ("host", "other"), ("X-Empty", "")),
    )
    found = request_headers(options, HttpAsk(), "wstui", ["a=b"], [("Content-Length", "3")])
    assert found == (
        ("host", "other"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Cookie", "a=b"),
        ("Content-Length", "3"),
        ("accept", "a/b"),
        ("X-Empty", ""),
    )


def test_a_body_has_one_framing() -> None:
    """Who gives Transfer-Encoding gets no Content-Length beside it."""
    options = ConnectOptions("ws://h", headers=(("Transfer-Encoding", "chunked"),))
    found = request_headers(options, HttpAsk(), "", [], [("Content-Length", "3")])
    assert "Content-Length" not in dict(found)


@pytest.mark.parametrize(
    ("raw", "head"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        (b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
        (b"HTTP/1.1 101 Up\r\n\r\nHTTP/1.1 200", b"HTTP/1.1 101 Up\r\n\r\n"),
        (b"HTTP/1.0 200 OK\nA: b\n\nx", b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n"),
        (b"HTTP/1.1 103 Hints\r\n\r\n", b""),
        (b"HTTP/1.1 2", b"HTTP/1.1 2"),
        (b"", b""),
    ],
)
def test_the_head_that_counts(raw: bytes, head: bytes) -> None:
    """That of the final response, with lines as they should end."""
    assert final_head(raw) == head


def test_ws_is_said_as_http() -> None:
    """In uris and in sentences, and nowhere else."""
    assert http_uri("wss://ws.example/ws?a=ws://b") == "https://ws.example/ws?a=ws://b"
    assert http_words("use ws:// instead of wss://.") == "use http:// instead of https://."
    assert http_words("It points from wss to ws://h, there") == (
        "It points from https to http://h, there"
    )
    assert http_words("news of /ws.") == "news of /ws."


@pytest.mark.parametrize(
    ("data", "type", "text"),
    [
        (b"abc", "", "abc"),
        ("ü".encode(), "text/plain", "ü"),
        ("ü".encode()[:1], "text/plain", ""),  # cut within a character
        (b"\xfc", "text/plain; charset=iso-8859-1", "ü"),
        (b"\xfc" * 9, "text/plain", None),
        (b"h\xe9llo", "text/plain", None),  # short, but not cut
        ("€".encode("utf-16-le")[:1], "text/plain; charset=utf-16le", ""),
        ("日".encode("gbk")[:1], "text/plain; charset=gbk", ""),
        (b"a\0b", "text/plain", None),
        (b"abc", "text/plain; charset=unicode_escape", "abc"),
    ],
)
def test_a_body_is_text_or_not(data: bytes, type: str, text: str | None) -> None:
    """By the charset that is named, if it is one, else UTF-8."""
    body = Body(kept=bytearray(data))
    assert body_text(body, (("Content-Type", type),)) == text
