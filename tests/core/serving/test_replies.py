"""Replies: what a file of them means, and which message gets which."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.options.answers_help import REPLIES_HELP
from wstui.core.serving.filling import Facts, fill_json, fill_text
from wstui.core.serving.replies import MAX_JSON, Found, Replies
from wstui.core.serving.reply_file import ReplyError, parse_replies

FILES = {"a.bin": b"\x00\xff", "a.txt": "grüß".encode()}


def read_file(name: str) -> bytes:
    """A folder with two files."""
    if name not in FILES:
        raise ValueError(f"{name} cannot be read: No such file or directory.")
    return FILES[name]


def replies(text: str) -> Replies:
    """What a file with this text means."""
    return parse_replies(text.encode(), read_file)


def find(book: Replies, message: bytes, kind: Kind = Kind.TEXT) -> Found:
    """What a message gets."""
    steps = book.find(kind, message)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Found = end.value
            return found


def answered(text: str, message: bytes, kind: Kind = Kind.TEXT) -> list[bytes] | None:
    """The payloads of the reply that a message gets; None: it gets none."""
    found = find(replies(text), message, kind)
    if found.reply is None:
        return None
    facts = replace(found.facts, number=3, now=0.0, unique=lambda: "unique")
    return [answer.make(facts) for answer in found.reply.answers]


FILE = """
[[reply]]
on = "connect"
send = "welcome"

[[reply]]
text = "ping"
send = ["pong", { hex = "00 ff" }, { file = "a.bin" }, { file = "a.txt", as = "text" }]

[[reply]]
regex = '^add (\\d+) (?P<other>\\d+)$'
send = "{1} and {other} in {0}, {3x} {unknown}"

[[reply]]
json = { type = "subscribe", "data.id" = "*" }
send = [{ json = { id = "{$.data.id}", say = "no {$.data.id}!", none = "{$.no}" } }, "{$.data}"]

[[reply]]
json = { user.roles = ["a", 1, true], on = false }
send = "roles"

[[reply]]
hex = "01 02"
send = "{n} {n:3} {time} {uuid}"

[[reply]]
any = true
kind = "text"
close = 4000
reason = "what?"
"""


@pytest.mark.parametrize(
    ("message", "kind", "answers"),
    [
        (b"ping", Kind.TEXT, [b"pong", b"\x00\xff", b"\x00\xff", "grüß".encode()]),
        (b"ping", Kind.BINARY, None),
        (b"ping ", Kind.TEXT, []),
        (b"add 1 23", Kind.TEXT, [b"1 and 23 in add 1 23, {3x} {unknown}"]),
        (
            b'{"type":"subscribe","data":{"id":[1,"\\""]},"more":1}',
            Kind.TEXT,
            [b'{"id":[1,"\\""],"say":"no [1,\\"\\\\\\"\\"]!","none":null}', b'{"id":[1,"\\""]}'],
        ),
        (b'{"type":"subscribe","data":{}}', Kind.TEXT, []),
        (b'{"user":{"roles":["a",1,true],"x":1},"on":false}', Kind.TEXT, [b"roles"]),
        (b'{"user":{"roles":["a",1,1],"x":1},"on":false}', Kind.TEXT, []),
        (b'{"user":{"roles":["a",1,true]},"on":0}', Kind.TEXT, []),
        (b"\x01\x02\x03", Kind.BINARY, [b"3 003 1970-01-01T00:00:00.000Z unique"]),
        (b"\x01", Kind.BINARY, None),
    ],
    ids=range(11),
)
def test_the_first_reply_whose_conditions_hold_is_given(
    message: bytes, kind: Kind, answers: list[bytes] | None
) -> None:
    """With what the message said filled in."""
    assert answered(FILE, message, kind) == answers


def test_replies_at_connecting_are_for_no_message() -> None:
    """They are all given, and each knows its line."""
    book = replies(FILE)
    assert [one.name for one in book.at_connect] == ["reply 1 (line 2)"]
    assert len(book) == 7


def test_an_answer_takes_its_time_and_may_end_the_client() -> None:
    """Times are in seconds, or have a unit."""
    book = replies(
        '[[reply]]\nany=true\nafter="200 ms"\nsend=[{text="a",after=2},"b"]\nclose=4000\n'
        "reason='bye'\n[[reply]]\nany=true\ndrop=true"
    )
    reply = find(book, b"x").reply
    assert reply is not None
    assert (reply.after, [one.after for one in reply.answers]) == (0.2, [2.0, 0.0])
    assert (reply.close, reply.reason, reply.drops) == (4000, "bye", False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[reply]]\ntext = 1 2", "line 2, column 10: it is not TOML"),
        ("a = 1", "each reply stands below [[reply]]"),
        ("reply = 1", "each reply stands below [[reply]]"),
        ("[[reply]]\n\nsent = 'a'", "line 3: sent: there is no such key"),
        ("[[reply]]\nany=true\ndrop=true\n[[reply]]\n", "line 4: on: say for which messages"),
        ("[[reply]]\nsend='a'\non='close'", "line 3: on: it is message or connect"),
        ("[[reply]]\non='connect'\ntext='a'", "line 3: text: there is no message yet"),
        ("[[reply]]\nany=true", "line 1: send: say what is sent"),
        ("[[reply]]\nany=false\nsend='a'", "line 2: any: any = true stands alone"),
        ("[[reply]]\nany=true\ntext='a'\nsend='a'", "line 2: any: any = true stands alone"),
        ("[[reply]]\ntext=1\nsend='a'", "line 2: text: it is a text"),
        ("[[reply]]\nregex='a('\nsend='a'", "line 2: regex: at character 3: missing )"),
        ("[[reply]]\nregex='(((a{99}){99}){99})'\nsend='a'", "line 2: regex: at character"),
        ("[[reply]]\ntext='a'\nignore-case=true\nsend='a'", "line 3: ignore-case: it goes"),
        ("[[reply]]\njson='a'\nsend='a'", "line 2: json: it is a table"),
        ("[[reply]]\njson.a=1979-05-27\nsend='a'", "line 2: json: JSON has no dates"),
        ("[[reply]]\njson={a=nan}\nsend='a'", "line 2: json: JSON has no nan"),
        ("[[reply]]\nhex='0'\nsend='a'", "line 2: hex: at character 1"),
        ("[[reply]]\nhex='00'\ntext='a'\nsend='a'", "line 2: hex: it is about binary"),
        ("[[reply]]\nkind='ping'\nsend='a'", "line 2: kind: it is text or binary"),
        ("[[reply]]\nkind='binary'\ntext='a'\nsend='a'", "line 2: kind: the other conditions"),
        ("[[reply]]\nany=true\nsend=1", "line 3: send: each answer is a text, or a table"),
        ("[[reply]]\nany=true\nsend={hex='00',text='a'}", "line 3: send: each answer is a text"),
        ("[[reply]]\nany=true\nsend={hex='00',as='text'}", "line 3: send: as does not go with"),
        ("[[reply]]\nany=true\nsend={hex='0g'}", "line 3: send: at character 2"),
        ("[[reply]]\nany=true\nsend={file='no'}", "line 3: send: no cannot be read"),
        ("[[reply]]\nany=true\nsend={file='a.bin',as='text'}", "line 3: send: a.bin is no text"),
        ("[[reply]]\nregex='(a)'\nsend='{2}'", "line 3: send: {2} is no group"),
        ("[[reply]]\nany=true\nclose=1005", "line 3: close: "),
        ("[[reply]]\nany=true\nclose=true", "line 3: close: it is a code"),
        ("[[reply]]\nany=true\nsend='a'\nreason='a'", "line 4: reason: it goes with close"),
        ("[[reply]]\nany=true\nclose=1000\ndrop=true", "line 4: drop: it is either"),
        ("[[reply]]\nany=true\nsend='a'\nafter='soon'", "line 4: after: after is a time"),
        ("[[reply]]\nany=true\nsend='a'\nafter=true", "line 4: after: after is a time"),
        ("reply = [{any=true, sent=1}]", "reply 1: sent: there is no such key"),
    ],
    ids=range(35),
)
def test_a_file_that_is_wrong_tells_its_line(text: str, problem: str) -> None:
    """And what should stand there."""
    with pytest.raises(ReplyError) as caught:
        replies(text)
    assert str(caught.value).startswith(problem)


def test_a_file_that_is_no_text_tells_its_line() -> None:
    """TOML is UTF-8."""
    with pytest.raises(ReplyError, match="line 2: it is not UTF-8"):
        parse_replies(b"# a\n# \xff", read_file)


def test_an_expression_that_takes_too_long_is_given_up() -> None:
    """The next reply has its turn, and it is told which expression it was."""
    book = replies("[[reply]]\nregex='^(a|aa)+$'\nsend='x'\n[[reply]]\nany=true\nsend='y'")
    begun = time.perf_counter()
    found = find(book, b"a" * 20_000 + b"b")
    assert time.perf_counter() - begun < 5  # it would take longer than the age of the universe
    assert found.reply is not None
    assert found.reply.number == 2
    assert [(reply.number, why) for reply, why in found.troubles] == [
        (1, "its regular expression took too long")
    ]


def test_messages_that_are_too_large_are_told() -> None:
    """They are not searched, and not read as JSON."""
    book = replies(
        "[[reply]]\nregex='a'\nsend='x'\n[[reply]]\njson.a=1\nsend='x'\n"
        "[[reply]]\nany=true\nsend='y'"
    )
    found = find(book, b"a" * (MAX_JSON + 1))
    assert found.reply is not None
    assert found.reply.number == 3
    assert [reply.number for reply, _ in found.troubles] == [1, 2]


def test_a_large_message_is_not_put_into_an_answer() -> None:
    """Others, which need nothing of it, are given."""
    book = replies("[[reply]]\nany=true\nsend='you said {message}'\n[[reply]]\nany=true\nsend='y'")
    found = find(book, b"x")
    assert found.reply is not None
    assert found.reply.answers[0].make(found.facts) == b"you said x"
    found = find(book, b"x" * (MAX_JSON + 1))
    assert found.reply is not None
    assert (found.reply.number, found.facts.message) == (2, "")
    assert [why for _, why in found.troubles] == [
        "the message is too large to be put into an answer"
    ]


def test_a_search_that_is_left_ends_quietly() -> None:
    """When its client is gone."""
    steps = replies("[[reply]]\nregex='a'\nsend='x'").find(Kind.TEXT, b"a")
    next(steps)
    steps.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(st.text(), st.dictionaries(st.text(max_size=3), st.text(max_size=5)), json_values)
def test_whatever_stands_in_a_text_filling_never_fails(
    text: str, groups: dict[str, str], message: Any
) -> None:
    """What is no place of ours stays."""
    facts = Facts("m", 1, 0.0, str, groups, message)
    filled = fill_text(text, facts)
    if "{" not in text:
        assert filled == text


@given(json_values)
def test_a_value_is_put_into_json_as_it_is(value: Any) -> None:
    """A text of one place becomes the value, with its type."""
    facts = Facts(json={"a": [value]})
    filled = fill_json({"x": ["{$.a.0}"]}, facts)
    assert json.loads(json.dumps(filled)) == {"x": [value]}


def test_the_help_shows_what_can_be_written() -> None:
    """The file in it is one that is understood."""
    lines = [line[2:] for line in REPLIES_HELP.splitlines() if line.startswith("  ")]
    book = parse_replies("\n".join(lines).encode(), lambda _: b"x")
    assert len(book) == 6
    found = find(book, b'{"type":"get","item":{"id":7}}')
    assert found.reply is not None
    assert found.reply.answers[0].make(found.facts) == b'{"type":"item","id":7}'
