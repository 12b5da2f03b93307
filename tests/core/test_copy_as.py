"""Options written for other tools, and read again."""

from __future__ import annotations

import ast
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstui.core.copy_as import Tool, copy_as
from wstui.core.copy_as.shell import word
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.option_table import get_value, with_values
from wstui.core.options.route import Address
from wstui.core.options.table import BY_PATH, USUAL
from wstui.core.paste import read_pasted
from wstui.core.paste.shell import split_posix

TOKEN = st.from_regex(r"[A-Za-z0-9.\-_]{1,12}", fullmatch=True)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20).map(
    lambda text: text.strip().replace("${", "$${") or "x"
)
SECRET = st.sampled_from(
    ["Bearer ${env:TOKEN}", "${env:A}${env:B}", "a ${env:A_1}b 'c'", "$$${env:A}"]
)
PATH = st.from_regex(r"[a-z][a-z /.:\\-]{0,12}[a-z]", fullmatch=True)
SECONDS = st.none() | st.integers(1, 1000).map(float) | st.sampled_from([0.5, 2.25])

VALUES: dict[str, st.SearchStrategy[object]] = {
    "headers": st.lists(
        st.tuples(TOKEN.map(lambda name: f"X-{name}"), VALUE | SECRET), max_size=4
    ).map(tuple),
    "subprotocols": st.lists(TOKEN, unique=True, max_size=3).map(tuple),
    "origin": st.none() | VALUE,
    "user_agent": st.none() | VALUE,
    "open_timeout": SECONDS,
    "close_timeout": SECONDS,
    "ping_interval": SECONDS,
    "ping_timeout": SECONDS,
    "max_size": st.none() | st.integers(0, 1 << 40),
    "tls.trust": st.sampled_from(["SYSTEM", "NONE"]) | PATH,
    "tls.certificate": PATH,
    "tls.key": PATH,
    "tls.passphrase": VALUE,
    "tls.lowest": st.sampled_from(["1.0", "1.1", "1.2", "1.3"]),
    "tls.server_name": st.none() | st.just("other.example"),
    "route.connect_to": st.sampled_from(
        [None, Address("::1", 9), Address("a.example", None), Address("", 9)]
    ),
    "route.ip": st.sampled_from(["any", "4", "6"]),
    "proxy.uri": st.sampled_from(["system", "none", "http://p:1", "socks5h://p:1"]),
    "proxy.user": st.none() | TOKEN,
    "proxy.exceptions": st.sampled_from([(), ("localhost", ".example.com")]),
    "http.basic": st.sampled_from([None, "me:it's", "${env:ME}:${env:PASSWORD}"]),
    "http.bearer": st.none() | TOKEN,
    "http.cookies": st.lists(TOKEN.map(lambda name: f"{name}=x y"), max_size=2).map(tuple),
    "http.cookie_file": st.none() | st.just("cookies.txt"),
    "http.redirects": st.integers(0, 50),
    "deflate.offer": st.booleans(),
    "deflate.server_no_context_takeover": st.booleans(),
    "deflate.client_max_window_bits": st.none() | st.integers(8, 15) | st.just(0),
    "on_connect": st.lists(VALUE, max_size=2).map(tuple),
    "reconnect.on": st.booleans(),
}
"""Values of options, by their paths."""

URIS = st.sampled_from(["ws://localhost:9002/", "wss://feed.example/a?b=c&d='e'!", "wss://[::1]/"])

OPTIONS = st.builds(
    lambda uri, values: with_values(ConnectOptions(uri), values),
    URIS,
    st.fixed_dictionaries({}, optional=VALUES).filter(
        lambda values: "tls.certificate" in values or not {"tls.key", "tls.passphrase"} & {*values}
    ),
).filter(lambda options: not options.problems())

SHELLS = [tool for tool in Tool if tool is not Tool.PYTHON]


@pytest.mark.parametrize("tool", SHELLS)
@given(options=OPTIONS)
@example(options=ConnectOptions("ws://x", origin='^"'))
@example(options=with_values(ConnectOptions("ws://x"), {"route.unix_socket": "@a b"}))
def test_what_a_tool_is_told_is_read_from_it(tool: Tool, options: ConnectOptions) -> None:
    """What is copied means the same again, but for what was told as missing; it is one command of
    a POSIX shell."""
    copied = copy_as(tool, options, reveal=True)
    words = shlex.split(copied.text.replace(" \\\n", " "))
    assert words[0] == tool.value
    assert "\n" not in words
    pasted = read_pasted(copied.text)
    assert pasted is not None
    assert pasted.source == tool.value
    assert not pasted.remarks
    again = pasted.options()
    assert again.uri == options.uri
    for path, info in BY_PATH.items():
        value = get_value(options, path)
        told = any(remark.startswith(info.label) for remark in copied.remarks)
        if not told and value != get_value(USUAL, path):
            assert get_value(again, path) == value or _without_effect(path, options)
    if tool is Tool.WSTUI:
        assert again == options


def _without_effect(path: str, options: ConnectOptions) -> bool:
    """Whether an option says nothing beside the others, or what the tool does anyhow."""
    if path.startswith("deflate."):
        return path != "deflate.offer" and not options.deflate.offer
    return path.startswith("proxy.") and options.proxy.uri == "none"


@given(OPTIONS)
def test_program_is_python(options: ConnectOptions) -> None:
    """The program can be compiled, and its call is read again."""
    copied = copy_as(Tool.PYTHON, options, reveal=True)
    ast.parse(copied.text)
    pasted = read_pasted(copied.text)
    assert pasted is not None
    assert pasted.source == "Python"
    again = pasted.options()
    assert again.headers == options.headers or options.http.basic is not None
    assert again.subprotocols == options.subprotocols
    assert again.origin == options.origin


@given(st.text() | VALUE)
def test_a_word_is_quoted(text: str) -> None:
    """Whatever a text holds, a shell reads it as that."""
    escaped = text.replace("${", "$${")
    assert shlex.split(word(escaped)) == [text]
    assert split_posix(word(escaped)).words == [escaped]


def test_references_become_variables() -> None:
    """A shell and a program look up what wstui would."""
    options = ConnectOptions(
        "wss://feed.example/?t=${env:T}", headers=(("Authorization", "Bearer ${env:TOKEN}"),)
    )
    curl = copy_as(Tool.CURL, options)
    assert '-H "Authorization: Bearer $TOKEN"' in curl.text
    assert '"https://feed.example/?t=$T"' in curl.text
    assert not curl.masked
    assert '"Bearer " + os.environ["TOKEN"]' in copy_as(Tool.PYTHON, options).text
    assert "'Authorization: Bearer ${env:TOKEN}'" in copy_as(Tool.WSTUI, options).text
    assert word("${cmd:pass show it}") == '"$(pass show it)"'
    assert word("!${env:A}b${env:C}") == '\'!\'"$A"b"$C"'


@pytest.mark.parametrize("tool", Tool)
def test_secrets_are_masked_unless_asked_for(tool: Tool) -> None:
    """Passwords, credentials and cookies are not copied by accident."""
    options = with_values(
        ConnectOptions("wss://me:secret1@feed.example/", headers=(("Cookie", "a=secret2"),)),
        {"tls.certificate": "c.pem", "tls.passphrase": "secret3"},
    )
    masked = copy_as(tool, options)
    assert masked.masked
    assert "secret" not in masked.text + "".join(masked.remarks)
    revealed = copy_as(tool, options, reveal=True)
    assert not revealed.masked
    assert "secret1" in revealed.text
    assert "secret2" in revealed.text
    assert not copy_as(tool, ConnectOptions("ws://x")).masked


def test_whose_secrets_are_masked_stays() -> None:
    """The user's name and the names of cookies are no secrets."""
    options = with_values(
        ConnectOptions("ws://x"), {"http.basic": "me:it", "http.cookies": ("a=b", "c=d")}
    )
    text = copy_as(Tool.CURL, options).text
    assert "--user me:•••" in text.replace("'", "")
    assert "--cookie a=•••; c=•••" in text.replace("'", "")


def test_what_a_tool_cannot_be_told_is_a_remark() -> None:
    """Nothing is left out silently."""
    options = with_values(ConnectOptions("ws://x"), {"close_timeout": 3.0, "on_connect": ("hi",)})
    assert copy_as(Tool.CURL, options).remarks == ("On connect hi", "Close time-out 3 s")
    assert copy_as(Tool.PYTHON, options).remarks == ()
    assert copy_as(Tool.WSTUI, options).remarks == ()


def test_program_is_as_one_would_write_it() -> None:
    """An example, whole."""
    options = ConnectOptions("ws://localhost:9002/", subprotocols=("a",), max_size=None)
    assert (
        copy_as(Tool.PYTHON, options).text
        == """\
import asyncio

from websockets.asyncio.client import connect


async def main() -> None:
    async with connect(
        "ws://localhost:9002/",
        subprotocols=["a"],
        max_size=None,
    ) as websocket:
        async for message in websocket:
            print(message)


asyncio.run(main())
"""
    )
