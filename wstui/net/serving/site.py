"""What an ordinary HTTP request to a listener gets: the test page, a file, or a status."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from wstui.core.options.listen import ListenOptions
from wstui.core.serving.behaviour import SILENT, find_mount, parse_mount
from wstui.core.serving.byte_range import NotSatisfiable, byte_range
from wstui.core.serving.request import Reject, Request
from wstui.core.serving.web_path import FilePath, NoSuchPath, file_path, path_of
from wstui.net.serving.answers import READABLE, Answer, by_rules, page, plain
from wstui.net.serving.folder import Folder, LeadsOut, NeedsSlash, OpenFile

FILES_AT_ONCE: Final = 8
"""Threads that read files for a listener."""

LOOK_TIME: Final = 10.0
"""Seconds for a look at the folder, or for one of its files to open."""

LAST: Final = 253_402_300_799
"""The last second that a date of HTTP can tell, in the year 9999."""

_KNOWN: Final = frozenset({"POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})
"""Methods that are not for reading; others are nobody's."""

_TEXT: Final = frozenset({"application/javascript", "application/json", "image/svg+xml"})

_MAP: Final = mimetypes.MimeTypes()
"""Python's own list alone: the same on every machine."""
for _ending, _type in (
    (".js", "text/javascript"),
    (".mjs", "text/javascript"),
    (".wasm", "application/wasm"),
    (".webp", "image/webp"),
    (".woff", "font/woff"),
    (".woff2", "font/woff2"),
):  # which not all of its versions know
    _MAP.add_type(_type, _ending)


class Site:
    """The pages of a listener."""

    def __init__(
        self, options: ListenOptions, rejected: Callable[[Request], Reject | None]
    ) -> None:
        """`rejected` tells whether the listener's rules reject whoever asks for this path."""
        pages = options.pages
        self._page = pages.page
        self._folder = None if pages.root is None else Folder(pages.root)
        self._mounts = [parse_mount(line) for line in options.behaviours]
        self._rejected = rejected
        self.threads = asyncio.Semaphore(FILES_AT_ONCE)

    async def prepare(self) -> None:
        """See whether the folder is there.

        Raises:
            OSError: it is not; the words are for the user.
        """
        if self._folder is not None:
            try:
                async with asyncio.timeout(LOOK_TIME):
                    await asyncio.to_thread(self._folder.check)
            except (OSError, TimeoutError) as error:
                why = getattr(error, "strerror", None) or "it does not answer"
                # Without a number: it is no fault of the sockets.
                raise OSError(0, f"no files can be served of {self._folder.path}: {why}") from error

    def refusal(self, method: str, target: str) -> Answer | None:
        """The answer to what cannot be asked for, whatever its path; None where it can be."""
        if method == "OPTIONS":
            return plain(204, ("Allow", READABLE))
        if method in _KNOWN:
            return plain(405, ("Allow", READABLE))
        if method not in ("GET", "HEAD"):
            return plain(501)
        if target == "*":
            return plain(400)
        return None

    def at_once(self, request: Request) -> Answer | None:
        """The answer to a GET or HEAD; None where a file has to be looked for first."""
        for meant in as_rules_see(request):
            rejected = self._rejected(meant)
            if rejected is not None:
                return by_rules(rejected)
        return None if self._folder is not None else self._without_file(request)

    async def look(self, request: Request, *, is_get: bool) -> Answer:
        """The answer to a GET or HEAD, whose file may be there."""
        folder = self._folder
        assert folder is not None
        path = path_of(request.target)
        try:
            wanted = file_path(path, windows=sys.platform == "win32")
        except NoSuchPath as error:
            return self._without_file(request, str(error))
        try:
            async with asyncio.timeout(LOOK_TIME), self.threads:
                file = await _opened(folder, wanted)
        except TimeoutError:  # the disk of another machine, say
            return plain(503, why="the file could not be opened in time")
        except NeedsSlash:
            query = request.target.partition("?")[1:]
            return plain(301, ("Location", f"{path}/{''.join(query)}"))
        except LeadsOut as error:
            return self._without_file(request, error.strerror or "")
        except (FileNotFoundError, NotADirectoryError):
            return self._without_file(request)
        except PermissionError as error:
            return plain(403, why=error.strerror or "")
        except (OSError, ValueError) as error:  # such as a name that is too long
            return self._without_file(request, getattr(error, "strerror", None) or str(error))
        try:
            return _of_file(file, request, is_get)
        except BaseException:
            file.close()
            raise

    def _without_file(self, request: Request, why: str = "") -> Answer:
        path = path_of(request.target)
        mount = find_mount(self._mounts, path)
        accept = ",".join(request.values("Accept")).lower()
        wants_html = "text/html" in accept or (path == "/" and (not accept or "*/*" in accept))
        if self._page and wants_html and (path == "/" or mount is not SILENT):
            host = "".join(request.values("Host")[:1])
            return page([one.path for one in self._mounts if "*" not in one.path], host)
        if self._folder is not None and mount is SILENT:
            return plain(404, why=why)
        return plain(
            426,
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            words="426 Upgrade Required: connect to this path with a WebSocket client.",
            why=why,
        )


def _of_file(file: OpenFile, request: Request, is_get: bool) -> Answer:
    changed = formatdate(min(max(int(file.changed), 0), LAST), usegmt=True)
    facts = [("Last-Modified", changed), ("Accept-Ranges", "bytes"), ("Cache-Control", "no-cache")]
    if not request.values("If-None-Match") and _is_known(request, file.changed):
        file.close()
        return Answer(304, facts)
    kind, coding = _MAP.guess_type(file.name)
    if kind is None or coding is not None:
        kind = "application/octet-stream"
    elif kind.startswith("text/") or kind in _TEXT:
        kind = f"{kind}; charset=utf-8"
    answer = Answer(200, [("Content-Type", kind), *facts], file=file, stop=file.size)
    ranges, unless = request.values("Range"), request.values("If-Range")
    if not is_get or len(ranges) != 1 or (unless and unless != [changed]):
        return answer
    try:
        part = byte_range(ranges[0], file.size)
    except NotSatisfiable:
        file.close()
        return plain(416, ("Content-Range", f"bytes */{file.size}"))
    if part is not None:
        answer.status = 206
        answer.start, answer.stop = part
        whole = f"bytes {part.start}-{part.stop - 1}/{file.size}"
        answer.headers.append(("Content-Range", whole))
    return answer


def as_rules_see(request: Request) -> list[Request]:
    """The request as rules by path are to look at it, each of which may reject it: as it is written
    and, since that is the file that is served, without escapes."""
    path = path_of(request.target)
    _, mark, query = request.target.partition("?")
    found = [replace(request, target=f"{path}{mark}{query}")]
    with suppress(NoSuchPath):
        plain_path = f"/{'/'.join(file_path(path, windows=False).parts)}"
        if path.endswith("/") and plain_path != "/":
            plain_path += "/"
        if plain_path != path:
            # A question mark in a name begins no query for rules either.
            found.append(replace(request, target=f"{plain_path.replace('?', '%3f')}{mark}{query}"))
    return found


async def _opened(folder: Folder, wanted: FilePath) -> OpenFile:
    """Open a file in a thread; one that nobody waits for any more is closed again."""
    call = asyncio.get_running_loop().run_in_executor(None, folder.open, wanted)
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        call.add_done_callback(_close_result)
        raise


def _close_result(call: asyncio.Future[OpenFile]) -> None:
    if not call.cancelled() and call.exception() is None:
        call.result().close()


def _is_known(request: Request, changed: float) -> bool:
    """Whether the client has the file as it is (If-Modified-Since, in whole seconds)."""
    values = request.values("If-Modified-Since")
    if len(values) != 1:
        return False
    try:
        return int(changed) <= parsedate_to_datetime(values[0]).timestamp()
    except (ValueError, TypeError, OverflowError):
        return False
