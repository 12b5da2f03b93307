"""The room of a chat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.serving.chat import (
    CROWD,
    MAX_MESSAGE,
    MAX_NAME,
    MAX_TEXT,
    MOST_NAMES,
    ChatError,
    Room,
    Wishes,
    check_name,
    read_wishes,
)

NOW = 1_700_000_000.123
TEXT, JSON = Wishes("", False), Wishes("", True)


def a_room(*names: str) -> Room:
    """A room with members, who have the keys 0, 1 and so on."""
    room = Room()
    for key, name in enumerate(names):
        room.join(key, Wishes(name, False), NOW)
    return room


def told(room: Room, key: int, message: str) -> list[tuple[int | None, str]]:
    """Who is told what in plain text when a member sends this."""
    return [(post.to, post.text) for post in room.heard(key, message.encode(), NOW)]


def objects(room: Room, key: int, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """What is told in JSON."""
    return [json.loads(post.json) for post in room.heard(key, json.dumps(asked).encode(), NOW)]


def test_a_line_is_said_to_all() -> None:
    """In plain text and as JSON, with who said it and when."""
    room = a_room("ada", "bob")
    (post,) = room.heard(0, b"hello\r\n", NOW)
    assert (post.to, post.text) == (None, "ada: hello")
    assert json.loads(post.json) == {
        "type": "said",
        "from": "ada",
        "text": "hello",
        "at": "2023-11-14T22:13:20.123Z",
    }


def test_who_comes_is_told_its_name_and_who_is_there() -> None:
    """All are told that it came."""
    room = a_room("ada")
    welcome, joined = room.join(7, TEXT, NOW)
    assert welcome.to == 7
    assert welcome.text.startswith("* you are guest-1; with you: ada;")
    assert json.loads(welcome.json)["name"] == "guest-1"
    assert (joined.to, joined.text) == (None, "* guest-1 joined")


def test_a_name_that_is_taken_is_not_given_twice() -> None:
    """Whatever its case; who wants it at first comes under another."""
    room = a_room("ada")
    error, welcome, _ = room.join(1, Wishes("ADA", False), NOW)
    assert error.text == "! Somebody else is called ADA."
    assert welcome.text.startswith("* you are guest-1")
    assert told(room, 1, "/name ada") == [(1, "! Somebody else is called ada.")]
    assert told(room, 0, "/name ADA") == [(None, "* ada is now ADA")]
    room.leave(0, NOW)
    assert told(room, 1, "/name ada") == [(None, "* guest-1 is now ada")]


def test_a_guest_never_gets_a_name_that_somebody_took() -> None:
    """Not even one of ours."""
    room = a_room("guest-1")
    assert room.join(1, TEXT, NOW)[0].text.startswith("* you are guest-2")


def test_who_leaves_is_told_once() -> None:
    """And never of those who were not there."""
    room = a_room("ada")
    (post,) = room.leave(0, NOW)
    assert (post.to, post.text) == (None, "* ada left")
    assert room.leave(0, NOW) == []
    assert room.heard(0, b"late", NOW) == []
    assert len(room) == 0


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/who", "* here: ada, bob"),
        ("/help", "/name NAME takes a name"),
        ("/nonsense", "! There is no such command"),
        ("/name", "! A name has 1 to 32 characters."),
        ("/name a b", "! A name is of letters"),
        ("/name a\x1b[2J", "! A name is of letters"),
        ("   ", "! That said nothing."),
        ("a\x1b[2J", "! Control characters are not said."),
        ("a\rb", "! Control characters are not said."),
        ("a\u2028b", "! Control characters are not said."),
        ("x" * (MAX_TEXT + 1), "! At most 4000 characters"),
        ("x" * (MAX_MESSAGE + 1), "! A message has at most 32 KiB."),
        ('{"type":"fly"}', "! The types are say"),
        ('{"type":"say","text":1}', "! The types are say"),
    ],
    ids=range(14),
)
def test_what_is_asked_by_one_is_answered_to_one(line: str, answer: str) -> None:
    """Commands and mistakes are nobody else's matter."""
    ((to, text),) = told(a_room("ada", "bob"), 0, line)
    assert to == 0
    assert text.startswith(answer)


def test_binary_messages_are_refused() -> None:
    """With a sentence."""
    (post,) = a_room("ada").heard(0, None, NOW)
    assert (post.to, post.text) == (0, "! The chat takes text messages.")


def test_a_second_line_cannot_pass_for_somebody_elses_words() -> None:
    """It is indented where it is shown as plain text, and whole in JSON."""
    (post,) = a_room("ada").heard(0, b"hi\n* bob left", NOW)
    assert post.text == "ada: hi\n  * bob left"
    assert json.loads(post.json)["text"] == "hi\n* bob left"


def test_who_sends_json_is_told_things_in_json() -> None:
    """From its first object with a type on; other JSON is what somebody says."""
    room = a_room("ada")
    assert told(room, 0, '{"a": 1}') == [(None, 'ada: {"a": 1}')]
    assert not room.speaks_json(0)
    (said,) = objects(room, 0, {"type": "say", "text": "hi"})
    assert (said["type"], said["from"], said["text"]) == ("said", "ada", "hi")
    assert room.speaks_json(0)
    (named,) = objects(room, 0, {"type": "name", "name": "eve"})
    assert (named["from"], named["name"]) == ("ada", "eve")
    assert objects(room, 0, {"type": "who"}) == [{"type": "who", "names": ["eve"], "count": 1}]
    assert objects(room, 0, {"type": "help"})[0]["type"] == "help"


def test_many_names_are_not_all_told() -> None:
    """An answer stays small in a crowd."""
    room = a_room(*(f"n{number}" for number in range(MOST_NAMES + 20)))
    ((_, text),) = told(room, 0, "/who")
    assert text.endswith("n99 and 20 more")


def test_in_a_crowd_it_is_not_told_who_comes_and_goes() -> None:
    """What is said is; and who comes is told its name."""
    room = a_room(*(f"n{number}" for number in range(CROWD)))
    assert [post.to for post in room.join(CROWD, TEXT, NOW)] == [CROWD]
    assert room.leave(0, NOW) == []
    assert told(room, 1, "hi") == [(None, "n1: hi")]
    assert len(room.leave(1, NOW)) == 1


@pytest.mark.parametrize(
    ("target", "subprotocol", "wishes"),
    [
        ("/chat", None, Wishes("", False)),
        ("/chat?name=ada%20b&format=json", None, Wishes("ada b", True)),
        ("/chat?format=xml", "chat.v2+json", Wishes("", True)),
        ("/chat?" + "&".join("a=1" for _ in range(200)), "chat", Wishes("", False)),
    ],
    ids=range(4),
)
def test_what_is_wished_for_stands_in_the_request(
    target: str, subprotocol: str | None, wishes: Wishes
) -> None:
    """A name, and JSON."""
    assert read_wishes(target, subprotocol) == wishes


@given(st.text())
def test_a_name_is_safe_to_show(name: str) -> None:
    """Whatever is accepted is short, one word, and has no control characters."""
    try:
        shown = check_name(name)
    except ChatError:
        return
    assert 0 < len(shown) <= MAX_NAME
    assert shown.isprintable()
    assert shown.split() == [shown]
    assert ":" not in shown


@given(st.lists(st.tuples(st.integers(0, 3), st.text(max_size=12)), max_size=30))
def test_whatever_is_sent_names_stay_unique(messages: list[tuple[int, str]]) -> None:
    """And every answer is valid JSON."""
    room = a_room("a", "b", "c", "d")
    for key, text in messages:
        for post in room.heard(key, f"/name {text}".encode(errors="replace"), NOW):
            json.loads(post.json)
    names = room._some_names()
    assert len({name.casefold() for name in names}) == 4
