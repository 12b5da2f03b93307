"""Snippets of JavaScript, Python and PowerShell that open a WebSocket, or a request to be one.

Owns finding the uri, the headers and the subprotocols in them. Nothing is run: what is not written
as a plain text is told as not usable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from wstui.core.paste.filling import Filling
from wstui.core.paste.shell import literal, unescape

MOST_CODE: Final = 8 << 10
"""Characters of a call in Python that are read."""

_STRING: Final = r"""(?:"((?:[^"\\\n]|\\.)*+)"|'((?:[^'\\\n]|\\.)*+)'|`((?:[^`\\]|\\.)*+)`)"""
_JS_CALL: Final = re.compile(
    rf"(?:\bnew\s+WebSocket|\bfetch|\bconnect)\s*\(\s*{_STRING}", re.DOTALL
)
_JS_LIST: Final = re.compile(rf"\s*,\s*(?:\[((?:\s*{_STRING}\s*,?)*)\s*\]|{_STRING})", re.DOTALL)
_JS_PAIR: Final = re.compile(rf"\s*(?:{_STRING}|([\w-]+))\s*:\s*{_STRING}\s*,?", re.DOTALL)
_JS_HEADERS: Final = re.compile(r"[\"']?headers[\"']?\s*:\s*\{", re.IGNORECASE)
_JS_ORIGIN: Final = re.compile(rf"\borigin\s*:\s*{_STRING}")

_PYTHON: Final = re.compile(r"\bconnect\s*\(\s*[\"'rbuRBU]")
_SETTINGS: Final = {
    "origin": "origin",
    "user_agent_header": "user_agent",
    "open_timeout": "open_timeout",
    "close_timeout": "close_timeout",
    "ping_interval": "ping_interval",
    "ping_timeout": "ping_timeout",
    "max_size": "max_size",
    "server_hostname": "tls.server_name",
}
"""Arguments of the Python library's `connect` that are options, with their paths."""

_PS_STRING: Final = r'"((?:[^"`]|`.|"")*+)"'
_PS_URI: Final = re.compile(rf"-Uri\s+{_PS_STRING}", re.IGNORECASE | re.DOTALL)
_PS_PAIR: Final = re.compile(rf"{_PS_STRING}\s*=\s*{_PS_STRING}", re.DOTALL)
_PS_AGENT: Final = re.compile(rf"UserAgent\s*=\s*{_PS_STRING}", re.IGNORECASE | re.DOTALL)
_PS_COOKIE: Final = re.compile(
    rf"System\.Net\.Cookie\(\s*{_PS_STRING}\s*,\s*{_PS_STRING}", re.IGNORECASE | re.DOTALL
)


def read_powershell(text: str) -> Filling | None:
    """What ``Invoke-WebRequest`` would ask for; None when it is not in `text`."""
    if re.search(r"\bInvoke-(WebRequest|RestMethod)\b", text, re.IGNORECASE) is None:
        return None
    filling = Filling("PowerShell")
    uri = _PS_URI.search(text)
    if uri is None:
        filling.unused("Invoke-WebRequest", "no -Uri in quotes")
    else:
        filling.uris.append(_powershell(uri[1]))
    agent = _PS_AGENT.search(text)
    if agent is not None:
        filling.header(f"User-Agent: {_powershell(agent[1])}")
    cookies = [f"{_powershell(one[1])}={_powershell(one[2])}" for one in _PS_COOKIE.finditer(text)]
    if cookies:
        filling.header(f"Cookie: {'; '.join(cookies)}")
    for pair in _PS_PAIR.finditer(text):
        filling.header(f"{_powershell(pair[1])}: {_powershell(pair[2])}")
    return filling


def _powershell(text: str) -> str:
    text = re.sub(r"\$\(\[char\](\d{1,6})\)", lambda match: _char(int(match[1])), text)
    return literal(re.sub(r'`(.)|"(")', lambda match: match[1] or match[2], text, flags=re.DOTALL))


def _char(point: int) -> str:
    return chr(point) if point < 0xD800 else "\N{REPLACEMENT CHARACTER}"


def read_javascript(text: str) -> Filling | None:
    """What ``new WebSocket("…", …)`` or ``fetch("…", …)`` would open; None without such a call."""
    call = _JS_CALL.search(text)
    if call is None:
        return None
    filling = Filling("JavaScript")
    filling.uris.append(_text(call))
    offered = _JS_LIST.match(text, call.end())
    if offered is not None:
        names = re.finditer(_STRING, offered[1], re.DOTALL) if offered[1] is not None else [offered]
        for name in names:
            start = 1 if offered[1] is not None else 5
            filling.header(f"Sec-WebSocket-Protocol: {_text(name, start)}")
    headers = _JS_HEADERS.search(text, call.end())
    at = headers.end() if headers else len(text)
    while (pair := _JS_PAIR.match(text, at)) is not None:
        filling.header(f"{pair[4] or _text(pair)}: {_text(pair, 5)}")
        at = pair.end()
    origin = _JS_ORIGIN.search(text, call.end())
    if origin is not None:
        filling.header(f"Origin: {_text(origin)}")
    return filling


def _text(match: re.Match[str], group: int = 1) -> str:
    """The string literal whose three alternatives begin at `group`."""
    parts = match.groups()[group - 1 : group + 2]
    return literal(unescape(next((part for part in parts if part), "")))


def read_python(text: str) -> Filling | None:
    """What ``websockets.connect("…", …)`` would open; None when there is no such call."""
    found = _PYTHON.search(text)
    call = None if found is None else next(_calls(text[found.start() :][:MOST_CODE]), None)
    if call is None:
        return None
    filling = Filling("Python")
    for argument in call.args[:1]:
        filling.uris.append(_constant(argument) or ast.unparse(argument))
    for argument in call.args[1:]:
        filling.unused(ast.unparse(argument))
    for keyword in call.keywords:
        _keyword(filling, keyword)
    return filling


def _calls(text: str) -> Iterator[ast.Call]:
    """The call at the beginning of `text`: its end is the first bracket that makes it one."""
    for number, bracket in enumerate(re.finditer(r"\)", text)):
        if number > 30:
            return
        try:
            found = ast.parse(text[: bracket.end()], mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if isinstance(found, ast.Call):
            yield found


def _constant(node: ast.expr) -> str | None:
    """The text of a plain string, or of an environment variable; None for all else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return literal(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [
            _constant(part.value if isinstance(part, ast.FormattedValue) else part)
            for part in node.values
        ]
        return None if None in parts else "".join(part or "" for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [_constant(node.left), _constant(node.right)]
        return None if None in parts else "".join(part or "" for part in parts)
    match = re.fullmatch(r"""os\.(?:environ\[|getenv\()(['"])(\w+)\1[\])]""", ast.unparse(node))
    return f"${{env:{match[2]}}}" if match else None


def _keyword(filling: Filling, keyword: ast.keyword) -> None:
    name, value = keyword.arg or "**", keyword.value
    what = f"{name}={ast.unparse(value)}"
    text = _constant(value)
    if name in ("additional_headers", "extra_headers"):
        _headers(filling, value, what)
    elif name == "subprotocols" and isinstance(value, ast.List | ast.Tuple):
        for one in value.elts:
            filling.add("subprotocols", _constant(one) or "", what)
    elif name == "compression":
        filling.put("deflate.offer", "off" if _is_none(value) else "on", what)
    elif name == "proxy" and (text or _is_none(value)):
        filling.put("proxy.uri", text or "none", what)
    elif name == "path" and text:
        filling.put("route.unix_socket", text, what)
    elif name in _SETTINGS and (path := _SETTINGS[name]):
        number = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
        if text is not None or number:
            filling.put(path, text if text is not None else ast.unparse(value), what)
        elif _is_none(value) and path in ("max_size", *_TIMES):
            filling.put(path, "off", what)
        elif not _is_none(value):
            filling.unused(what)
    else:
        filling.unused(what)


_TIMES: Final = ("open_timeout", "close_timeout", "ping_interval", "ping_timeout")


def _headers(filling: Filling, value: ast.expr, what: str) -> None:
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(value, ast.Dict):
        pairs = list(zip(value.keys, value.values, strict=True))
    elif isinstance(value, ast.List | ast.Tuple):
        pairs = [
            (pair.elts[0], pair.elts[1])
            for pair in value.elts
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2
        ]
    if not pairs:
        filling.unused(what)
    for key, content in pairs:
        name, text = key and _constant(key), _constant(content)
        if name is None or text is None:
            filling.unused(f"the header {ast.unparse(content)}", "it is no plain text")
        else:
            filling.header(f"{name}: {text}")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
