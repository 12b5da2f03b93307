"""What is typed and heard in chat rooms of three forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.cells import cells, fitted
from wstui.core.chat_rows import NAMES, plain, rows, wrapped
from wstui.core.chatting import Form, Heard, Sort, Talk, chat_uri, name_in, shown_name
from wstui.core.printable import printable
from wstui.core.serving.chat import Room, Wishes


def talk(form: Form | None = None, name: str = "ada") -> Talk:
    """Somebody who wants that name, and asked for it in the handshake."""
    return Talk(form, name, asked=name)


def welcomed(name: str = "ada", *others: str, asked: str = "ada") -> Talk:
    """Somebody in a room."""
    ours = talk(name=asked)
    ours.hear(told("welcome", name=name, names=others, count=len(others) + 1))
    return ours


def told(type: str, **fields: Any) -> str:
    """A message of a room."""
    return json.dumps({"type": type, **fields})


def words(ours: Talk, message: str) -> tuple[Sort, str, str]:
    """What is shown of a message."""
    heard = ours.hear(message)
    return heard.sort, heard.name, heard.text


@pytest.mark.parametrize(
    ("message", "form"),
    [
        (told("welcome", name="ada", names=[], count=1), Form.ROOM),
        (told("error", text="no"), Form.ROOM),
        ('{"user": "bob", "text": "hi"}', Form.IXWEBSOCKET),
        ('{"type": "tick"}', Form.PLAIN),
        ("hello", Form.PLAIN),
        ("[1]", Form.PLAIN),
    ],
)
def test_the_first_message_tells_the_form(message: str, form: Form) -> None:
    """A room, another program's chat, or anything."""
    ours = talk()
    ours.hear(message)
    assert ours.form is form


def test_what_a_room_tells() -> None:
    """Each of its messages in words."""
    ours = talk()
    room = told("welcome", name="ada", names=["bob"], count=5)
    assert words(ours, room) == (
        *(Sort.NOTICE, ""),
        "you are ada; here with you: bob and 3 more",
    )
    assert words(ours, told("said", **{"from": "bob", "text": "hi"})) == (Sort.SAID, "bob", "hi")
    assert words(ours, told("joined", name="ada")) == (Sort.NOTICE, "", "")
    assert words(ours, told("joined", name="carl"))[2] == "carl joined"
    assert words(ours, told("left", name="carl"))[2] == "carl left"
    assert words(ours, told("named", **{"from": "bob", "name": "rob"}))[2] == "bob is now rob"
    assert words(ours, told("who", names=["ada", "rob"], count=2))[2] == "here: ada, rob"
    assert words(ours, told("error", text="No.")) == (Sort.TROUBLE, "", "No.")
    assert list(ours.members) == ["ada", "rob"]
    assert words(ours, told("named", **{"from": "ada", "name": "eve"}))[2] == "you are eve now"
    assert ours.name == ours.wanted == "eve"


@pytest.mark.parametrize(
    "message",
    ["hello", '{"type": "said", "from": 1, "text": "x"}', '{"type": "else"}', "[" * 100_000],
)
def test_what_is_not_understood_is_shown_as_it_is(message: str) -> None:
    """Nothing is swallowed."""
    assert words(welcomed(), message) == (Sort.RAW, "", message)


@pytest.mark.parametrize(
    "fields",
    [
        '"count":NaN',
        '"count":true',
        '"count":1e999',
        f'"count":{"[" * 900}{"]" * 900}',
        f'"text":{{"a":{"[" * 900}{"]" * 900}}}',
        '"names":[1,null,{"a":1},["bob"]]',
    ],
    ids=["not-a-number", "a-truth", "infinite", "deep", "deep-object", "no-names"],
)
def test_what_a_room_tells_can_be_told_on(fields: str) -> None:
    """Nothing that no other program could read gets into what programs are told."""
    ours = welcomed()
    heard = ours.hear(f'{{"type":"joined","name":"bob",{fields}}}')
    assert heard.text == "bob joined"
    assert heard.fields is not None
    assert "bob" in json.dumps(heard.fields, allow_nan=False)
    assert heard.fields.get("names", []) == []


@pytest.mark.parametrize("form", ["room", "ixwebsocket"])
def test_lone_surrogates_can_be_written(form: str) -> None:
    """JSON can name what no encoding has; it is replaced, in names that are sent back, too."""
    ours = talk(name="")
    if form == "room":
        heard = ours.hear(r'{"type":"welcome","name":"\ud800","names":["\udfff","😀\ud83d\ude00"]}')
        assert heard.fields is not None
        assert heard.fields["names"] == ["\ufffd", "😀😀"]
        assert ours.wanted == "\ufffd"
    else:
        heard = ours.hear(r'{"user":"\ud800","text":"\udfff!"}')
        assert (heard.name, heard.text) == ("\ufffd", "\ufffd!")
    assert plain(heard).encode()


def test_it_speaks_with_our_own_rooms() -> None:
    """What is typed is understood there, and answered."""
    room, ours = Room(), talk()
    room.join(1, Wishes("bob", True), 0.0)
    for post in room.join(2, Wishes("ada", True), 0.0):
        ours.hear(post.json)
    for line, sort in [
        *(("hi", Sort.SAID), ("/who", Sort.NOTICE)),
        *(("/name eve", Sort.NOTICE), ("/name bob", Sort.TROUBLE)),
    ]:
        typed = ours.type(line)
        assert typed.message is not None
        (post,) = room.heard(2, typed.message.encode(), 0.0)
        heard = ours.hear(post.json)
        assert heard.sort is sort
        assert typed.is_answered
        assert ours.is_answer(heard)


def test_slashes() -> None:
    """One begins a command, two begin a text with one."""
    ours = welcomed()
    assert json.loads(ours.type("//etc").message or "") == {"type": "say", "text": "/etc"}
    unknown = ours.type("/etc")
    assert unknown.message is None
    assert unknown.shown is not None
    assert "no command /etc" in unknown.shown.text
    assert ours.type("/quit").leaves
    assert ours.type("  ") == (None, None, False, False)
    nameless = ours.type("/name")
    assert nameless.shown is not None
    assert nameless.shown.sort is Sort.TROUBLE


def test_ixwebsocket() -> None:
    """Its servers send nobody what he said himself, so that is shown at once."""
    ours = talk(Form.IXWEBSOCKET)
    typed = ours.type("hi")
    assert json.loads(typed.message or "") == {"user": "ada", "text": "hi"}
    assert typed.shown == Heard(Sort.SAID, "hi", "ada", True)
    assert words(ours, '{"user": "bob", "text": "ho"}') == (Sort.SAID, "bob", "ho")
    ours.type("/name eve")
    assert json.loads(ours.type("x").message or "")["user"] == "eve"


def test_plain() -> None:
    """What is typed is sent, and what comes is shown, whatever it is."""
    ours = talk(Form.PLAIN)
    for line in ("/quit", "", '{"a":1}'):
        assert ours.type(line).message == line
    assert words(ours, told("error", text="x"))[0] is Sort.RAW


def test_the_old_name_is_taken_back() -> None:
    """After a reconnect our old self may still be there; and a later name than that of the
    handshake is asked for once."""
    ours = welcomed("guest-1", "ada")
    assert ours.reply() is None
    ours.hear(told("left", name="ada"))
    assert json.loads(ours.reply() or "") == {"type": "name", "name": "ada"}
    assert ours.reply() is None
    renamed = welcomed()
    renamed.hear(told("named", **{"from": "ada", "name": "eve"}))
    assert renamed.reply() is None
    renamed.hear(told("welcome", name="ada", names=[], count=1))
    assert json.loads(renamed.reply() or "")["name"] == "eve"
    assert renamed.reply() is None


@pytest.mark.parametrize(
    ("uri", "name", "made"),
    [
        ("ws://x", "ada", "ws://x?name=ada&format=json"),
        ("ws://x/?a=1", "é b", "ws://x/?a=1&name=%C3%A9%20b&format=json"),
        ("ws://x/?name=eve&format=json", "ada", "ws://x/?name=eve&format=json"),
        ("ws://x", "", "ws://x?format=json"),
    ],
)
def test_rooms_are_asked_in_the_uri(uri: str, name: str, made: str) -> None:
    """What is asked there already stays."""
    assert chat_uri(uri, name) == made
    assert name_in(made) == (name_in(uri) or name)


@pytest.mark.parametrize(
    "name", ["", " ", "a: b", "x │ y", "bob\n12:01", "*", "\u202ebob", "a" * 40]
)
def test_a_name_is_no_more_than_a_name(name: str) -> None:
    """What no room would allow stands in quotes."""
    assert shown_name(name).startswith('"')
    assert "\n" not in shown_name(name)
    assert shown_name("ada") == "ada"


def drawn(heard: Heard, width: int = 40) -> list[str]:
    """Rows without their styles."""
    return ["".join(text for _, text in row) for row in rows(heard, "12:01", width)]


def test_rows_stand_below_each_other() -> None:
    """Nobody can write another's line: texts are wrapped behind a bar."""
    assert drawn(Heard(Sort.SAID, "one two three four five six\n12:01 bob │ no", "ada")) == [
        "12:01        ada │ one two three four ",
        "                 │ five six",
        "                 │ 12:01 bob │ no",
    ]
    assert drawn(Heard(Sort.NOTICE, "bob left")) == ["12:01            * bob left"]
    assert drawn(Heard(Sort.RAW, "x\x1b[1m")) == ["12:01  < x␛[1m"]
    assert drawn(Heard(Sort.SENT, "y")) == ["12:01  > y"]
    assert drawn(Heard(Sort.SAID, "x", "n" * 20))[0] == f"12:01 {'n' * 20} │ x"
    assert len("12:01 ") + NAMES + len(" │ ") == 19


@pytest.mark.parametrize("sort", [Sort.SAID, Sort.NOTICE, Sort.RAW])
@pytest.mark.parametrize("width", [20, 30, 36, 80])
def test_rows_fit_where_it_is_narrow(sort: Sort, width: int) -> None:
    """Names have no column of their own then."""
    for row in rows(Heard(sort, "one two three four, five six", "ada"), "12:01", width):
        assert cells("".join(text for _, text in row)) <= width


@given(st.text(), st.integers(0, 20))
def test_what_does_not_fit_is_cut(text: str, room: int) -> None:
    """With an ellipsis, by cells and not by characters; what fits stays."""
    shown = printable(text)
    made = fitted(shown, room)
    assert cells(made) <= max(room, 1)
    assert made == shown if cells(shown) <= room else made.endswith("…")


@given(st.text(), st.integers(2, 20))
def test_wrapping_loses_nothing(text: str, room: int) -> None:
    """But blanks at the ends of rows, and no row is too long."""
    shown = printable(text)
    made = wrapped(shown, room)
    assert "".join(made).replace(" ", "") == shown.replace(" ", "")
    assert all(cells(row) <= room for row in made)


def test_lines_for_a_pipe() -> None:
    """As rooms write them for people."""
    assert plain(Heard(Sort.SAID, "a\nb: c", "ada")) == "ada: a\n  b: c"
    assert plain(Heard(Sort.NOTICE, "bob left")) == "* bob left"
    assert plain(Heard(Sort.RAW, "x")) == "x"


def test_names_keep_their_colours() -> None:
    """Ours is bold."""
    style = rows(Heard(Sort.SAID, "x", "bob"), "12:01", 80)[0][1]
    assert style == rows(Heard(Sort.SAID, "y", "bob"), "12:02", 80)[0][1]
    assert rows(Heard(Sort.SAID, "x", "bob", True), "12:01", 80)[0][1] == ("bold", "bob")
