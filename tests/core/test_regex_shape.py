"""The judgement of regular expressions before they run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.filter.regex_shape import MAX_EXPANSION, shape


@pytest.mark.parametrize(
    ("pattern", "needle"),
    [
        ("abc", "abc"),
        ("AAPL.*price", "price"),
        (r"a\.b", "a.b"),
        ("abc?", "ab"),
        ("abc*d", "ab"),
        ("abc+de", "abc"),
        ("ab{0,2}c", "a"),
        ("ab{2}", "ab"),
        ("ab{,2}c", "a"),
        ('^{"type":"tick"', '{"type":"tick"'),
        ("ab(cdef)g", "ab"),
        ("ab(?:cdef)?ghi", "ghi"),
        ("(?=abc)de", "de"),
        ("a|bcd", ""),
        ("(a|b)cd", "cd"),
        ("[abc]d", "d"),
        ("[]abc]d", "d"),
        (r"[^\]abc]d", "d"),
        ("[[:alpha:]]d", ""),
        (r"\p{L}abc", ""),
        (r"\x41abc", ""),
        ("(?i)abc", ""),
        ("(?x)a b", ""),
        ("(?#abc)de", ""),
        ("(?:abc){e<=1}", ""),
        ("abc{e<=1}", ""),
        (r"abc\d", "abc"),
        ("", ""),
    ],
)
def test_needle(pattern: str, needle: str) -> None:
    """The longest literal that surely is in every match; none where that is not sure."""
    assert shape(pattern).needle == needle


@pytest.mark.parametrize(
    "pattern", ["a$", r"a\b", r"\Ba", r"a\Z", "a(?=b)", "a(?!b)", "a++", "(?i)"]
)
def test_end_matters(pattern: str) -> None:
    """Anchors, look-ahead and what is not understood may depend on where the text ends."""
    assert shape(pattern).sees_end


@pytest.mark.parametrize("pattern", ["a", "^a.*", r"\Aa", "a+?", "[$]", r"\$", "(?<=b)a"])
def test_end_does_not_matter(pattern: str) -> None:
    """Most expressions match or not whatever comes behind."""
    assert not shape(pattern).sees_end


def test_quick() -> None:
    """The more open-ended repeats, the shorter the text that is searched without a limit."""
    quick = [shape(pattern).quick for pattern in ("ab?", "a*b", "a*b+", "a*b*c*")]
    assert quick == sorted(quick, reverse=True)
    assert quick[0] > quick[2] > quick[3] == 0


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("[ab]*[xy]", "[ab]*[ab]{3}[xy]"),
        ("[ab]?[xy]", "[ab]?[ab]?[ab]?[xy]"),
        ("a*[xy]", "a*" + "a" * 100 + "[xy]"),
        ("[ab]x", "[ab]" * 100 + "x"),
        ("a{2}x", "a{32}[a-c]{2}x"),
        ("[ab]*[xy]", "[ab]*(?:a|b)(?:a|b)[xy]"),
    ],
)
def test_less_is_quick_when_each_start_takes_more(more: str, less: str) -> None:
    """Choices, sets and long literals at each place make the text that is quick shorter."""
    assert shape(more).quick > shape(less).quick > 0


def test_usual_expressions_are_quick() -> None:
    """Rows of a hundred characters need no time limit for what is usually typed."""
    for pattern in (r"\d{4}-\d\d", '"price":9', 'AAPL.*price":9', r"\w+@\w+\.com", "(GET|PUT) .*"):
        assert shape(pattern).quick >= 100


def test_letters_in_a_row() -> None:
    """The longest run of plain letters is known, in groups too."""
    assert shape("ab[cd]efg|h").letters == 3
    assert shape("a(bcde)f").letters == 4
    assert shape(".*").letters == 0


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|a)*", r"(\w)\1", "(?R)", "a?" * 20, "(?:a|b)" * 20, "(a{9}){9}"]
)
def test_never_quick(pattern: str) -> None:
    """Repeated groups, references and many choices always need a time limit."""
    assert shape(pattern).quick == 0


def test_expansion() -> None:
    """Counted repeats multiply; usual expressions stay far below the limit."""
    assert shape("((a{1000}){1000}){1000}").expansion > MAX_EXPANSION
    assert shape("(?:" * 20 + "a" + "{1,2})" * 20).expansion > MAX_EXPANSION
    uuid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert shape(uuid).expansion < 100
    assert shape("a{2,}" * 10).expansion < 100


ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", r"\w", r"\.", "(a)", "(?:b|a)", '{"', "(?=a)"]
)
PATTERNS = st.lists(
    st.tuples(ATOMS, st.sampled_from(["", "", "*", "+", "?", "{2}", "{,2}", "*?", "|"])), max_size=6
).map(lambda parts: "".join(atom + repeat for atom, repeat in parts))


@given(PATTERNS, st.text('ab.{"', max_size=12))
def test_no_match_lacks_the_needle(pattern: str, text: str) -> None:
    """A text in which the expression is found contains the needle."""
    try:
        found = re.search(pattern, text)
    except re.error:
        return
    if found is not None:
        assert shape(pattern).needle in found[0]


@given(st.text(r"ab\[](){}|*+?^$.:=<!,1-", max_size=20))
def test_any_pattern_can_be_judged(pattern: str) -> None:
    """Broken expressions are judged too; compiling them tells what is wrong."""
    assert shape(pattern).expansion >= 0
