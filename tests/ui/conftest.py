"""Fixtures of the screen's tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.ui_support import FakePool
from wstui.widgets import rows


@pytest.fixture
def pool() -> FakePool:
    """A fresh fake pool."""
    return FakePool()


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are those of UTC, wherever the pictures are taken."""
    monkeypatch.setenv("TZ", "UTC")
    set_zone: Callable[[], None] = getattr(time, "tzset", lambda: None)
    set_zone()
    rows._second.cache_clear()
    yield
    monkeypatch.undo()
    set_zone()
    rows._second.cache_clear()
