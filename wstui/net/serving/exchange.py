"""One ordinary HTTP request and its answer (RFC 9112), on `h11`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import h11

from wstui.core.serving.incoming import HEAD_LIMIT
from wstui.core.serving.request import Request
from wstui.net.serving.answers import Answer, plain, usual_headers

if TYPE_CHECKING:
    from wstui.net.serving.door import Door
    from wstui.net.serving.site import Site

BODY_LIMIT: Final = 1 << 20
"""Bytes of a request's body, which nobody here wants: it is read and thrown away."""

SLICE: Final = 256 << 10
"""Bytes of a file that are read and sent at once."""

READ_TIME: Final = 20.0
"""Seconds for reading that many."""


class Exchange:
    """Takes the body of a request, and answers."""

    def __init__(self, door: Door, site: Site, head: bytes) -> None:
        """`head` is whole.

        Raises:
            h11.RemoteProtocolError: it is no request.
        """
        self._door = door
        self._site = site
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._http.receive_data(head)
        event = self._http.next_event()
        if not isinstance(event, h11.Request):
            raise h11.RemoteProtocolError("it is no request")
        self.method = event.method.decode("ascii")
        headers = tuple(
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in event.headers.raw_items()
        )
        self.request = Request(event.target.decode("ascii"), headers, door.address, head)
        self.keeps_alive = True
        """Whether a further request may come behind this one."""
        self.answered = False
        """Whether all of the answer is written."""
        self._body = 0
        self._refusal: Answer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_upgrade(self) -> bool:
        """Whether a WebSocket connection is asked for."""
        words = ",".join(self.request.values("Upgrade")).lower().split(",")
        return self.method == "GET" and "websocket" in (word.strip() for word in words)

    @property
    def wants_body(self) -> bool:
        """Whether what comes now belongs to it."""
        return self._task is None and not self.answered

    @property
    def rest(self) -> bytes:
        """What came behind the request."""
        return self._http.trailing_data[0]

    # The request

    def begin(self, data: bytes) -> None:
        """Begin to answer; `data` came right behind the head."""
        request = self.request
        expected = ",".join(request.values("Expect")).strip().lower()
        length = request.values("Content-Length")
        answer = self._refusal = self._site.refusal(self.method, request.target)
        if expected not in ("", "100-continue"):
            answer = plain(417)
        elif length and int(length[0]) > BODY_LIMIT:
            answer = plain(413)
        elif not expected:
            answer = None  # its body is on the way anyway
        if data:
            self._http.receive_data(data)
        if answer is not None:
            with suppress(h11.RemoteProtocolError):
                self._skip_body()
            self._answer(answer)
            return
        if self._http.they_are_waiting_for_100_continue and not data:
            self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
        self.take(b"")

    def take(self, data: bytes) -> None:
        """More of the body came, or of what follows it."""
        if data:
            self._http.receive_data(data)
        if self._task is not None or self.answered:
            return
        try:
            whole = self._skip_body()
        except h11.RemoteProtocolError as error:
            self._answer(plain(400, why=f"a body that breaks the rules: {error}"))
            return
        if self._body > BODY_LIMIT:
            self._answer(plain(413))
        elif whole:
            self._look()

    def _skip_body(self) -> bool:
        """Throw away what came of the body; whether that was all."""
        while self._http.their_state is h11.SEND_BODY:
            event = self._http.next_event()
            if not isinstance(event, h11.Data):
                break
            self._body += len(event.data)
            if self._body > BODY_LIMIT:
                return False
        return self._http.their_state is not h11.SEND_BODY

    # The answer

    def _look(self) -> None:
        answer = self._refusal or self._site.at_once(self.request)
        if answer is not None:
            self._answer(answer)
            return
        name = f"{self.method} {self._door.address}"
        self._task = self._door.listening.spawn(self._answer_later(), name)

    async def _answer_later(self) -> None:
        """Answer with what has to be looked for, and go on with the door."""
        try:
            answer = await self._site.look(self.request, is_get=self.method == "GET")
            try:
                self._answer(answer)
                if self.method != "HEAD":
                    await self._send_file(answer)
            finally:
                answer.close()
        except BaseException:  # nobody waits for an answer that will not come
            self._door.abort()
            raise
        self._task = None
        self._finish()
        self._door.go_on()

    def _answer(self, answer: Answer) -> None:
        """Write the answer, all but the bytes of a file."""
        door, http = self._door, self._http
        headers = usual_headers(answer)
        unread = http.their_state in (h11.SEND_BODY, h11.ERROR)
        if unread or door.is_last:
            joined = [value for name, value in headers if name == "Connection"]
            headers = [pair for pair in headers if pair[0] != "Connection"]
            headers.append(("Connection", ", ".join([*joined, "close"])))
        if door.transport.is_closing():
            return
        response = h11.Response(
            status_code=answer.status,
            headers=[
                (name.encode(), value.encode("latin-1", "replace")) for name, value in headers
            ],
            reason=answer.phrase.encode("ascii"),
        )
        self._send(response)
        if answer.body and self.method != "HEAD":
            self._send(h11.Data(data=answer.body))
        door.listening.guests.requested(door.address, self.method, self.request, answer)
        if self._task is None:
            self._finish()

    async def _send_file(self, answer: Answer) -> None:
        door, start = self._door, answer.start
        while answer.file is not None and start < answer.stop and not door.transport.is_closing():
            try:
                async with asyncio.timeout(READ_TIME), self._site.threads:
                    data = await in_thread(answer, start, min(SLICE, answer.stop - start))
            except OSError as error:
                why = error.strerror or "no answer in time"
                door.drop(f"{self.request.target} cannot be read on: {why}")
                return
            if not data:
                door.drop(f"{self.request.target} became shorter while it was sent")
                return
            start += len(data)
            self._send(h11.Data(data=data))
            await door.drained()

    def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data and not self._door.transport.is_closing():
            self._door.transport.write(data)

    def _finish(self) -> None:
        if self._door.transport.is_closing():
            return
        self._send(h11.EndOfMessage())
        http = self._http
        self.keeps_alive = http.our_state is h11.DONE and http.their_state is h11.DONE
        self.answered = True

    def cancel(self) -> None:
        """The door is gone."""
        if self._task is not None:
            self._task.cancel()


async def in_thread(answer: Answer, start: int, count: int) -> bytes:
    """Read of the answer's file; when nobody waits for it any more, it is closed behind that.

    Raises:
        OSError: it cannot be read.
    """
    file = answer.file
    assert file is not None
    call = asyncio.get_running_loop().run_in_executor(None, file.read, start, count)
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        answer.file = None
        call.add_done_callback(lambda _: file.close())
        raise
