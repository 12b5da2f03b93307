"""The language of rules: what lines mean, what is wrong with them, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wstui.core.commands.language import explain_command, parse_command
from wstui.core.commands.values import Help
from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.options.rules import RULES_HELP, rules_problems
from wstui.core.options.secrets import has_reference, pieces, plain_secrets
from wstui.core.serving.rule_language import masked_rule, parse_rule, show_rule
from wstui.core.serving.rule_words import quoted, split_words
from wstui.core.serving.rules import Action, Condition, Key, Rule, Sign

LINES = {
    "accept": Rule(Action.ACCEPT),
    "reject": Rule(Action.REJECT),
    "ask": Rule(Action.ASK),
    "REJECT 404 -path:/chat*": Rule(
        Action.REJECT, (Condition(Key.PATH, "/chat*", negated=True),), status=404
    ),
    "reject 403 -origin:https://good.example": Rule(
        Action.REJECT,
        (Condition(Key.ORIGIN, "https://good.example", negated=True),),
        status=403,
    ),
    "accept path:/admin basic:user:${env:PW} subprotocol=chat.v2 header='X-Role: admin'": Rule(
        Action.ACCEPT,
        (Condition(Key.PATH, "/admin"), Condition(Key.BASIC, "user:${env:PW}")),
        subprotocol="chat.v2",
        headers=(("X-Role", "admin"),),
    ),
    "accept subprotocol=none": Rule(Action.ACCEPT, subprotocol=""),
    "reject 401 path:/admin header='WWW-Authenticate: Basic realm=\"wstui\"' body='who are you?'": (
        Rule(
            Action.REJECT,
            (Condition(Key.PATH, "/admin"),),
            status=401,
            headers=(("WWW-Authenticate", 'Basic realm="wstui"'),),
            body="who are you?",
        )
    ),
    "reject 503 clients>100": Rule(
        Action.REJECT, (Condition(Key.CLIENTS, "100", sign=Sign.MORE),), status=503
    ),
    "reject -clients<=7": Rule(
        Action.REJECT, (Condition(Key.CLIENTS, "7", sign=Sign.AT_MOST, negated=True),)
    ),
    "ask path:/secret for 30s": Rule(Action.ASK, (Condition(Key.PATH, "/secret"),), seconds=30.0),
    "ask for 1.5s address:10.0.0.0/8,unix": Rule(
        Action.ASK, (Condition(Key.ADDRESS, "10.0.0.0/8,unix"),), seconds=1.5
    ),
    "reject header:User-Agent='a b*' -cookie:session": Rule(
        Action.REJECT,
        (
            Condition(Key.HEADER, "a b*", "User-Agent"),
            Condition(Key.COOKIE, None, "session", negated=True),
        ),
    ),
    "reject header:X=": Rule(Action.REJECT, (Condition(Key.HEADER, "", "X"),)),
    "reject basic:u:${cmd:pass show 'my server'} body=it's": Rule(
        Action.REJECT,
        (Condition(Key.BASIC, "u:${cmd:pass show 'my server'}"),),
        body="it's",
    ),
    r"""reject body="say \"no\"\nand go" """: Rule(Action.REJECT, body='say "no"\nand go'),
    "reject 307 header='Location: wss://other.example/'": Rule(
        Action.REJECT, status=307, headers=(("Location", "wss://other.example/"),)
    ),
    "reject 426 header='Upgrade: h2c'": Rule(
        Action.REJECT, status=426, headers=(("Upgrade", "h2c"),)
    ),
}


@pytest.mark.parametrize(("line", "rule"), LINES.items(), ids=map(str, range(len(LINES))))
def test_what_lines_mean(line: str, rule: Rule) -> None:
    """Each line means its rule, and what is shown of that means the same."""
    assert parse_rule(line) == rule
    assert parse_rule(show_rule(rule)) == rule


MISTAKES = {
    "": "A rule begins with accept, reject or ask",
    "deny": "A rule begins with accept, reject or ask",
    "reject pth:/x": "“pth:/x” is no part of a rule",
    "reject path=/x": "Write a path",
    "reject path:x": "Write a path that begins with /",
    "reject path:/x?y": "Write a path",
    "reject path:/x 404": "The status stands right behind reject: reject 404.",
    "accept 200": "A status goes with reject",
    "reject 200": "Reject with a status from 400 to 599",
    "reject 302": "where to",
    "reject 304 header='Location: /'": "Reject with a status",
    "reject 999": "Reject with a status",
    "reject origin:https://good.example/": "Write an origin without a path",
    "reject origin:": "Write an origin",
    "reject header:": "Write a header as header:NAME",
    "reject header:a b": "“b” is no part of a rule",
    "reject cookie:a;b": "Write a cookie",
    "reject basic:admin": "Write a user and a password",
    "reject subprotocol:a/b": "Write a subprotocol",
    "reject subprotocol=a": "subprotocol= goes with accept",
    "accept subprotocol=": "Write subprotocol=NAME",
    "accept subprotocol=a subprotocol=b": "Agree on one subprotocol.",
    "accept body=x": "body= goes with reject",
    "reject body=a body=b": "Write one body",
    "reject body=": "Write one body",
    "reject -body=x": "Only conditions can be negated",
    "accept header=x": "Write a header as Name: value.",
    "accept header='Upgrade: x'": "Upgrade is written by itself.",
    "reject header='Content-Length: 1'": "Content-Length is written by itself.",
    "ask header='X: y'": "Behind ask stand conditions",
    "ask for": "ask for 30s",
    "ask for ever": "ask for 30s",
    "ask for 0s": "at most 24 h",
    "ask for 25h": "at most 24 h",
    "ask for 1s for 2s": "Say once",
    "reject for 30s": "“for” is no part of a rule",
    "reject clients:7": "Write a number of clients, such as clients>100.",
    "reject clients>many": "Write a number of clients",
    "reject path>3": "Write a path",
    "reject address:here": "Write an address",
    "reject address:10.0.0.0/99": "Write an address",
    "reject body='x": "A quotation is not closed: write ' at its end.",
    "reject body='x'y": "Leave a blank behind a closing quotation mark.",
    "reject header:X=${nothing}": "Write ${env:NAME}",
    "reject header:X=${env:A": "A reference is not closed.",
    "reject body=" + "x" * 4000: "at most 4,000 characters",
}


@pytest.mark.parametrize(("line", "words"), MISTAKES.items(), ids=map(str, range(len(MISTAKES))))
def test_what_is_wrong_with_a_line_is_said_with_what_is_right(line: str, words: str) -> None:
    """Each mistake is told in a sentence that shows how."""
    with pytest.raises(OptionError) as caught:
        parse_rule(line)
    assert words in str(caught.value)
    assert str(caught.value)[-1] in ".'/"
    assert caught.value.option == "rules"


@given(st.text())
def test_any_text_is_a_rule_or_has_a_sentence(text: str) -> None:
    """Whatever is typed, nothing but an option's error comes of it."""
    try:
        rule = parse_rule(text)
    except OptionError as error:
        assert str(error)
    else:
        assert parse_rule(show_rule(rule)) == rule


def is_readable(text: str) -> bool:
    """Whether all that looks like a reference is one."""
    try:
        pieces(text)
    except ValueError:
        return False
    return True


TEXTS = st.text("ab:='\"\\ \n\t$*,é").filter(is_readable) | st.sampled_from(
    ("${env:PW}", "a ${cmd:print 'x y' \"z\"} b'", "$${env:PW}", "'${env:A}:'", "$$${cmd:a}")
)
NAMES = st.text("aB-*.", min_size=1)
STARTS = st.text("/ab*' =:", max_size=9).map(lambda text: f"/{text}")


def conditions() -> st.SearchStrategy[Condition]:
    """All kinds of conditions that are valid."""
    named = st.sampled_from((Key.HEADER, Key.COOKIE))
    hosts = st.sampled_from(("https://good.example", "null", "*", "https://*.example:1,null"))
    networks = st.sampled_from(("127.0.0.1", "::1", "fe80::/10,unix", "10.*"))
    negated = st.booleans()
    numbers = st.integers(0, 10**9 - 1).map(str)
    return st.one_of(
        st.builds(Condition, named, st.none() | TEXTS, NAMES, negated=negated),
        st.builds(Condition, st.just(Key.PATH), STARTS, negated=negated),
        st.builds(
            Condition, st.just(Key.BASIC), TEXTS.map(lambda text: f"u:{text}"), negated=negated
        ),
        st.builds(Condition, st.just(Key.ORIGIN), hosts, negated=negated),
        st.builds(Condition, st.just(Key.SUBPROTOCOL), NAMES, negated=negated),
        st.builds(Condition, st.just(Key.ADDRESS), networks, negated=negated),
        st.builds(
            Condition,
            st.just(Key.CLIENTS),
            numbers,
            sign=st.sampled_from(tuple(Sign)),
            negated=negated,
        ),
    )


HEADERS = st.tuples(NAMES, st.text("ab'\"\\: ${").map(str.strip).filter(is_readable))


@given(
    st.sampled_from(tuple(Action)),
    st.lists(conditions(), max_size=4).map(tuple),
    st.none() | st.integers(400, 599),
    st.lists(HEADERS, max_size=2).map(tuple),
    TEXTS,
    st.none() | st.just("") | NAMES,
    st.none() | st.floats(0.001, 86_400).map(lambda number: round(number, 3)),
)
def test_what_is_shown_of_a_rule_means_it(
    action: Action,
    asked: tuple[Condition, ...],
    status: int | None,
    headers: tuple[tuple[str, str], ...],
    body: str,
    subprotocol: str | None,
    seconds: float | None,
) -> None:
    """Each valid rule can be written so that it is read as the same."""
    rule = Rule(action, asked)
    if action is Action.ASK:
        rule = replace(rule, seconds=seconds)
    elif action is Action.ACCEPT:
        assume(subprotocol != "none")
        rule = replace(rule, subprotocol=subprotocol, headers=headers)
    else:
        rule = replace(rule, status=status, headers=headers, body=body)
    assert parse_rule(show_rule(rule)) == rule


@given(TEXTS)
def test_a_quoted_text_is_one_word(text: str) -> None:
    """Quotes and what stands for them keep a value together."""
    assert split_words(f"a={quoted(text)} b") == [f"a={text}", "b"]


def test_secrets_that_stand_in_rules_are_masked() -> None:
    """What is shown to others holds no password, but the references as they are."""
    rule = parse_rule(
        "reject basic:admin:s3cret cookie:id=abc header:Authorization='Bearer x' header:X=abc"
    )
    assert show_rule(rule, masked=True) == (
        "reject basic:admin:••• cookie:id=••• header:Authorization=••• header:X=abc"
    )
    kept = "reject -basic:admin:${env:PW} -cookie:id"
    assert show_rule(parse_rule(kept), masked=True) == kept


def test_no_profile_keeps_a_secret_that_stands_in_a_rule() -> None:
    """A password as it is would lie in a file; a reference does not."""
    plain = ListenOptions(rules=("reject -basic:admin:s3cret", "ask"))
    assert [problem.option for problem in plain_secrets(plain)] == ["rules"]
    assert not plain_secrets(ListenOptions(rules=("reject -basic:admin:${env:PW}", "nonsense")))
    assert masked_rule("reject basic:a:b") == "reject basic:a:•••"
    assert masked_rule("nonsense") == "nonsense"


@pytest.mark.parametrize("first", ["ask", "accept subprotocol=a", "reject 404"])
def test_a_rule_for_all_stands_last(first: str) -> None:
    """What stands behind it, such as a password, would never be asked for, and nobody told."""
    (problem,) = rules_problems((first, "reject 401 -basic:u:p", "reject"))
    assert str(problem) == (
        "Rule 1 holds for all, so that those behind it never decide: put it last."
    )
    assert not rules_problems(("reject 401 -basic:u:p", first))


def test_all_mistakes_of_all_rules_are_told() -> None:
    """Each says which rule it is about, where there are several."""
    found = rules_problems(("deny", "accept", "reject 1"))
    assert [str(one)[:7] for one in found] == ["Rule 1:", "Rule 3:"]
    assert not rules_problems(("reject 403 -origin:https://a.example", "accept"))
    twice = rules_problems(("reject -origin:https://a.example", "reject -origin:https://b.example"))
    assert "let nobody in" in str(twice[0])


def test_the_rules_in_the_help_are_rules() -> None:
    """What the help shows can be typed."""
    examples = RULES_HELP.rpartition("For example:\n\n")[2].splitlines()
    assert len(examples) == 6
    for line in examples:
        parse_rule(line)
    assert max(map(len, RULES_HELP.splitlines())) <= 78
    assert all(f"{key}" in RULES_HELP for key in Key)
    assert has_reference(examples[1])
    assert parse_command("help rules") == Help("rules")
    assert explain_command("rules") == RULES_HELP
