"""What was negotiated, and the redirects before it, as facts in the entry view."""

from __future__ import annotations

from wstui.core.connection import Failure, FailureKind, Handshake
from wstui.core.handshake.redirects import Redirect
from wstui.widgets.handshake_facts import failure_facts, handshake_facts

REQUEST = (
    ("Sec-WebSocket-Protocol", "a, b"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
)
HOP = Redirect(
    "ws://u:secret@h/", 302, "Found", "ws://v:hidden@x/", "ws://v:hidden@x/", ("Cookie",)
)


def facts(handshake: Handshake) -> dict[str, str]:
    """Values by label."""
    return {fact.label.strip(): fact.value for fact in handshake_facts(handshake, 0.0)}


def test_all_four_parameters_are_told() -> None:
    """What was agreed on is told in words, also what was left out of the agreement."""
    agreed = ("permessage-deflate; server_no_context_takeover; server_max_window_bits=10",)
    found = facts(
        Handshake(status=101, request_headers=REQUEST, subprotocol="b", extensions=agreed)
    )
    assert found["subprotocol"] == "b (offered: a, b)"
    assert found["extensions"] == "permessage-deflate"
    assert found["server context"].startswith("server_no_context_takeover: the server compresses")
    assert found["client context"].startswith("client_no_context_takeover: not set")
    assert found["server window"].endswith("at most 1 KiB")
    assert "32 KiB" in found["client window"]


def test_what_was_not_agreed_on() -> None:
    """Offers that came to nothing are told, and what was chosen without having been offered."""
    found = facts(Handshake(status=101, request_headers=REQUEST))
    assert found["subprotocol"] == "none chosen (offered: a, b)"
    assert found["extensions"].startswith("none agreed (offered: permessage-deflate")
    found = facts(Handshake(status=101, subprotocol="c", is_subprotocol_ours=False))
    assert found["subprotocol"] == "c (not offered)"
    assert found["extensions"] == "none offered"


def test_another_extension() -> None:
    """Parameters that have no words of their own are told as they are."""
    found = facts(Handshake(status=101, extensions=("x-foo; bar=1; baz",)))
    assert (found["extensions"], found["bar"], found["baz"]) == ("x-foo", "1", "set")


def test_a_changed_handshake() -> None:
    """What was changed on purpose stands first."""
    found = facts(Handshake(status=101, changed=("Sec-WebSocket-Version: 8", "no Connection")))
    assert found["changed"] == "Sec-WebSocket-Version: 8, no Connection"


def test_redirects() -> None:
    """The way is told when it ended well and when it did not; passwords are masked."""
    failure = Failure(FailureKind.REFUSED, redirects=(HOP,))
    for told in (
        handshake_facts(Handshake(status=101, redirects=(HOP,)), 0.0),
        failure_facts(failure, 0.0),
    ):
        found = {fact.label: fact.value for fact in told}
        assert found["redirect 1"] == "302 Found"
        assert found["from"] == "ws://u:•••@h/"
        assert found["location"] == "ws://v:•••@x/"
        assert found["left behind"] == "Cookie"
        assert not any("secret" in fact.value or "hidden" in fact.value for fact in told)
