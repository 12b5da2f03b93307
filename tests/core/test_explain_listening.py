"""Why a listener could not listen, in words."""

from __future__ import annotations

import pytest

from wstui.core.explain.listening import explain_listener
from wstui.core.listener import Listener, ListenerState, ListenFault
from wstui.core.options.listen import ListenOptions
from wstui.core.transcript import Transcript


def failed(address: str, fault: ListenFault, words: str = "Cannot listen.") -> Listener:
    """A listener that failed that way."""
    return Listener(
        3,
        ListenOptions(address),
        Transcript(),
        0.0,
        state=ListenerState.FAILED,
        failure=words,
        fault=fault,
    )


@pytest.mark.parametrize(
    ("address", "fault", "title", "helps"),
    [
        ("9002", ListenFault.IN_USE, "Port 9002 is in use", "lsof -i :9002"),
        ("unix:/run/a.sock", ListenFault.IN_USE, "The socket is in use", "another path"),
        ("80", ListenFault.FORBIDDEN, "Port 80 needs permission", "8080"),
        ("9002", ListenFault.FORBIDDEN, "No permission", "another port"),
        ("unix:/run/a.sock", ListenFault.FORBIDDEN, "No permission", "folder"),
        ("192.0.2.1:80", ListenFault.NOT_HERE, "Not an address of this machine", "127.0.0.1"),
        ("nowhere:80", ListenFault.UNKNOWN_NAME, "Unknown host name", "spelling"),
        ("9002", ListenFault.OTHER, "Cannot listen", "form"),
    ],
)
def test_each_fault_says_what_to_try(
    address: str, fault: ListenFault, title: str, helps: str
) -> None:
    """The title names the fault, and the hint a way out of it."""
    told = explain_listener(failed(address, fault))
    assert told.title == title
    assert helps in told.hint
    assert told.sentence.endswith(".")


@pytest.mark.parametrize("fault", list(ListenFault))
def test_every_fault_is_told(fault: ListenFault) -> None:
    """No fault is without words."""
    told = explain_listener(failed("9002", fault))
    assert all(told)


def test_a_listener_of_this_window_is_named() -> None:
    """Where one of our own listeners has the port, that is said instead of guessing."""
    other = Listener(
        1,
        ListenOptions("9002"),
        Transcript(),
        0.0,
        state=ListenerState.LISTENING,
        addresses=("127.0.0.1:9002",),
    )
    told = explain_listener(failed("9002", ListenFault.IN_USE), [other])
    assert "Listener 1 of this window" in told.sentence
