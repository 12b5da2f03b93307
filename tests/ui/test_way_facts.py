"""How a server was reached, among the facts of its handshake."""

from __future__ import annotations

from wstui.core.connection import Failure, FailureKind, Handshake
from wstui.widgets.handshake_facts import failure_facts, handshake_facts


def test_the_way_of_a_handshake() -> None:
    """Own address, proxy and looked-up addresses are told, each where there is one."""
    way = Handshake(
        status=101, local="10.0.0.1:5", proxy="http://p:1", addresses=("192.0.2.7", "192.0.2.8")
    )
    facts = [fact[:2] for fact in handshake_facts(way, 0.0)]
    assert facts[:3] == [
        ("local", "10.0.0.1:5"),
        ("proxy", "http://p:1"),
        ("addresses", "192.0.2.7, 192.0.2.8"),
    ]
    labels = [fact.label for fact in handshake_facts(Handshake(status=101), 0.0)]
    assert "proxy" not in labels
    assert "local" not in labels


def test_the_way_of_a_failure() -> None:
    """What a proxy answered is not called the server's response."""
    failure = Failure(
        FailureKind.PROXY_STATUS, status=403, status_text="No", proxy="http://p:1", at_proxy=True
    )
    facts = [fact[:2] for fact in failure_facts(failure, 0.0)]
    assert ("proxy", "http://p:1") in facts
    assert ("proxy's answer", "HTTP 403 No") in facts
