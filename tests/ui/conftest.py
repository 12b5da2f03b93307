"""Fixtures of the screen's tests."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool


@pytest.fixture
def pool() -> FakePool:
    """A fresh fake pool."""
    return FakePool()
