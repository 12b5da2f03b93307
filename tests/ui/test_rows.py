"""Rows: what they say, how wide they are, and that nothing in them reaches the terminal raw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip, get_line_length

from tests.ui_support import START
from wstui.core.entry import EventName, Fragment, Kind, LocalEvent
from wstui.core.filter import parse_filter
from wstui.core.memory_budget import MemoryBudget
from wstui.core.transcript import Transcript
from wstui.widgets.rows import Columns, RowStyles, header, row, time_text

STYLES = RowStyles(*(Style(meta={"name": name}) for name in RowStyles._fields))
WIDE = Columns.fit(160, 9999)


def text_of(transcript: Transcript, number: int, columns: Columns = WIDE) -> str:
    """The row as it is read."""
    above = number - 1 if number else None
    return row(transcript, number, above, columns, STYLES).text


def tones_of(strip: Strip) -> dict[str, str]:
    """The style's name of each piece of a row, by its text without blanks around it."""
    return {
        segment.text.strip(): segment.style.meta["name"]
        for segment in strip
        if segment.style is not None and segment.text.strip()
    }


def frames(count: int, *, fin: bool = True) -> list[Fragment]:
    """So many frames of a text message."""
    return [
        Fragment(START, int(not index), fin and index == count - 1, False, False, 4, 6)
        for index in range(count)
    ]


def test_text_row_has_all_columns() -> None:
    """A text message shows number, time, Δ, direction, opcode, size and payload."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"before", START)
    transcript.append(Kind.TEXT, b'{"op":"subscribe"}', START + 0.041, outgoing=True)
    cells = text_of(transcript, 1).split()
    assert cells[0] == "1"
    assert cells[1] == time_text(START + 0.041, 12)
    assert cells[2].startswith("+41")
    assert cells[-5:] == ["↑", "text", "18", "B", '{"op":"subscribe"}']


def test_first_row_has_no_delta() -> None:
    """The Δ is to the row above; without one there is none."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x", START)
    assert "+" not in text_of(transcript, 0)


def test_milliseconds_carry_into_the_next_second() -> None:
    """A time is rounded as a whole, so that 0.9996 s is the next second's .000."""
    assert time_text(START + 0.9996, 12) == time_text(START + 1, 12)
    assert time_text(START + 0.123, 12).endswith(".123")
    assert len(time_text(START, 8)) == 8


@pytest.mark.parametrize(
    ("kind", "payload", "word", "shown", "tone"),
    [
        (Kind.TEXT, b"hello", "text", "hello", "text"),
        (Kind.TEXT, b"", "text", "empty", "dim"),
        (Kind.BINARY, b"\x00\x01\xfe", "bin", "00 01 fe", "binary"),
        (Kind.PING, b"\x00\x00\x00\x1f", "ping", "00 00 00 1f", "control"),
        (Kind.PONG, b"are you there", "pong", "are you there", "control"),
        (Kind.CLOSE, b"\x0f\xa1bye", "close", "4001 bye", "closing"),
        (Kind.CLOSE, b"", "close", "no code", "closing"),
        (Kind.CLOSE, b"\x03", "close", "03", "error"),
    ],
)
def test_kinds_have_their_words_and_colours(
    kind: Kind, payload: bytes, word: str, shown: str, tone: str
) -> None:
    """Each kind is named, shows its payload in its own way, and is coloured by what it is."""
    transcript = Transcript()
    transcript.append(kind, payload, START)
    tones = tones_of(row(transcript, 0, None, WIDE, STYLES))
    assert tones[word] == tone
    assert tones[shown] == tone


def test_close_row_names_the_code() -> None:
    """A close frame's code is followed by its name."""
    transcript = Transcript()
    transcript.append(Kind.CLOSE, (1012).to_bytes(2, "big"), START)
    assert "1012   Service restart" in text_of(transcript, 0)


def test_pong_row_tells_the_round_trip() -> None:
    """A pong that answers a ping of ours says how long that took."""
    transcript = Transcript()
    transcript.append(Kind.PONG, b"\x00\x00", START, rtt=0.0231)
    assert "00 00   rtt 23" in text_of(transcript, 0)


def test_binary_row_tells_what_it_seems_to_be() -> None:
    """A format that is recognised is named after the first bytes."""
    transcript = Transcript()
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000400000004008060000004a2b")
    transcript.append(Kind.BINARY, png + bytes(4000), START)
    assert "89 50 4e 47" in text_of(transcript, 0)
    assert "PNG 64×64" in text_of(transcript, 0)


def test_fragmented_row_counts_its_frames() -> None:
    """A message in several frames says so before its payload."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"abcd" * 16, START, fragments=frames(16))
    assert "frag" in text_of(transcript, 0)
    assert "text in 16 frames   abcd" in text_of(transcript, 0)


def test_unfinished_row_says_so() -> None:
    """A message whose last frame never came is marked."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"ab", START, fragments=frames(1, fin=False), incomplete=True)
    assert "text in 1 frame, unfinished   ab" in text_of(transcript, 0)


def test_compressed_row_has_a_mark() -> None:
    """A compressed message has a z behind its opcode."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"hello", START, compressed=True, wire=9)
    assert "text z " in text_of(transcript, 0)


@pytest.mark.parametrize(
    ("name", "tone"),
    [
        (EventName.OPEN, "success"),
        (EventName.GAP, "warning"),
        (EventName.FAILED, "error"),
        (EventName.ERROR, "error"),
        (EventName.CLOSED, "closing"),
        (EventName.CONNECTING, "dim"),
    ],
)
def test_events_show_name_and_sentence(name: EventName, tone: str) -> None:
    """A local event shows its name, its sentence, its colour, and a dot for a direction."""
    transcript = Transcript()
    transcript.append_event(LocalEvent(name, "What happened."), START)
    tones = tones_of(row(transcript, 0, None, WIDE, STYLES))
    assert tones[name.value] == tones["What happened."] == tone
    assert "·" in tones


def test_unreadable_event_is_shown_as_it_is() -> None:
    """An event that cannot be parsed is shown raw rather than left out."""
    transcript = Transcript()
    transcript.append(Kind.EVENT, b"{not json", START)
    assert "{not json" in text_of(transcript, 0)


def test_dropped_entry_leaves_a_remark() -> None:
    """An entry dropped since the view last looked is drawn without an error."""
    transcript = Transcript(MemoryBudget())
    for _ in range(3):
        transcript.append(Kind.TEXT, bytes(1 << 20), START)
    transcript.drop_oldest()
    transcript.drop_oldest()
    assert "no longer in memory" in text_of(transcript, 0)
    assert "older entries dropped" in text_of(transcript, 1)


def test_matches_are_highlighted() -> None:
    """What the filter looks for stands out in the payload."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b'{"price":58210}', START)
    strip = row(transcript, 0, None, WIDE, STYLES, marks=parse_filter("price"))
    tones = tones_of(strip)
    assert tones["price"] == "match"
    assert tones['":58210}'] == "text"


def test_selected_row_is_marked_without_colour() -> None:
    """The selected row has a bar at its left."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x", START)
    assert row(transcript, 0, None, WIDE, STYLES, selected=True).text.startswith("▌")
    assert row(transcript, 0, None, WIDE, STYLES).text.startswith(" ")


def test_columns_give_way_to_the_payload() -> None:
    """Narrow views lose milliseconds first, then the Δ, the time, and the size."""
    full, eighty, sixty, tiny = (Columns.fit(width, 9999) for width in (100, 76, 58, 30))
    assert full.delta
    assert full.time == 12
    assert eighty.delta
    assert eighty.time == 8
    assert (sixty.time, sixty.size) == (0, 8)
    assert tiny.size == 0
    assert (Columns.fit(62, 0).delta, Columns.fit(62, 0).time) == (0, 8)


def test_large_message_costs_no_more_than_a_row() -> None:
    """Of a large message only the beginning is read."""

    class Counting(Transcript):
        read = 0

        def payload(self, number: int, start: int = 0, stop: int | None = None) -> bytes:
            taken = super().payload(number, start, stop)
            self.read += len(taken)
            return taken

    transcript = Counting()
    transcript.append(Kind.TEXT, b"a" * (4 << 20), START)
    assert row(transcript, 0, None, WIDE, STYLES).text.rstrip().endswith("a…")
    assert transcript.read <= 4 * WIDE.width


def test_character_at_the_cut_is_not_shown_as_broken() -> None:
    """A cut through a character of several bytes leaves it out."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x" + "é".encode() * 5000, START)
    assert "\ufffd" not in text_of(transcript, 0)


HOSTILE = [
    "\x1b]0;pwned\x07",
    "\x9b31m red",
    "[/x] [red]bold[/red]",
    "abc\u202egnp.exe\u2066",
    "a\x00b\r\nc\td",
    "日本語" * 40,
    "👍" * 80,
    "e" + "\u0301" * 50,
    "❤\ufe0f" * 60,
    "👨\u200d👩\u200d👧" * 30,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [20, 33, 58, 79, 80, 81, 120])
def test_hostile_text_is_inert_and_keeps_the_width(text: str, width: int) -> None:
    """No control reaches the row, and wide characters at its end do not change its width."""
    transcript = Transcript()
    payload = text.encode()
    transcript.append(Kind.TEXT, payload, START)
    transcript.append(Kind.CLOSE, b"\x0f\xa1" + payload[:100], START)
    transcript.append_event(LocalEvent(EventName.ERROR, text), START)
    for number in range(3):
        check(transcript, number, Columns.fit(width, 2))


def check(transcript: Transcript, number: int, columns: Columns) -> None:
    """The row is exactly as wide as it should be, by measure and by claim, and printable."""
    for marks in (None, parse_filter("a")):
        strip = row(transcript, number, None, columns, STYLES, marks=marks)
        assert strip.cell_length == columns.width
        assert get_line_length(strip) == columns.width
        assert all(char.isprintable() for char in strip.text)


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")),
    st.sampled_from(Kind),
    st.integers(1, 200),
    st.booleans(),
)
def test_any_payload_makes_a_row_of_exact_width(
    payload: bytes, kind: Kind, width: int, incomplete: bool
) -> None:
    """Whatever came, its row is printable and as wide as the view."""
    transcript = Transcript()
    transcript.append(kind, payload, START, incomplete=incomplete, compressed=incomplete)
    check(transcript, 0, Columns.fit(width, 0, margin=min(1, width - 1)))


@given(st.integers(1, 250), st.integers(0, 10**12), st.integers(0, 2))
def test_titles_stand_over_their_columns(width: int, last: int, margin: int) -> None:
    """The titles are as wide as the rows, and payload stands where payloads begin."""
    columns = Columns.fit(width, last, margin)
    titles = header(columns, Style())
    assert get_line_length(titles) == width
    if "payload" in titles.text:
        assert titles.text.index("payload") == columns.payload
