"""Connections that a client began: what the screens say and offer of them."""

from __future__ import annotations

from tests.ui_support import START, FakePool
from tests.workbench_support import bench, make_app, settle, title, toasts, top
from wstui.core.connection import CloseRecord, Connection, Failure, FailureKind, State, Step
from wstui.core.entry import Kind
from wstui.core.options.deflate import deflate_words
from wstui.core.options.listen import ListenOptions
from wstui.core.sending.raw_frame import RawFrame
from wstui.screens.close import CloseScreen
from wstui.screens.copy_as import CopyAsScreen
from wstui.screens.execute import describe
from wstui.screens.reasons import why_not
from wstui.screens.send import SendScreen
from wstui.widgets.field import Field
from wstui.widgets.handshake_facts import failure_facts, handshake_facts
from wstui.widgets.handshake_rows import everything
from wstui.widgets.transcript_view import TranscriptView

HEADERS = (
    ("Host", "localhost:9002"),
    ("Origin", "https://app.example"),
    ("User-Agent", "Firefox\x1b[2J"),
    ("Cookie", "session=secret"),
    ("X-Room", "7"),
    ("Sec-WebSocket-Protocol", "chat.v2"),
    ("Sec-WebSocket-Extensions", "permessage-deflate"),
)


def client(pool: FakePool, address: str = "127.0.0.1:53412") -> Connection:
    """An open connection that a client began."""
    listener = pool.listen(ListenOptions("9002"))
    return pool.accept(listener, "/chat?room=7", address=address, headers=HEADERS)


def words(connection: Connection, width: int = 100, *, reveal: bool = False) -> str:
    """All rows of a handshake."""
    rows = everything(connection, START + 1.2, width, reveal=reveal)
    return "\n".join("".join(run.text for run in row) for row in rows)


def test_show_tells_who_the_client_is(pool: FakePool) -> None:
    """Address, listener, path, names and headers of a client are told, its secrets are not."""
    said = describe(client(pool)).split("\n")
    for line in (
        "Client: 127.0.0.1:53412, of listener 0",
        "Path: /chat?room=7",
        "Host: localhost:9002",
        "Origin: https://app.example",
        "Cookie: •••",
        "X-Room: 7",
    ):
        assert line in said
    assert not any("Remote Server" in line or "secret" in line for line in said)


def test_handshake_is_a_request_that_came(pool: FakePool) -> None:
    """The request came from the client and the response is ours; nothing was looked up."""
    connection = client(pool)
    found = words(connection)
    assert "101 Switching Protocols" in found
    assert "from the client" in found
    assert "Cookie: •••" in found
    assert "session=secret" in words(connection, reveal=True)
    assert "we did not agree: nothing is compressed" in found
    assert "we chose none" in found
    for line in ("client       127.0.0.1:53412", "listener     0"):
        assert line in found
    for absent in ("No step has begun", "the server", "TCP", "\x1b"):
        assert absent not in found


def test_a_waiting_request_is_seen_before_it_is_answered(pool: FakePool) -> None:
    """While the user is asked, the request is there and no response."""
    listener = pool.listen(ListenOptions("9002"))
    found = words(pool.accept(listener, "/chat", state=State.CONNECTING, headers=HEADERS))
    assert "Waiting for your decision" in found
    assert "GET /chat HTTP/1.1" in found
    assert "None was sent yet." in found


def test_how_long_one_thought_about_it_is_no_remark(pool: FakePool) -> None:
    """The time of a decision stands in the picture of the steps, and nobody is blamed for it."""
    connection = client(pool)
    connection.steps = [(Step.DECISION, START)]
    connection.opened = START + 9.0
    found = words(connection)
    assert "your decision" in found
    assert "Most of the time" not in found


def test_a_rejected_request_and_our_response(pool: FakePool) -> None:
    """What was answered is told as ours."""
    connection = client(pool)
    connection.failure = Failure(
        FailureKind.REJECTED,
        "you rejected it",
        host="127.0.0.1",
        port=53412,
        status=403,
        raw_request=b"GET /chat HTTP/1.1\r\n\r\n",
        raw_response=b"HTTP/1.1 403 Forbidden\r\n\r\nno",
    )
    connection.state = State.FAILED
    found = words(connection)
    assert "Rejected with 403" in found
    assert "from the server" not in found
    assert "our response" in [fact.label for fact in failure_facts(connection.failure, START)]


def test_facts_of_the_opened_entry(pool: FakePool) -> None:
    """In the entry view the response is ours, too."""
    labels = [fact.label for fact in handshake_facts(client(pool).handshake, START)]
    assert "our response" in labels


def test_compression_is_told_from_our_side() -> None:
    """What the parameters bind is the client, and wstui as the server."""
    told = dict(deflate_words([("client_no_context_takeover", None)], serving=True))
    assert told["client_no_context_takeover"] == "the client compresses each message by itself"
    assert told["server_no_context_takeover"].startswith("not set: wstui may refer back")


def test_plain_text_from_afar_is_remarked(pool: FakePool) -> None:
    """Secrets that came over the open network without TLS are worth a remark."""
    found = words(client(pool, "192.0.2.7:5000"))
    assert "Cookie came in plain text: whoever is on the way can use it." in found
    assert "plain text" not in words(client(pool))


def test_only_the_client_can_open_it_again(pool: FakePool) -> None:
    """Opening in place is not possible, and the reason says what is."""
    connection = client(pool)
    connection.state = State.CLOSED
    assert not connection.can_reopen
    said = why_not("retry_now", connection)
    assert "only that client can open it again. r connects as it did" in said
    assert "nothing here tries it again" in why_not("stop", connection)


async def test_title_says_who_and_what(pool: FakePool) -> None:
    """The border names the client, what it asked for, and the listener."""
    connection = client(pool)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        bench(app).selected = connection.id
        await settle(pilot)
        said = title(bench(app).query_one(TranscriptView))
        assert said.startswith("1  127.0.0.1:53412 → ws://127.0.0.1:9002/chat?room=7")
        assert said.endswith("listener 0")


async def test_keys_for_a_connection_of_a_client(pool: FakePool) -> None:
    """Opening again in place gives the reason, copying says what is copied, r connects alike."""
    connection = client(pool)
    connection.state = State.CLOSED
    connection.close = CloseRecord(None, None, None, False, partner="client")
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        bench(app).selected = connection.id
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        assert "only that client can open it again" in toasts(app)
        await pilot.press("c")
        await settle(pilot)
        assert isinstance(top(app), CopyAsScreen)
        assert "connects as this client did" in title(top(app).query_one("#copy-as"))
        await pilot.press("escape", "r")
        await settle(pilot)
        assert ("connect", connection.options) in pool.calls
        assert "Connects as client 1 did" in toasts(app)


async def test_close_form_names_the_client(pool: FakePool) -> None:
    """It says whom it closes by the client's address."""
    connection = client(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        bench(app).selected = connection.id
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        form = top(app)
        assert isinstance(form, CloseScreen)
        assert "127.0.0.1:53412 → /chat?room=7" in str(form.query_one("#whom").render())


async def test_raw_frames_to_a_client_are_not_masked(pool: FakePool) -> None:
    """Unmasked is right for a server; a mask breaks the rules, and the rows say so."""
    connection = client(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        bench(app).selected = connection.id
        await settle(pilot)
        await pilot.press("s", *"Hi", "ctrl+o")
        await settle(pilot)
        form = top(app)
        assert isinstance(form, SendScreen)
        form.query_one("#break", Field).value = True
        await settle(pilot)
        assert "81 02 48 69" in str(form.query_one("#bytes").render())
        assert "breaks no rule" in str(form.query_one("#broken").render())
        form.query_one("#mask", Field).value = "random"
        await settle(pilot)
        assert "A server masks no frame (5.1)." in str(form.query_one("#broken").render())
        form.query_one("#mask", Field).value = ""
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
    assert pool.calls[-1] == ("send_raw", (1,), RawFrame(1, b"Hi"))
    (number,) = range(len(connection.transcript))
    assert connection.transcript.payload(number) == b"\x81\x02Hi"
    assert not connection.transcript.fragments(number)[0].masked


def test_what_a_client_sends_is_masked(pool: FakePool) -> None:
    """In the table of frames a mask stands with what came, not with what we sent."""
    transcript = client(pool).transcript
    transcript.append(Kind.TEXT, b"hello", START)
    transcript.append(Kind.TEXT, b"hello", START, outgoing=True)
    assert [transcript.fragments(number)[0].masked for number in range(2)] == [True, False]
