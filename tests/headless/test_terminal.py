"""The terminal that standard output is."""

from __future__ import annotations

import pytest

from wstui.headless.terminal import has_colours


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        pytest.param({"TERM": "xterm"}, True, id="usual"),
        pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, False, id="not wanted"),
        pytest.param({"TERM": "xterm", "NO_COLOR": ""}, True, id="empty"),
        pytest.param({"TERM": "dumb"}, False, id="dumb"),
        pytest.param({"TERM": "xterm", "WT_SESSION": "x"}, True, id="Windows Terminal"),
    ],
)
def test_colours_are_for_those_who_know_and_want_them(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], colours: bool
) -> None:
    """As https://no-color.org has it."""
    monkeypatch.setattr("sys.platform", "win32" if "WT_SESSION" in environment else "linux")
    for name in ("TERM", "NO_COLOR", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_colours() is colours
