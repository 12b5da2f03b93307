"""Fixtures of the screen's tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.ui import parsed_css
from tests.ui_support import FakePool
from wstui.widgets import rows


@pytest.fixture(scope="session", autouse=True)
def css_is_parsed_once() -> Iterator[None]:
    """Apps of one test process share what their style sheets say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed_css.rules)
        # Rules are told apart by identity as before, but without a call in Python: every widget
        # that is styled asks for this of all the rules there are.
        patch.setattr(RuleSet, "__hash__", object.__hash__)
        yield


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
