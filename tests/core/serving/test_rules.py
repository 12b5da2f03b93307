"""Rules: which requests fit them, and what is decided."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.options.rules import read_rules
from wstui.core.options.secrets import Reference
from wstui.core.serving.request import Accept, Ask, Reject, Request
from wstui.core.serving.rules import CHALLENGE, Rulebook, fits, glob

PW = {Reference("env", "PW"): "pa*,:ss"}


def basic(user: str) -> tuple[str, str]:
    """The header of a user with a password."""
    return ("Authorization", f"Basic {b64encode(user.encode()).decode()}")


def holds(condition: str, request: Request, clients: int = 0) -> bool:
    """Whether a condition holds."""
    book = Rulebook(read_rules((f"reject {condition}",)), PW)
    return book.decide(request, clients).number == 1


PLAIN = Request("/chat/7?x=/admin", (), "127.0.0.1:5000")
RICH = Request(
    "/admin",
    (
        ("Origin", "https://Good.example"),
        ("X-Token", "pa*,:ss"),
        ("cookie", "a=1; session=s3cret;b"),
        ("Sec-WebSocket-Protocol", "chat.v1, chat.v2"),
        ("Sec-WebSocket-Protocol", "log"),
        basic("admin:pa*,:ss"),
    ),
    "[fe80::1%eth0]:5000",
)

HOLDING = [
    ("path:/chat*", PLAIN, True),
    ("path:/chat", PLAIN, False),
    ("path:*admin", PLAIN, False),
    ("path:/admin", Request("http://host/admin?x"), True),
    ("path:/", Request("ws://host"), True),
    ("-path:/chat*", PLAIN, False),
    ("origin:*", PLAIN, False),
    ("-origin:https://good.example", PLAIN, True),
    ("origin:https://good.example", RICH, True),
    ("origin:https://*.example,https://GOOD.example", RICH, True),
    ("origin:good.example", RICH, False),
    ("origin:https://a", Request("/", (("Origin", "https://a"), ("Origin", "https://b"))), False),
    ("header:x-token", RICH, True),
    ("header:X-Token=${env:PW}", RICH, True),
    ("header:X-Token=${env:PW}", Request("/", (("X-Token", "paX,:ss"),)), False),
    ("header:X-Token=pa*", RICH, True),
    ("header:X-Token=", RICH, False),
    ("header:X-Other", RICH, False),
    ("cookie:session", RICH, True),
    ("cookie:session=s3*", RICH, True),
    ("cookie:Session", RICH, False),
    ("cookie:b=", RICH, True),
    ("cookie:session=a", PLAIN, False),
    ("basic:admin:${env:PW}", RICH, True),
    ("basic:admin:pass", RICH, False),
    ("basic:a:b", Request("/", (("Authorization", "Basic ?"),)), False),
    ("basic:a:b", Request("/", (("Authorization", "basic   YTpi"),)), True),
    ("basic:a:b", Request("/", (("Authorization", "Bearer YTpi"),)), False),
    ("basic:a:b", Request("/", (basic("a:b"), basic("a:b"))), False),
    ("basic:é:ü", Request("/", (basic("é:ü"),)), True),
    ("basic:a:b", PLAIN, False),
    ("subprotocol:chat.v2", RICH, True),
    ("subprotocol:log,other", RICH, True),
    ("subprotocol:chat*", RICH, True),
    ("subprotocol:chat", RICH, False),
    ("-subprotocol:*", PLAIN, True),
    ("address:127.0.0.1", PLAIN, True),
    ("address:127.0.0.0/8", PLAIN, True),
    ("address:127.*", PLAIN, True),
    ("address:::1,10.0.0.0/8", PLAIN, False),
    ("address:unix", PLAIN, False),
    ("address:fe80::/10", RICH, True),
    ("address:unix", Request("/", (), "unix 3"), True),
    ("address:127.0.0.1", Request("/", (), "unix 3"), False),
    ("address:127.0.0.1", Request("/", (), ""), False),
]


@pytest.mark.parametrize(
    ("condition", "request_", "expected"), HOLDING, ids=map(str, range(len(HOLDING)))
)
def test_conditions(condition: str, request_: Request, expected: bool) -> None:
    """Each condition holds for the requests that it is about, and for no others."""
    assert holds(condition, request_) is expected


@pytest.mark.parametrize(
    ("condition", "fitting"),
    [
        ("clients>2", {3, 4}),
        ("clients>=2", {2, 3, 4}),
        ("clients<2", {0, 1}),
        ("clients<=2", {0, 1, 2}),
        ("clients=2", {2}),
        ("-clients=2", {0, 1, 3, 4}),
    ],
    ids=str,
)
def test_numbers_of_clients(condition: str, fitting: set[int]) -> None:
    """A number of clients is compared as the sign says."""
    assert {count for count in range(5) if holds(condition, PLAIN, count)} == fitting


def test_the_first_rule_that_fits_decides() -> None:
    """All of its conditions must hold; where none fits, the handshake is accepted."""
    lines = (
        "accept path:/admin header:X-Token subprotocol=chat.v2 header='X-Role: a${env:PW}'",
        "ask path:/admin for 2s",
        "reject 404 -path:/chat*",
        "reject 503 clients>1 header='Retry-After: 9' body=${env:PW}",
    )
    book = Rulebook(read_rules(lines), PW)
    accepted = Accept("chat.v2", (("X-Role", "apa*,:ss"),))
    assert book.decide(RICH, 0) == (accepted, 1)
    assert book.decide(Request("/admin"), 0) == (Ask(2.0), 2)
    assert book.decide(Request("/other"), 0) == (Reject(404), 3)
    full = Reject(503, (("Retry-After", "9"),), "pa*,:ss")
    assert book.decide(PLAIN, 2) == (full, 4)
    assert book.decide(PLAIN, 1) == (Accept(), None)


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("reject -basic:a:b", Reject(401, (CHALLENGE,))),
        ("reject 401 -basic:a:b body=no", Reject(401, (CHALLENGE,), "no")),
        ("reject 403 -basic:a:b", Reject(403)),
        ("reject 401", Reject(401)),
        (
            "reject -basic:a:b header='www-authenticate: Basic realm=x'",
            Reject(401, (("www-authenticate", "Basic realm=x"),)),
        ),
        ("reject", Reject(403)),
    ],
    ids=str,
)
def test_who_is_rejected_for_want_of_a_user_is_asked_for_one(line: str, decision: Reject) -> None:
    """A 401 from a rule about a user says so, unless the rule says it in its own way."""
    assert Rulebook(read_rules((line,)), {}).decide(PLAIN, 0).decision == decision


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=12))
def test_stars_stand_for_anything(parts: list[str], text: str) -> None:
    """A text fits as it fits a regular expression with anything for each star."""
    import re

    expected = re.fullmatch(".*".join(parts), text) is not None
    assert fits(glob("*".join(parts), {}), text) is expected
