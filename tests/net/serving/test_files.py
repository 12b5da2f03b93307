"""Files of a folder over HTTP, and nothing beyond it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.net.serving.http_client import client_of, events, http_client, http_listener
from tests.net_support import until
from tests.serving_support import listening
from wstui.core.listener import ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.core.options.pages import Pages
from wstui.core.serving.request import Reject, Request
from wstui.core.serving.web_path import FilePath, NoSuchPath, file_path
from wstui.net.pool import ConnectionPool
from wstui.net.serving import exchange, folder, site
from wstui.net.serving.folder import Folder, LeadsOut, NeedsSlash, OpenFile
from wstui.net.serving.site import Site, as_rules_see

SECRET = b"a secret beside the folder"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files, and a secret beside it."""
    beside = tmp_path_factory.mktemp("beside")
    root = beside / "root"
    (root / "sub").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a.txt").write_text("ten bytes.")
    (root / "ä b.js").write_text("1")
    (root / "sub" / "index.html").write_text("<p>sub")
    (root / ".hidden").write_bytes(SECRET)
    (beside / "secret.txt").write_bytes(SECRET)
    (beside / "root-beside").mkdir()
    (beside / "root-beside" / "secret.txt").write_bytes(SECRET)
    if sys.platform != "win32":
        (root / "link").symlink_to("a.txt")
        (root / "out").symlink_to(beside)
        (root / "secret").symlink_to(beside / "secret.txt")
        (root / "circle").symlink_to("circle")
        os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize(
    ("path", "status", "kind", "body"),
    [
        ("/a.txt", 200, "text/plain; charset=utf-8", b"ten bytes."),
        ("/a.txt?query", 200, "text/plain; charset=utf-8", b"ten bytes."),
        ("/%C3%A4%20b.js", 200, "text/javascript; charset=utf-8", b"1"),
        ("/sub/", 200, "text/html; charset=utf-8", b"<p>sub"),
        ("/empty/", 404, "text/plain; charset=utf-8", None),
        ("/nothing", 404, "text/plain; charset=utf-8", None),
        ("/a.txt/b", 404, "text/plain; charset=utf-8", None),
        ("/a.txt/", 404, "text/plain; charset=utf-8", None),
        (f"/{'x' * 300}", 404, "text/plain; charset=utf-8", None),
        ("/echo", 426, "text/plain; charset=utf-8", None),
        ("/", 200, "text/html; charset=utf-8", None),
    ],
)
async def test_files(root: Path, path: str, status: int, kind: str, body: bytes | None) -> None:
    """Each path has its file, or the status that fits."""
    async with http_client("/echo echo", root=root) as client:
        response = await client.ask(f"GET {path} HTTP/1.1")
        assert response.status == status
        assert response.headers["content-type"] == kind
        assert response.headers["x-content-type-options"] == "nosniff"
        assert body is None or response.body == body
        head = await client.ask(f"HEAD {path} HTTP/1.1")
        assert head.status == status
        assert head.headers["content-length"] == response.headers["content-length"]


async def test_a_folder_needs_its_slash(root: Path) -> None:
    """The path of a folder without one is sent on to the one with it, on this server."""
    async with http_client(root=root) as client:
        response = await client.ask("GET /sub?a=b HTTP/1.1")
        assert response.status == 301
        assert response.headers["location"] == "/sub/?a=b"
        assert (await client.ask("GET //sub HTTP/1.1")).status == 404


async def test_what_is_known_is_not_sent_again(root: Path) -> None:
    """If-Modified-Since is held against the time of the file, in whole seconds."""
    async with http_client(root=root) as client:
        when = (await client.ask("GET /a.txt HTTP/1.1")).headers["last-modified"]
        same = f"If-Modified-Since: {when}"
        assert (await client.ask("GET /a.txt HTTP/1.1", same)).status == 304
        assert (await client.ask("HEAD /a.txt HTTP/1.1", same)).status == 304
        for other in ("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", "If-Modified-Since: x"):
            assert (await client.ask("GET /a.txt HTTP/1.1", other)).status == 200
        assert (await client.ask("GET /a.txt HTTP/1.1", same, 'If-None-Match: "x"')).status == 200


@pytest.mark.parametrize(
    ("lines", "status", "where", "body"),
    [
        (["Range: bytes=2-4"], 206, "bytes 2-4/10", b"n b"),
        (["Range: bytes=-2"], 206, "bytes 8-9/10", b"s."),
        (["Range: bytes=10-"], 416, "bytes */10", None),
        (["Range: bytes=0-1,4-5"], 200, None, b"ten bytes."),
        (["Range: bytes=0-1", "If-Range: Thu, 01 Jan 1970 00:00:00 GMT"], 200, None, None),
    ],
    ids=["middle", "end", "behind", "two", "changed"],
)
async def test_ranges(
    root: Path, lines: list[str], status: int, where: str | None, body: bytes | None
) -> None:
    """One range of a file is sent where the file is the one that is meant."""
    async with http_client(root=root) as client:
        response = await client.ask("GET /a.txt HTTP/1.1", *lines)
        assert response.status == status
        assert response.headers.get("content-range") == where
        assert body is None or response.body == body
        head = await client.ask("HEAD /a.txt HTTP/1.1", *lines)
        assert head.status == 200


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/link", 200),
        ("/secret", 404),
        ("/out/secret.txt", 404),
        ("/out/root/a.txt", 200),
        ("/circle", 404),
        ("/pipe", 403),
        ("/.hidden", 404),
        ("/../secret.txt", 404),
        ("/%2e%2e/secret.txt", 404),
        ("/sub/..%2f..%2fsecret.txt", 404),
        ("/%252e%252e/secret.txt", 404),
        ("/../root-beside/secret.txt", 404),
        ("//etc/passwd", 404),
        ("http://here/../secret.txt", 404),
        ("/a.txt%00", 404),
    ],
)
async def test_there_is_no_way_out(root: Path, path: str, status: int) -> None:
    """Links within the folder lead where they lead within it; nothing leads out."""
    async with http_client(root=root) as client:
        response = await client.ask(f"GET {path} HTTP/1.1")
        assert response.status == status
        assert SECRET not in response.body


NAMES = st.sampled_from(
    [
        "..", ".", "", "%2e%2e", "%2E.", "%252e%252e", "..%2f", "%5c..", "..\\", "%00", "~", "C:",
        "root", "beside", "secret.txt", "secret", "out", "sub", "link", "circle", "a.txt",
        "root-beside", "etc", "passwd", ".hidden", "...", "%c0%ae%c0%ae", "%uff0e", "\uff0e\uff0e",
    ]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(NAMES | st.text(max_size=3), max_size=7), st.booleans())
def test_nothing_outside_is_ever_read(root: Path, names: list[str], absolute: bool) -> None:
    """Whatever path is asked for: a file that is opened lies in the folder, and is not hidden."""
    path = "/" * absolute + "/".join(names)
    try:
        file = Folder(str(root)).open(file_path(path, windows=sys.platform == "win32"))
    except (NoSuchPath, NeedsSlash, OSError, ValueError):
        return
    try:
        assert file.read(0, 100) != SECRET
        found = os.fstat(file.descriptor)
        plain = [place for place in root.rglob("[!.]*.*") if not place.is_symlink()]
        assert any(os.path.samestat(found, place.stat()) for place in plain)
    finally:
        file.close()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")
def test_a_name_that_becomes_a_link_meanwhile(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between the look at a path and its opening it may be replaced: it is not followed."""
    place = tmp_path / "place"
    (place / "sub").mkdir(parents=True)
    (place / "sub" / "secret.txt").write_text("harmless")
    below = Folder._below

    def replaced(self: Folder, root_path: str, full: str) -> list[str]:
        names = below(self, root_path, full)
        (place / "sub").rename(place / "old")
        (place / "sub").symlink_to(root.parent)
        return names

    monkeypatch.setattr(Folder, "_below", replaced)
    with pytest.raises((LeadsOut, NotADirectoryError)):
        Folder(str(place)).open(FilePath(("sub", "secret.txt"), False))


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="everything may be read here"
)
async def test_what_may_not_be_read(tmp_path: Path) -> None:
    """A file without the permission to read it is answered with 403."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "a").chmod(0)
    async with http_client(root=tmp_path) as client:
        assert (await client.ask("GET /a HTTP/1.1")).status == 403


async def test_no_permission_is_forbidden(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses to open is answered with 403."""

    def refuse(self: Folder, wanted: FilePath) -> OpenFile:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Folder, "open", refuse)
    async with http_client(root=root) as client:
        assert (await client.ask("GET /a.txt HTTP/1.1")).status == 403


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, bytes]:
    """A folder with a file of many slices, and what it holds."""
    data = hashlib.shake_128(b"large").digest(8 << 20)
    (tmp_path / "large").write_bytes(data)
    return tmp_path, data


async def test_large_files_come_whole_and_wait_for_their_reader(
    large: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more of a file is read than the client takes, and requests behind it wait."""
    root, data = large
    reads: list[int] = []
    read = OpenFile.read

    def counted(self: OpenFile, start: int, count: int) -> bytes:
        assert threading.current_thread() is not threading.main_thread()
        reads.append(count)
        return read(self, start, count)

    monkeypatch.setattr(folder.OpenFile, "read", counted)
    async with (
        http_listener(root=root) as listener,
        client_of(listener) as client,
        client_of(listener) as other,
    ):
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: bool(reads))
        for _ in range(20):
            assert (await other.ask("GET /no HTTP/1.1")).status == 404
        assert sum(reads) < len(data)
        assert (await client.read()).body == data
        assert (await client.read()).status == 404


async def test_who_leaves_in_the_midst_of_a_file(
    large: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is closed, and it is told that the client left."""
    closed: list[int] = []
    close = OpenFile.close

    def noted(self: OpenFile) -> None:
        closed.append(self.descriptor)
        close(self)

    monkeypatch.setattr(OpenFile, "close", noted)
    async with http_client(root=large[0]) as client:
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.reader.readexactly(10)
        client.writer.transport.abort()
        await until(lambda: bool(closed) and client.listener.tally.dropped == 1)
        assert "left before" in events(client.listener)[-1].text


async def test_a_disk_that_does_not_answer(
    large: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever for a file that does not open, or cannot be read on."""
    answers = threading.Event()
    opened, read = Folder.open, OpenFile.read

    def open_late(self: Folder, wanted: FilePath) -> OpenFile:
        if wanted.parts == ("late",):
            answers.wait(60)
        return opened(self, wanted)

    def read_late(self: OpenFile, start: int, count: int) -> bytes:
        if start:
            answers.wait(60)
        return read(self, start, count)

    monkeypatch.setattr(Folder, "open", open_late)
    monkeypatch.setattr(OpenFile, "read", read_late)
    async with http_client(root=large[0]) as client:
        with monkeypatch.context() as patch:
            patch.setattr(site, "LOOK_TIME", 0.01)
            assert (await client.ask("GET /late HTTP/1.1")).status == 503
        monkeypatch.setattr(exchange, "READ_TIME", 0.01)
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionError):
            assert len(await client.read_all()) < len(large[1])
        await until(lambda: client.listener.tally.dropped == 1)
        assert "no answer in time" in events(client.listener)[-1].text
        answers.set()


async def test_stopping_in_the_midst_of_a_file(
    pool: ConnectionPool, large: tuple[Path, bytes]
) -> None:
    """A listener that is stopped ends what it sends, and nothing of it goes on."""
    options = ListenOptions("0", pages=Pages(root=str(large[0])))
    listener = await listening(pool, options)
    async with client_of(listener) as client:
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.reader.readexactly(10)
        pool.stop_listening(listener.id)
        with suppress(ConnectionError):
            assert len(await client.read_all()) < len(large[1])
        await until(lambda: not any("GET" in task.get_name() for task in asyncio.all_tasks()))


async def test_a_file_that_becomes_shorter(
    large: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be made whole: TCP ends early, so that the client knows."""
    monkeypatch.setattr(OpenFile, "read", lambda self, start, count: b"" if start else b"x")
    async with http_client(root=large[0]) as client:
        client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionError):
            assert len(await client.read_all()) < len(large[1])
        await until(lambda: client.listener.tally.dropped == 1)
        assert "became shorter" in events(client.listener)[-1].text


@pytest.mark.parametrize("when", [-1, 0, 10**11])
async def test_odd_times(tmp_path: Path, when: int) -> None:
    """A file from before 1970, or from after the year 9999, is served all the same."""
    (tmp_path / "a").write_text("a")
    try:
        os.utime(tmp_path / "a", (when, when))
    except (OSError, OverflowError):
        pytest.skip("files have no such times here")
    async with http_client(root=tmp_path) as client:
        assert (await client.ask("GET /a HTTP/1.1", "If-Modified-Since: x")).body == b"a"


async def test_many_files_at_once(large: tuple[Path, bytes]) -> None:
    """More clients than threads all get their file."""
    root, data = large

    async def ask() -> bytes:
        async with client_of(listener) as client:
            return (await client.ask("GET /large HTTP/1.1", "Range: bytes=0-99999")).body

    async with http_listener(root=root) as listener:
        bodies = await asyncio.gather(*(ask() for _ in range(30)))
    assert all(body == data[:100_000] for body in bodies)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The listener says so instead of listening."""
    options = ListenOptions("0", pages=Pages(root=str(tmp_path / "nothing")))
    async with ConnectionPool() as pool:
        listener = await listening(pool, options)
        assert listener.state is ListenerState.FAILED
        assert "no files can be served of" in listener.failure


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("/private/a?b", ["/private/a?b"]),
        ("/%70rivate/", ["/%70rivate/", "/private/"]),
        ("http://here/private", ["/private"]),
        ("/a%3Fb?c", ["/a%3Fb?c", "/a%3fb?c"]),
        ("/../a", ["/../a"]),
        ("*", ["*"]),
    ],
)
def test_rules_see_what_is_served(target: str, seen: list[str]) -> None:
    """An escape does not lead round a rule about a path."""
    assert [request.target for request in as_rules_see(Request(target))] == seen


async def test_who_is_rejected_by_rules_gets_no_file(root: Path) -> None:
    """What the rules say of a path holds for its file, however it is written."""

    def rejected(request: Request) -> Reject | None:
        return Reject(401, (("WWW-Authenticate", "Basic"),)) if request.path == "/a.txt" else None

    pages = Site(ListenOptions(pages=Pages(root=str(root))), rejected)
    for target in ("/a.txt", "/%61.txt", "http://here/a.txt"):
        answer = pages.at_once(Request(target))
        assert answer is not None
        assert answer.status == 401
        assert ("WWW-Authenticate", "Basic") in answer.headers
    assert pages.at_once(Request("/sub/")) is None


async def test_rules_of_a_listener_hold_for_its_files(pool: ConnectionPool, root: Path) -> None:
    """A rule that rejects a path rejects its file, in whatever way the path is written."""
    options = ListenOptions("0", rules=("reject 403 path:/sub*",), pages=Pages(root=str(root)))
    listener = await listening(pool, options)
    async with client_of(listener) as client:
        for path in ("/sub/", "/%73ub/index.html", "/s%75b", "http://here/sub/"):
            assert (await client.ask(f"GET {path} HTTP/1.1")).status == 403
        assert (await client.ask("GET /a.txt HTTP/1.1")).status == 200
