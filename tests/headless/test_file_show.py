"""What people see while files come and go."""

from __future__ import annotations

import pytest

from wstui.headless.files.show import Show


def test_a_line_moves_and_a_line_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """The line that moves is erased before anything else is said; hostile names are made safe."""
    show = Show(quiet=False, live=True)
    one = show.begin("a\x1b[2J.txt", 100)
    show.moved(one, 50)
    assert "a␛[2J.txt" in (moving := capsys.readouterr().err)
    assert moving.startswith("\r\x1b[K")
    assert " 50% " in moving
    other = show.begin("b", None)
    one.at = 100
    show.end(one, done=True)
    said = capsys.readouterr().err
    assert said.startswith("\r\x1b[Ka␛[2J.txt: 100 B in ")
    assert said.endswith("/s\n")
    show.end(other, done=False)
    assert capsys.readouterr().err == ""


def test_what_was_waited_for_does_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    """The time is that from the first byte on; a second beginning changes nothing."""
    show = Show(quiet=False, live=False)
    one = show.begin("a", 100)
    begun = one.begun
    show.starts(one, 40)
    assert one.begun > begun
    show.starts(one, 0)
    show.moved(one, 100)
    show.end(one, done=True)
    assert "; 40 B were there from before" in capsys.readouterr().err


def test_several_at_once_share_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It tells of the first one, and how many there are beside it."""
    show = Show(quiet=False, live=True)
    one, _ = show.begin("a", 100), show.begin("b", 100)
    show.moved(one, 1)
    assert "a (+1)" in capsys.readouterr().err


@pytest.mark.parametrize(("quiet", "live"), [(True, True), (False, False)], ids=["quiet", "piped"])
def test_nothing_moves_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], quiet: bool, live: bool
) -> None:
    """Piped there is a line for a file; quiet there are errors alone."""
    show = Show(quiet=quiet, live=live)
    one = show.begin("a", 100, 40)
    show.moved(one, 100)
    show.end(one, done=True)
    said = capsys.readouterr().err
    assert said.count("\n") == (0 if quiet else 1)
    assert ("; 40 B were there from before" in said) is not quiet
    show.error("b: no.")
    assert capsys.readouterr().err == "wstui: b: no.\n"
