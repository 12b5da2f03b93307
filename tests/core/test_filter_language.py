"""The filter language: what is understood, what is refused and where, highlights."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstui.core.entry import OUTGOING, Kind
from wstui.core.filter import FilterError, parse_filter
from wstui.core.filter import expression as filter_expression
from wstui.core.filter.expression import Expression
from wstui.core.filter.language import MAX_LENGTH, MAX_PREVIEW
from wstui.core.filter.terms import MAX_SPANS, Literal

ALL_FLAGS = [kind | way for kind in Kind for way in (0, OUTGOING) if kind or not way]


def accepted(text: str) -> set[int]:
    """Flags of entries that the flag terms of a filter let through."""
    table = parse_filter(text).table()
    return {flags for flags in ALL_FLAGS if table[flags]}


def words(text: str) -> list[tuple[str, bool]]:
    """The free text of a filter, and whether it is negated."""
    terms = parse_filter(text).text_terms
    assert all(isinstance(term, Literal) for term in terms)
    return [(term.word, term.negated) for term in terms if isinstance(term, Literal)]


def expressions(text: str) -> list[tuple[str, bool, bool]]:
    """The regular expressions of a filter: source, ignoring case, negated."""
    terms = parse_filter(text).text_terms
    assert all(isinstance(term, Expression) for term in terms)
    return [
        (term.source, term.ignore_case, term.negated)
        for term in terms
        if isinstance(term, Expression)
    ]


@pytest.mark.parametrize("text", ["", "  \t ", '""', '-""', "//", "/", '"'])
def test_what_asks_nothing_is_empty(text: str) -> None:
    """Blanks, and quotes or slashes with nothing in them yet, let everything through."""
    assert parse_filter(text).is_empty
    assert accepted(text) == set(ALL_FLAGS)
    assert parse_filter(text).describe() == "everything"


def test_directions() -> None:
    """Entries are sent or received; local events are neither."""
    assert accepted("dir:in") == {kind for kind in Kind if kind}
    assert accepted("dir:out") == {kind | OUTGOING for kind in Kind if kind}
    assert accepted("-dir:in") == accepted("dir:out") | {Kind.EVENT}
    assert accepted("dir:in dir:out") == set()


def test_kinds() -> None:
    """Kinds go by their words, several with commas mean any of them."""
    for kind in Kind:
        assert {flags & 0x0F for flags in accepted(f"op:{kind.word}")} == {kind}
    assert accepted("op:bin") == accepted("op:binary")
    assert accepted("op:ping,pong") == accepted("op:ping") | accepted("op:pong")
    assert accepted("-op:ping,PONG") == set(ALL_FLAGS) - accepted("op:ping,pong")
    assert accepted("-op:ping dir:out op:ping,text") == {Kind.TEXT | OUTGOING}


def test_other_flags_have_no_bearing() -> None:
    """Whether a message was compressed or fragmented does not matter to kind and direction."""
    table = parse_filter("dir:in op:text").table()
    assert [flags for flags in range(256) if table[flags]] == [
        Kind.TEXT | extra for extra in range(0, 256, 0x20)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price", [("price", False)]),
        ("two words", [("two", False), ("words", False)]),
        ('"two words"', [("two words", False)]),
        ('-"two words" -x', [("two words", True), ("x", True)]),
        ('"a":1', [('"a":1', False)]),
        ('"a":"b" c', [('"a":"b"', False), ("c", False)]),
        ("price:5 a:b", [("price:5", False), ("a:b", False)]),
        ("direct:in", [("direct:in", False)]),
        (r'"say \"hi\" c:\\x \n"', [(r'say "hi" c:\x \n', False)]),
        ('"dir:in"', [("dir:in", False)]),
        ('"-5"', [("-5", False)]),
        ("--5", [("-5", True)]),
        ("http://x/y", [("http://x/y", False)]),
        ('"not closed yet', [("not closed yet", False)]),
        ('"ends in \\', [("ends in ", False)]),
        ("a\u00a0b", [("a", False), ("b", False)]),
    ],
)
def test_free_text(text: str, expected: list[tuple[str, bool]]) -> None:
    """Words and quotations are free text, with colons, quotes and minus signs inside."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a+ b/", [("a+ b", False, False)]),
        ("/a/i", [("a", True, False)]),
        ("-/a/ /b/i", [("a", False, True), ("b", True, False)]),
        (r"/a\/b/", [(r"a\/b", False, False)]),
        (r"/a\\/ /b/", [(r"a\\", False, False), ("b", False, False)]),
        ("/not closed yet", [("not closed yet", False, False)]),
        ("/ends in \\", [("ends in ", False, False)]),
    ],
)
def test_expressions(text: str, expected: list[tuple[str, bool, bool]]) -> None:
    """Slashes hold a regular expression; one that is still being typed already counts."""
    assert expressions(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("dir:", 4, "in or out"),
        ("price dir:up", 10, "in or out"),
        ("-dir:i", 5, "in or out"),
        ("op:", 3, "ping"),
        ("op:ping,", 8, "ping"),
        ("op:ping,pong,x,text", 13, "ping"),
        ("-", 1, "minus"),
        ("a - b", 3, "minus"),
        ("/a/x", 3, "closing slash"),
        ("/api/v1/users", 5, "quotes"),
        ("/(a/", 3, "missing"),
        ("x /a(b", 6, "missing"),
        ("/*a/", 1, "nothing to repeat"),
        (r"-/\/[z-a]/", 8, "range"),
        ("/((a{1000}){1000}){1000}/", 24, "too large"),
        ("/" + "a" * 300 + "/", 301, "quotes"),
        ("/" + "(" * 900 + ")" * 900 + "/", 1801, "too deep"),
        ("x" * 3000, MAX_LENGTH, "2,000"),
    ],
)
def test_errors_tell_where(text: str, position: int, part: str) -> None:
    """What cannot be understood is refused with the column and a hint."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert caught.value.position == position
    assert part in caught.value.message
    assert str(caught.value) == caught.value.message


WORDS = 'a é " / \\ - : , ( ) [ ] { } ? * + | dir: op: in ping {2,3} {9} (? (?i) (?: (?= (?R) \\d'
PIECES = st.sampled_from([*WORDS.split(), " ", "\x00", "\ud800", "{e<=1}"])


@given(st.text(max_size=30) | st.lists(PIECES, max_size=12).map("".join))
@example("/\\")
@example('-"\\')
def test_any_text_is_a_filter_or_an_error_within_it(text: str) -> None:
    """Whatever is typed, the answer is a filter or an error with a column inside the text."""
    try:
        known = parse_filter(text)
    except FilterError as error:
        position, message = error.position, error.message
    else:
        position, message = 0, known.describe()
        assert all(0 <= start < end <= len(text) for start, end in known.spans(text))
    assert 0 <= position <= len(text)
    assert message


def test_a_filter_in_words() -> None:
    """A filter describes itself."""
    known = parse_filter('dir:in -op:ping,pong price -"a b" /x+/i -/y/')
    assert known.describe() == (
        "received, not ping or pong, with “price”, without “a b”, matching /x+/i, not matching /y/"
    )
    assert parse_filter("dir:out").describe() == "sent"


def test_filters_with_the_same_terms_are_equal() -> None:
    """Filters compare by their terms: a blank or a quote typed more is no other filter."""
    assert parse_filter("/a/ b op:bin") == parse_filter('  /a/  "b" op:binary ')
    assert parse_filter("/a/ b") != parse_filter("/a/i b")
    assert parse_filter("b") != parse_filter("-b")
    assert parse_filter("dir:in") != parse_filter("dir:out")
    assert hash(parse_filter("a /b/")) == hash(parse_filter("a /b"))


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("ab", "xAB ab", [(1, 3), (4, 6)]),
        ("Ab", "xAB Ab", [(4, 6)]),
        ("grüße", "GRÜßE", [(0, 5)]),
        ("ab bc", "abc", [(0, 3)]),
        ("-ab c", "abc", [(2, 3)]),
        (r"/\d+|x*/", "a12 b3", [(1, 3), (5, 6)]),
        ("/A/i", "a", [(0, 1)]),
        ("dir:in", "in", []),
        ('"\u202e"', "a‹RLO›", [(1, 6)]),
    ],
)
def test_highlights(
    text: str, row: str, expected: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Highlights are where the terms that must hold are found in a row as it is shown."""
    monkeypatch.setattr(filter_expression, "TIME_LIMIT", 10.0)  # however busy the machine is
    assert parse_filter(text).spans(row) == expected


def test_highlights_are_bounded() -> None:
    """Only the beginning of a long row is searched, and only so much is highlighted."""
    assert parse_filter("x").spans("-" * MAX_PREVIEW + "x") == []
    assert len(parse_filter("x").spans("x-" * MAX_PREVIEW)) == MAX_SPANS
    assert parse_filter("/(a|aa)+$/").spans("a" * 4000 + "b") == []
