"""The table of actions."""

from __future__ import annotations

from collections import Counter

import pytest
from textual.binding import Binding

from wstui.actions import ACTIONS, Action, Group, Place, bindings, shown_key
from wstui.app import WstuiApp
from wstui.screens.workbench import Workbench
from wstui.widgets.composer import Composer

OWNERS = {Place.WORKBENCH: Workbench, Place.COMPOSER: Composer, Place.APP: WstuiApp}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_done(action: Action) -> None:
    """The class named by its place has a method for the action, and the words are complete."""
    assert callable(getattr(OWNERS[action.place], f"action_{action.id}"))
    assert action.help.endswith(".")
    assert action.words[0].isupper()
    assert action.key_words


@pytest.mark.parametrize("place", Place)
def test_no_key_means_two_things(place: Place) -> None:
    """Within a place a key has one action, but for `n`, which goes through matches when it can, and
    `a`, which answers clients that wait."""
    keys = Counter(binding.key for binding in Binding.make_bindings(bindings(place)))
    assert {key for key, count in keys.items() if count > 1} <= {"n", "a"}


def test_every_group_has_actions() -> None:
    """No heading of the help stands over nothing."""
    assert {action.group for action in ACTIONS} == set(Group)


@pytest.mark.parametrize(
    ("key", "shown"),
    [("colon", ":"), ("question_mark", "?"), ("ctrl+s", "ctrl+s"), ("f5", "F5"), ("N", "N")],
)
def test_keys_are_shown_as_on_the_keyboard(key: str, shown: str) -> None:
    """Textual's names of keys become what is printed on them."""
    assert shown_key(key) == shown
