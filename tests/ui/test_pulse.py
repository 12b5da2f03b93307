"""Sampling connections and listeners."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool
from wstui.core.entry import Kind
from wstui.core.options.listen import ListenOptions
from wstui.widgets import pulse as module
from wstui.widgets.pulse import Pulse


def test_a_listener_counts_the_messages_of_all_its_clients(pool: FakePool) -> None:
    """Its rates are those of its clients together; one that is removed takes none away."""
    listener = pool.listen(ListenOptions("9002"))
    clients = [pool.accept(listener) for _ in range(3)]
    pulse = Pulse(pool.connections, lambda: pool.now, pool.listeners)
    pulse.sample()
    for client in clients:
        for _ in range(4):
            client.transcript.append(Kind.TEXT, b"x", pool.now)
        client.transcript.append(Kind.TEXT, b"x", pool.now, outgoing=True)
    listener.tally.accepted += 2
    pool.now += 1
    pulse.sample()
    vitals = pulse.of_listener(listener)
    assert (vitals.rate_in, vitals.rate_out, vitals.accept_rate) == (12, 3, 2)
    pool.remove(clients[0].id)
    pool.now += 2
    pulse.sample()
    assert vitals.rate_in == 0
    assert vitals.received == 12


def test_many_are_sampled_in_slices(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time of a slice is over the rest comes later, and each is looked at once."""
    listener = pool.listen(ListenOptions("9002"))
    for _ in range(5):
        pool.accept(listener).transcript.append(Kind.TEXT, b"x", pool.now)
    monkeypatch.setattr(module, "SLICE", -1.0)
    pulse = Pulse(pool.connections, lambda: pool.now, pool.listeners)
    slices = 1 + pulse.sample()
    while pulse.go_on():
        slices += 1
    assert slices >= 5
    assert pulse.of_listener(listener).received == 5
    assert not pulse.go_on()
