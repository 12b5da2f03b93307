"""Responses to a handshake request that do not fit it, told exactly."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstui.core.handshake.negotiation import accept_for, find_fault, read_extensions
from wstui.core.options.deflate import deflate_words

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
REQUEST = [("Sec-WebSocket-Key", KEY)]
GOOD = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Accept": ACCEPT}
DEFLATE = "permessage-deflate"


def fault(request: Mapping[str, str] | None = None, /, **response: str | None) -> str:
    """What is wrong with a response, as a sentence; empty when nothing is."""
    headers = {**GOOD, **{name.replace("_", "-"): value for name, value in response.items()}}
    asked = REQUEST + list((request or {}).items())
    found = find_fault(asked, [(n, v) for n, v in headers.items() if v is not None])
    if found is None:
        return ""
    assert found.hint
    return found.sentence


def test_accept_of_the_standard() -> None:
    """The example of RFC 6455 section 1.3 gives its result."""
    assert accept_for(KEY) == ACCEPT
    assert fault() == ""


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ({"Connection": None}, "no Connection"),
        ({"Upgrade": "h2c"}, "Upgrade: h2c"),
        ({"Sec_WebSocket_Accept": None}, "There is no Sec-WebSocket-Accept"),
        ({"Sec_WebSocket_Accept": "x"}, f"for our key {KEY} it has to be {ACCEPT}"),
        ({"Sec_WebSocket_Protocol": "chat"}, "chose the subprotocol chat; none was offered"),
        ({"Sec_WebSocket_Extensions": "x-foo"}, "extension x-foo, which was not offered: none"),
    ],
)
def test_what_was_not_asked_for(response: dict[str, str | None], words: str) -> None:
    """Each header of the handshake that is missing, wrong or not asked for is named."""
    assert words in fault(**response)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("a", ""),
        ("c", "chose the subprotocol c; offered: a, b."),
        ("A", "case matters"),
        ("a, b", "2 subprotocols, a, b"),
        ("", "none by name"),
    ],
)
def test_subprotocols(chosen: str, words: str) -> None:
    """The server has to choose one of those offered, as it was spelled."""
    found = fault({"Sec-WebSocket-Protocol": "a, b"}, Sec_WebSocket_Protocol=chosen)
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    ("offer", "answer", "words"),
    [
        ("", "", ""),
        ("client_max_window_bits", "client_max_window_bits=8", ""),
        ("", "server_max_window_bits=9; server_no_context_takeover", ""),
        ("", "client_no_context_takeover", ""),
        ("client_max_window_bits", 'client_max_window_bits="10"', ""),
        ("", "client_max_window_bits=10", "which was not offered"),
        ("server_no_context_takeover", "", "without server_no_context_takeover"),
        ("server_max_window_bits=10", "", "without server_max_window_bits"),
        ("server_max_window_bits=10", "server_max_window_bits=11", "at most 10"),
        ("client_max_window_bits=10", "client_max_window_bits=11", "at most 10"),
        ("", "server_max_window_bits=16", "8 to 15 bits are allowed"),
        ("client_max_window_bits", "client_max_window_bits", "8 to 15 bits are allowed"),
        ("", "server_no_context_takeover=1", "no value is allowed"),
        ("", "mystery=1", "mystery=1, which is no parameter"),
        ("", "client_no_context_takeover; client_no_context_takeover", "twice"),
    ],
)
def test_deflate(offer: str, answer: str, words: str) -> None:
    """An agreement has to follow from the offer (RFC 7692 section 7.1)."""
    found = fault(
        {"Sec-WebSocket-Extensions": f"{DEFLATE}; {offer}"},
        Sec_WebSocket_Extensions=f"{DEFLATE}; {answer}",
    )
    assert words in found
    assert bool(words) == bool(found)


def test_agreed_twice() -> None:
    """One extension cannot be agreed on twice."""
    both = f"{DEFLATE}, {DEFLATE}"
    offer = {"Sec-WebSocket-Extensions": DEFLATE}
    assert "twice" in fault(offer, Sec_WebSocket_Extensions=both)


def test_a_key_of_ones_own() -> None:
    """A request without a key cannot be answered rightly, and the sentence says so."""
    found = find_fault([], list(GOOD.items()))
    assert found is not None
    assert "no Sec-WebSocket-Key" in found.sentence


@example(values=[";"], headers=[])
@given(st.lists(st.text()), st.lists(st.tuples(st.text(), st.text())))
def test_any_headers(values: list[str], headers: list[tuple[str, str]]) -> None:
    """Whatever a server writes is read somehow."""
    read_extensions(values)
    find_fault(REQUEST, [*GOOD.items(), *(("Sec-WebSocket-Extensions", v) for v in values)])
    find_fault(headers, headers)


def test_words_for_all_four_parameters() -> None:
    """Each parameter is told in words, whether it was agreed on or not."""
    words = dict(
        deflate_words([("server_no_context_takeover", None), ("client_max_window_bits", "8")])
    )
    assert list(words) == [
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits",
        "client_max_window_bits",
    ]
    assert words["server_no_context_takeover"].endswith("each message by itself")
    assert "earlier messages" in words["client_no_context_takeover"]
    assert "32 KiB" in words["server_max_window_bits"]
    assert "uncompressed" in words["client_max_window_bits"]
    assert (
        "1 KiB" in dict(deflate_words([("server_max_window_bits", "10")]))["server_max_window_bits"]
    )
