"""Pasted texts, and what they mean as options."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wstui.core.options.draft import read_draft
from wstui.core.options.secrets import find_references
from wstui.core.options.table import BY_PATH
from wstui.core.paste import LONGEST, Pasted, read_pasted, read_words
from wstui.core.paste.clients import TOOLS
from wstui.core.paste.curl import CURL
from wstui.core.paste.shell import split_cmd, split_posix

CHROME = r"""curl 'wss://feed.example/ticks?a=1&b=2' \
  -H 'Upgrade: websocket' \
  -H 'Origin: https://feed.example' \
  -H 'Cache-Control: no-cache' \
  -H 'Accept-Language: de-DE,de;q=0.9' \
  -H 'Pragma: no-cache' \
  -H 'Connection: Upgrade' \
  -H 'Sec-WebSocket-Key: XkbmTRVPYGCUi3PFCPV4jQ==' \
  -H $'Cookie: a=it\'s\u0021; b=\\' \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' \
  -H 'Sec-WebSocket-Version: 13' \
  -H 'Sec-WebSocket-Protocol: chat.v2, chat.v1' \
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'"""

FROM_CHROME = {
    "uri": ("wss://feed.example/ticks?a=1&b=2",),
    "origin": ("https://feed.example",),
    "user_agent": ("Mozilla/5.0 (X11; Linux x86_64)",),
    "subprotocols": ("chat.v2", "chat.v1"),
    "deflate.offer": ("on",),
    "deflate.client_max_window_bits": ("any",),
}

FIREFOX = (
    "curl 'https://feed.example/ticks' --compressed -H 'User-Agent: Mozilla/5.0' -H 'Accept: */*'"
    " -H 'Sec-WebSocket-Version: 13' -H 'Origin: https://feed.example'"
    " -H 'Sec-WebSocket-Key: 5HZc8WmC7zeOhHzSWwX0+g==' -H 'Connection: keep-alive, Upgrade'"
    " -H 'Upgrade: websocket'"
)

SAFARI = (
    "curl 'https://feed.example/ticks' \\\n-X 'GET' \\\n-H 'Pragma: no-cache' \\\n"
    "-H 'Host: feed.example' \\\n-H 'Connection: Upgrade'"
)

CMD = (
    'curl ^"wss://feed.example/?a=1^&b=^%^20c^" ^\r\n'
    '  -H ^"Cookie: a=^\\^"b^\\^"; c=\\\\d; e=100^%^" ^\r\n'
    '  -H ^"User-Agent: ^\\^"Chromium^\\^";v=^\\^"122^\\^"^"'
)

OLD_CMD = (
    'curl "wss://feed.example/?a=1^&b=2" ^\n  -H "Cookie: a=\\"b\\"" ^\n  -H "Origin: ""x""" ^\n'
    "  --compressed"
)

POWERSHELL = """$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "Mozilla/5.0"
$session.Cookies.Add((New-Object System.Net.Cookie("a", "b`$c", "/", "feed.example")))
Invoke-WebRequest -UseBasicParsing -Uri "wss://feed.example/ticks" `
-WebSession $session `
-Headers @{
"Origin"="https://feed.example"
  "X-Quote"="`"q`""
  "Sec-WebSocket-Key"="5HZc8WmC7zeOhHzSWwX0+g=="
}"""


def read(text: str) -> Pasted:
    """What a text that is known means."""
    pasted = read_pasted(text)
    assert pasted is not None
    return pasted


def texts(text: str) -> dict[str, tuple[str, ...]]:
    """The texts by option path, all of it having been of use."""
    pasted = read(text)
    assert pasted.remarks == ()
    return dict(pasted.texts)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_chrome_for_posix_shells(newline: str) -> None:
    """A copied handshake fills every option, and the handshake's own headers are left to us."""
    assert texts(CHROME.replace("\n", newline)) == {
        **FROM_CHROME,
        "headers": (
            "Cache-Control: no-cache",
            "Accept-Language: de-DE,de;q=0.9",
            "Pragma: no-cache",
        ),
        "http.cookies": ("a=it's!", "b=\\"),
    }


def test_firefox_and_safari() -> None:
    """https becomes wss, what is ours is dropped silently, and no offer means no compression."""
    assert texts(FIREFOX) == {
        "uri": ("wss://feed.example/ticks",),
        "user_agent": ("Mozilla/5.0",),
        "headers": ("Accept: */*",),
        "origin": ("https://feed.example",),
        "deflate.offer": ("off",),
    }
    assert texts(SAFARI) == {
        "uri": ("wss://feed.example/ticks",),
        "headers": ("Pragma: no-cache",),
    }


def test_cmd_quoting_of_browsers() -> None:
    """Carets, escaped quotes and doubled ones, as browsers write them for cmd.exe."""
    assert texts(CMD) == {
        "uri": ("wss://feed.example/?a=1&b=%20c",),
        "http.cookies": ('a="b"', "c=\\d", "e=100%"),
        "user_agent": ('"Chromium";v="122"',),
    }
    assert texts(OLD_CMD) == {
        "uri": ("wss://feed.example/?a=1&b=2",),
        "http.cookies": ('a="b"',),
        "origin": ('"x"',),
    }
    assert split_cmd('a ^"x^\n\ny^" "" b') == (["a", "x\ny", "", "b"], [], "", False)


def test_powershell() -> None:
    """Invoke-WebRequest gives uri, headers, user agent and cookies."""
    assert texts(POWERSHELL) == {
        "uri": ("wss://feed.example/ticks",),
        "user_agent": ("Mozilla/5.0",),
        "http.cookies": ("a=b$c",),
        "headers": ('X-Quote: "q"',),
        "origin": ("https://feed.example",),
        "deflate.offer": ("off",),
    }


def test_scripts() -> None:
    """Calls in JavaScript and Python are read without running anything."""
    assert texts("""const ws = new WebSocket('wss://x.example/\\x61', ["a", 'b']);""") == {
        "uri": ("wss://x.example/a",),
        "subprotocols": ("a", "b"),
    }
    assert texts(
        """new WebSocket("ws://x", "c", {headers: {"X-A": "b"}, origin: "http://o"})"""
    ) == {
        "uri": ("ws://x",),
        "subprotocols": ("c",),
        "headers": ("X-A: b",),
        "origin": ("http://o",),
    }
    assert texts('fetch("wss://x", {\n"headers": {"pragma": "no-cache"}, "method": "GET"});') == {
        "uri": ("wss://x",),
        "headers": ("pragma: no-cache",),
    }
    python = read(
        "async with websockets.connect('ws://x', additional_headers={'X-A': os.environ['A'],"
        " 'X-B': f'b {os.environ[\"B\"]}'}, compression=None, max_size=None, ssl=own()) as ws:"
    )
    assert python.texts == {
        "uri": ("ws://x",),
        "headers": ("X-A: ${env:A}", "X-B: b ${env:B}"),
        "deflate.offer": ("off",),
        "max_size": ("off",),
    }
    assert python.remarks == ("ssl=own()",)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("wss://x.example/a", "wss://x.example/a"),
        (" \n'https://x.example/a?b=c#frag'\n", "wss://x.example/a?b=c"),
        ("<ws://[::1]:9/>", "ws://[::1]:9/"),
        ("http://x/a(b).", "ws://x/a(b)"),
        ("[docs](wss://x/y)", "wss://x/y"),
        ('"localhost:9002/a"', "ws://localhost:9002/a"),
    ],
)
def test_uri_with_what_stands_around_it(text: str, uri: str) -> None:
    """Quotes, brackets, blanks and the ends of sentences do not belong to a uri."""
    pasted = read(text)
    assert pasted.source == ""
    assert pasted.texts == {"uri": (uri,)}


def test_uri_in_a_sentence_leaves_the_sentence() -> None:
    """What was left out is told."""
    assert read("Connect to wss://x/y, please!").texts == {"uri": ("wss://x/y",)}
    assert read("Connect to wss://x/y, please!").remarks
    for text in ("", "hello", "localhost:9002", "two words", "curl", "x" * (LONGEST + 1)):
        assert read_pasted(text) is None


def test_curl_flags_become_options_or_remarks() -> None:
    """What a handshake cannot use is told with the reason; secrets are not repeated."""
    pasted = read(
        "$ curl -sSLvk x.example -XPOST -d '{}' --max-time 5 --digest --json={} -HX-A:b"
        " --frobnicate -H @file --resolve x.example:80:127.0.0.1 --pinnedpubkey k -U me:secret"
    )
    assert pasted.texts["uri"] == ("ws://x.example",)
    assert pasted.texts["headers"] == ("X-A: b",)
    for words in ("-XPOST", "-X POST: a handshake is a GET", "-d {}", "--max-time 5", "--digest"):
        assert (words == "-XPOST") is not any(words in remark for remark in pasted.remarks)
    assert "--frobnicate" in pasted.remarks
    assert "secret" not in "".join(pasted.remarks)


def test_where_output_goes_is_nobodys_business() -> None:
    """Flags about curl's own output take their value with them and are not worth a word."""
    assert texts("curl -o out -w '%{http_code}' -sSvi --trace-ascii - -D- ws://x") == {
        "uri": ("ws://x",)
    }


def test_variables_become_references() -> None:
    """A variable of the shell is one of ours; in single quotes it is just text."""
    headers = texts("""curl ws://x -H "A: $TOKEN" -H "B: ${B}c" -H 'C: $D' -H "E: \\$F" """)
    assert headers["headers"] == ("A: ${env:TOKEN}", "B: ${env:B}c", "C: $D", "E: $F")


@pytest.mark.parametrize(
    "text",
    [
        "curl ws://x -H 'A: ${cmd:touch /tmp/x}'",
        'curl ws://x -H "A: \\${cmd:touch /tmp/x}"',
        "curl ws://x -H 'A: $''{cmd:touch /tmp/x}'",
        "curl ws://x -H 'A: '\\${cmd:touch' /tmp/x}'",
        "curl ws://x -H $'A: \\x24{cmd:touch /tmp/x}'",
        'curl ws://x -H ^"A: ${cmd:touch /tmp/x}^"',
        "new WebSocket('ws://x', [], {headers: {A: '${cmd:touch /tmp/x}'}})",
        "connect('ws://x', additional_headers={'A': '${cmd:touch /tmp/x}'})",
        'Invoke-WebRequest -Uri "ws://x" -Headers @{ "A"="${cmd:touch /tmp/x}" }',
    ],
)
def test_pasted_text_runs_nothing(text: str) -> None:
    """What looks like a reference of ours in a foreign text is just text."""
    assert read(text).draft["headers"] in ("A: $${cmd:touch /tmp/x}", "A: $$${cmd:touch /tmp/x}")
    assert not find_references(read(text).options())
    words = read_words(["curl", "ws://x", "-H", "A: ${cmd:touch /tmp/x}"])
    assert words is not None
    assert not find_references(words.options())


def test_pasted_uri_looks_nothing_up() -> None:
    """A uri from elsewhere neither runs commands nor tells the environment to its server."""
    for uri in ("wss://x/${cmd:touch /tmp/x}", "wss://x/?a=${env:AWS_SECRET}"):
        pasted = read(uri)
        assert pasted.texts == {"uri": (uri.replace("${", "$${"),)}
        assert pasted.remarks
    assert read_pasted("${env:TOKEN}") is None


def test_references_in_our_own_command_lines_are_meant() -> None:
    """What wstui copied comes back."""
    assert texts("wstui ws://x -H 'A: ${env:B}'")["headers"] == ("A: ${env:B}",)


def test_only_the_first_command_is_read() -> None:
    """What comes behind it is told; where output goes is nobody's business."""
    pasted = read("curl ws://x?a=1&b=2 2>/dev/null > out; curl ws://y")
    assert pasted.texts == {"uri": ("ws://x?a=1&b=2",)}
    assert pasted.remarks == ("curl ws://y: only the first command is read",)


def test_websocat_and_wscat() -> None:
    """Their flags are options, too."""
    pasted = read(
        "websocat -tn -H='X-A: b' --header=X-C:d --protocol a --origin http://o - wss://x"
    )
    assert pasted.remarks == ()
    assert pasted.texts == {
        "headers": ("X-A: b", "X-C: d"),
        "subprotocols": ("a",),
        "origin": ("http://o",),
        "uri": ("wss://x",),
    }
    assert texts("npx wscat --slash -c localhost:9/a -s a -s b -o http://o --no-color") == {
        "uri": ("ws://localhost:9/a",),
        "subprotocols": ("a", "b"),
        "origin": ("http://o",),
    }
    assert "-s: wstui is the client here" in read("websocat -s 1234").remarks


def test_host_of_the_uri_is_silent() -> None:
    """The Host header says nothing new unless it names another host."""
    for host in ("x.example", "X.EXAMPLE:443"):
        assert texts(f"curl https://x.example:443/ -H 'Host: {host}'") == {
            "uri": ("wss://x.example:443/",)
        }
    pasted = read("curl https://x.example -H 'Host: other.example'")
    assert "other.example" in str((pasted.texts, pasted.remarks))


@pytest.mark.parametrize("line", ["wstui {}", ": connect {}", "connect {}", "$ wstui {}"])
def test_our_own_command_line(line: str) -> None:
    """What wstui itself would be given."""
    flags = "feed.example --subprotocol a,b -H 'X: y' -H 'Z: ' --max-size 5KiB --no-compression"
    assert texts(line.format(flags)) == {
        "uri": ("wss://feed.example",),
        "subprotocols": ("a", "b"),
        "headers": ("X: y", "Z: "),
        "max_size": ("5KiB",),
        "deflate.offer": ("off",),
    }


def test_words_of_a_shell() -> None:
    """A command line that a shell has taken apart already needs no quotes."""
    pasted = read_words(["/usr/bin/curl", "ws://x", "-H", "A: $b 'c'"])
    assert pasted is not None
    assert pasted.texts == {"uri": ("ws://x",), "headers": ("A: $b 'c'",)}
    assert read_words(["ws://x"]) is None
    assert read_words([]) is None


@given(st.lists(st.text()))
def test_quoted_words_come_back(words: list[str]) -> None:
    """What shlex quotes is split into the same words."""
    assert split_posix(shlex.join(words), ours=True).words == words


FLAGS = sorted({*CURL.valued, *CURL.switches, *CURL.foreign})
PARTS = """-H -sk -x curl websocat wscat -c wstui ' " $' \\ ^ ^" ` $( ${ Cookie:a wss://x https://[
| ; [ new|WebSocket( websockets.connect( Invoke-WebRequest|-Uri headers:{ \r\n echo $A"""
PIECES = st.sampled_from(
    [*(f"--{flag}" for flag in FLAGS), *(part.replace("|", " ") for part in PARTS.split()), "\n"]
) | st.text(max_size=8)


@given(st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join))
@example("websockets.connect('" + "(" * 300)
@example("connect(b'x', **{})")
@example("wstui --max-size")
@example("curl -H '\ud800: \udfff' -E :")
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever is pasted is a form, with problems or without, or just typing."""
    pasted = read_pasted(text)
    if pasted is not None:
        assert all(path == "uri" or path in BY_PATH for path in pasted.texts)
        assert all(pasted.remarks)
        read_draft(pasted.draft)


@pytest.mark.parametrize("tool", [CURL, *TOOLS.values()], ids=lambda tool: tool.name)
def test_every_flag_is_read(tool: object) -> None:
    """No flag takes another's value, and none falls over an odd one."""
    assert isinstance(tool, type(CURL))
    for flag in (*tool.valued, *tool.foreign):
        for value in ("", "x", "a:b:c:d", "[::1]:9", "=", ":"):
            filling = tool.read([f"--{flag}", value, "ws://last"])
            assert filling.uris[-1] == "ws://last"
    for letter, name in tool.short.items():
        assert name
        tool.read([f"-{letter}", "x", f"-{letter}y"])


def test_long_texts_do_not_hold_up_the_screen() -> None:
    """Texts at the limit are read without trying everything with everything."""
    for piece in (
        "curl ",
        "'",
        "a=b ",
        '^" ',
        "connect('x', ",
        "https://(",
        ")",
        "\\\n",
        "$A",
        "-H ",
    ):
        text = f"curl {piece * (LONGEST // len(piece))}"[:LONGEST]
        pasted = read_pasted(text)
        assert pasted is None or len(pasted.texts) < 9
