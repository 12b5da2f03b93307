"""Short names of several connections."""

from __future__ import annotations

import pytest

from wstui.core.connection import Connection
from wstui.core.labels import MOST, labels
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript


@pytest.mark.parametrize(
    ("uris", "names"),
    [
        pytest.param(
            ("ws://a:1/x", "wss://user:secret@b/y?token=1"), ["a:1", "b"], id="different hosts"
        ),
        pytest.param(("ws://a/x?key=1", "ws://a/y?key=1"), ["a/x", "a/y"], id="different paths"),
        pytest.param(("ws://a/x?key=1", "ws://a/x?key=2"), ["0 a", "1 a"], id="alike"),
        pytest.param(
            ("ws://" + "a" * 40 + "1", "ws://" + "a" * 40 + "2"),
            ["0 " + "a" * (MOST - 3) + "…", "1 " + "a" * (MOST - 3) + "…"],
            id="long",
        ),
    ],
)
def test_names_are_short_and_differ(uris: tuple[str, ...], names: list[str]) -> None:
    """Neither queries nor passwords are in them."""
    connections = [
        Connection(number, ConnectOptions(uri), Transcript(), 0.0)
        for number, uri in enumerate(uris)
    ]
    assert labels(connections) == names
