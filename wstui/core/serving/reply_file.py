"""Reading the TOML file of replies, and telling in which line it is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from math import isfinite
from typing import Any, Final

from wstui.core import close_codes
from wstui.core.entry import Kind
from wstui.core.filter.expression import Expression, ExpressionError
from wstui.core.hex_input import HexError, parse_hex
from wstui.core.sending.plan import LONGEST
from wstui.core.serving.filling import PLACE, read_path
from wstui.core.serving.replies import Answer, Condition, Replies, Reply
from wstui.core.units import parse_seconds

MAX_FILE: Final = 256 << 10
"""Bytes of the largest file of replies, which is read in about a second."""

MAX_REPLIES: Final = 1000

ReadFile = Callable[[str], bytes]
"""Gives what a file beside the TOML file holds; raises ValueError with a sentence."""

_CONDITIONS: Final = ("text", "regex", "json", "hex", "kind", "any")
_KEYS: Final = ("on", *_CONDITIONS, "ignore-case", "send", "after", "close", "reason", "drop")
_FORMS: Final = ("text", "json", "hex", "file")
_KINDS: Final = {"text": Kind.TEXT, "binary": Kind.BINARY}

_HEADER: Final = re.compile(r"\s*\[\[\s*(?:reply|\"reply\"|'reply')\s*\]\]")


class ReplyError(ValueError):
    """The file is wrong; `str()` begins with the line where that is known."""


class _KeyProblem(ValueError):
    """What is wrong with a key of a reply."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def parse_replies(data: bytes, read_file: ReadFile) -> Replies:
    """The replies that the file's `data` means.

    Raises:
        ReplyError: they mean nothing.
    """
    try:
        text = data.decode("utf-8-sig")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReplyError(f"line {line}: it is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ReplyError(_toml_words(str(error))) from error
    except RecursionError as error:
        raise ReplyError("its values are nested too deep.") from error
    unknown = [key for key in tables if key != "reply"]
    found = tables.get("reply", [])
    if unknown or not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ReplyError("each reply stands below [[reply]], and nothing else is in the file.")
    if len(found) > MAX_REPLIES:
        raise ReplyError(f"there are more than {MAX_REPLIES:,} replies.")
    lines = text.split("\n")
    begins = [number for number, line in enumerate(lines, 1) if _HEADER.match(line)]
    if len(begins) != len(found):  # written as one array, or a text looks like a header
        begins = []
    replies = []
    for index, table in enumerate(found):
        begin = begins[index] if begins else 0
        try:
            replies.append(_read_reply(index + 1, begin, table, read_file))
        except _KeyProblem as problem:
            end = begins[index + 1] - 1 if index + 1 < len(begins) else len(lines)
            where = f"reply {index + 1}"
            if begin:
                where = f"line {_line_of(problem.key, lines, begin, end)}"
            raise ReplyError(f"{where}: {problem.key}: {problem}") from problem
    return Replies(tuple(replies))


def _toml_words(message: str) -> str:
    """An error of TOML with its line in front."""
    match = re.search(r" \(at line (\d+), column (\d+)\)\Z", message)
    if match is None:
        return f"it is not TOML: {message}."
    return f"line {match[1]}, column {match[2]}: it is not TOML: {message[: match.start()]}."


def _line_of(key: str, lines: list[str], begin: int, end: int) -> int:
    """The line of a key between two others; that of the reply's beginning when it has none."""
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    return next((n for n in range(begin + 1, end + 1) if pattern.match(lines[n - 1])), begin)


def _read_reply(number: int, line: int, table: dict[str, Any], read_file: ReadFile) -> Reply:
    for key in table:
        if key not in _KEYS:
            raise _KeyProblem(key, f"there is no such key, but {', '.join(_KEYS)}.")
    condition = _read_condition(table)
    groups = 0 if condition is None or condition.regex is None else condition.regex.groups
    answers = _read_answers(table.get("send", []), read_file)
    for answer in answers:
        _check_places(answer, groups)
    close, reason = _read_close(table)
    drops = _switch(table, "drop")
    if drops and close is not None:
        raise _KeyProblem("drop", "it is either closed or dropped.")
    if not answers and close is None and not drops:
        raise _KeyProblem("send", "say what is sent, or close or drop.")
    after = _seconds(table, "after")
    return Reply(number, line, condition, answers, after, close, reason, drops)


def _read_condition(table: dict[str, Any]) -> Condition | None:
    given = [key for key in _CONDITIONS if key in table]
    match table.get("on", "message"):
        case "connect":
            if given:
                raise _KeyProblem(given[0], "there is no message yet on connect.")
            return None
        case "message":
            if not given:
                raise _KeyProblem("on", f"say for which messages: {', '.join(_CONDITIONS)}.")
        case _:
            raise _KeyProblem("on", "it is message or connect.")
    if "any" in table and (not _switch(table, "any") or set(given) - {"any", "kind"}):
        raise _KeyProblem("any", "any = true stands alone, or with kind.")
    regex = _read_regex(table)
    text, prefix = table.get("text"), None
    if text is not None and not isinstance(text, str):
        raise _KeyProblem("text", "it is a text in quotes.")
    if "hex" in table:
        prefix = _hex(table["hex"], "hex")
    kind = Kind.TEXT if text is not None or regex is not None or "json" in table else None
    if prefix is not None:
        if kind is not None:
            raise _KeyProblem("hex", "it is about binary messages, the others about text.")
        kind = Kind.BINARY
    if "kind" in table:
        if table["kind"] not in _KINDS:
            raise _KeyProblem("kind", "it is text or binary.")
        wanted = _KINDS[table["kind"]]
        if kind not in (None, wanted):
            raise _KeyProblem("kind", "the other conditions are about the other kind.")
        kind = wanted
    whole = None if text is None else text.encode()
    return Condition(kind, whole, prefix, regex, _read_json(table.get("json", {})))


def _read_regex(table: dict[str, Any]) -> Expression | None:
    if "regex" not in table:
        if "ignore-case" in table:
            raise _KeyProblem("ignore-case", "it goes with regex.")
        return None
    source = table["regex"]
    if not isinstance(source, str) or not source:
        raise _KeyProblem("regex", "it is an expression in quotes, best in single ones.")
    try:
        return Expression(source, _switch(table, "ignore-case"), False)
    except ExpressionError as error:
        message = f"at character {error.position + 1}: {error}."
        raise _KeyProblem("regex", message) from error


def _read_json(wanted: object) -> tuple[tuple[tuple[str, ...], Any], ...]:
    if not isinstance(wanted, Mapping):
        raise _KeyProblem("json", 'it is a table such as { type = "hello" }.')
    _check_json(wanted, "json")
    return tuple((read_path(path), value) for path, value in wanted.items())


def _check_json(value: object, key: str) -> None:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _check_json(one, key)
    elif isinstance(value, (date, time)):
        raise _KeyProblem(key, "JSON has no dates and times: write them in quotes.")
    elif isinstance(value, float) and not isfinite(value):
        raise _KeyProblem(key, f"JSON has no {value}.")


def _read_answers(send: object, read_file: ReadFile) -> tuple[Answer, ...]:
    items = send if isinstance(send, list) else [send]
    return tuple(_read_answer(item, read_file) for item in items)


def _read_answer(item: object, read_file: ReadFile) -> Answer:
    if isinstance(item, str):
        return Answer(Kind.TEXT, item)
    forms = [key for key in item if key in _FORMS] if isinstance(item, Mapping) else []
    if not isinstance(item, Mapping) or len(forms) != 1:
        words = 'each answer is a text, or a table such as { hex = "00 ff" } with one of'
        raise _KeyProblem("send", f"{words} {', '.join(_FORMS)}.")
    form = forms[0]
    allowed = {form, "after"} | ({"as"} if form == "file" else set())
    for key in item:
        if key not in allowed:
            raise _KeyProblem("send", f"{key} does not go with {form}.")
    after, value = _seconds(item, "after", "send"), item[form]
    if form == "json":
        _check_json(value, "send")
        return Answer(Kind.TEXT, value, True, after)
    if not isinstance(value, str):
        raise _KeyProblem("send", f"{form} is a text in quotes.")
    if form == "text":
        return Answer(Kind.TEXT, value, after=after)
    if form == "hex":
        return Answer(Kind.BINARY, _hex(value, "send"), after=after)
    return _read_file_answer(value, item.get("as", "binary"), after, read_file)


def _read_file_answer(name: str, kind: object, after: float, read_file: ReadFile) -> Answer:
    if kind not in _KINDS:
        raise _KeyProblem("send", "as is text or binary.")
    try:
        data = read_file(name)
        if kind == "text":
            data.decode()
    except UnicodeDecodeError as error:
        raise _KeyProblem("send", f"{name} is no text: it is not UTF-8.") from error
    except ValueError as error:
        raise _KeyProblem("send", str(error)) from error
    return Answer(_KINDS[str(kind)], data, after=after)


def _check_places(answer: Answer, groups: int) -> None:
    """Numbers of groups that there are none of are a slip; other names may be meant as they are."""
    if not answer.has_places:
        return
    for match in PLACE.finditer(str(answer.content)):
        if match[1].isdecimal() and int(match[1]) > groups:
            raise _KeyProblem("send", f"{match[0]} is no group of the regular expression.")


def _read_close(table: dict[str, Any]) -> tuple[int | None, str]:
    code, reason = table.get("close"), table.get("reason", "")
    if not isinstance(reason, str):
        raise _KeyProblem("reason", "it is a text in quotes.")
    if code is None:
        if reason:
            raise _KeyProblem("reason", "it goes with close.")
        return None, ""
    if type(code) is not int:
        raise _KeyProblem("close", "it is a code such as 1000.")
    problem = close_codes.refuse(code, reason)
    if problem is not None:
        raise _KeyProblem("close", problem)
    return code, reason


def _switch(table: dict[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise _KeyProblem(key, "it is true or false.")
    return value


def _seconds(table: Mapping[str, Any], key: str, told: str = "") -> float:
    """A time in seconds or with a unit; `told` is the key that is named when it is wrong."""
    value = table.get(key, 0)
    try:
        seconds = parse_seconds(value) if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds <= LONGEST:
        raise _KeyProblem(told or key, f'{key} is a time such as "200 ms", at most a day.')
    return seconds


def _hex(value: object, key: str) -> bytes:
    if not isinstance(value, str):
        raise _KeyProblem(key, 'hex is a text such as "00 ff".')
    try:
        return parse_hex(value)
    except HexError as error:
        raise _KeyProblem(key, f"at character {error.position + 1}: {error}") from error
