"""The fake pool keeps the pool's promises."""

from __future__ import annotations

from tests.ui_support import FakePool
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Pool


def test_fake_pool_is_a_pool(pool: FakePool) -> None:
    """The fake pool has the shape that the screen asks for."""
    port: Pool = pool
    connection = port.connect(ConnectOptions("ws://localhost:9002"))
    port.send(connection.id, b"hello")
    assert connection.transcript.sent == 1
