"""A connect form as it was typed: raw texts, and what they mean as `ConnectOptions`.

Owns the reading and writing of each field's text. What makes an option valid is `options`' matter,
how sizes are written that of `units`, how a form looks the screen's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, TypeVar

from wstui.core.options import (
    ConnectOptions,
    OptionError,
    complete_uri,
    parse_header,
    subprotocol_problem,
)
from wstui.core.units import OFF, parse_seconds, parse_size

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ConnectDraft:
    """What stands in each field of the connect form, valid or not; named as in `ConnectOptions`."""

    uri: str = ""
    """As typed: `complete_uri` makes the uri of it."""
    subprotocols: str = ""
    """Separated by commas, the most wanted first."""
    headers: str = ""
    """One ``Name: value`` on each line; empty lines are passed over."""
    origin: str = ""
    user_agent: str = ""
    compression: bool = True
    verify: bool = True
    fast: bool = True
    max_size: str = "64 MiB"
    """A size as `units.parse_size` reads it. ``off`` is no limit and empty the default, as in all
    below: who clears a field has not asked for less safety."""
    open_timeout: str = "10 s"
    close_timeout: str = "10 s"
    ping_interval: str = "20 s"
    ping_timeout: str = "20 s"


USUAL: Final = ConnectDraft()
"""A form in which nothing was typed yet."""

FIELDS: Final = tuple(field.name for field in fields(ConnectDraft))
"""Names of the fields, in the order of the form."""


def draft_of(options: ConnectOptions) -> ConnectDraft:
    """The form filled with `options`; valid ones come back unchanged from `read_draft`."""
    return ConnectDraft(
        uri=options.uri,
        subprotocols=", ".join(options.subprotocols),
        headers="\n".join(f"{name}: {value}" for name, value in options.headers),
        origin=options.origin or "",
        user_agent=options.user_agent or "",
        compression=options.compression,
        verify=options.verify,
        fast=options.fast,
        max_size=_size_text(options.max_size),
        open_timeout=_seconds_text(options.open_timeout),
        close_timeout=_seconds_text(options.close_timeout),
        ping_interval=_seconds_text(options.ping_interval),
        ping_timeout=_seconds_text(options.ping_timeout),
    )


def read_draft(draft: ConnectDraft) -> ConnectOptions | list[OptionError]:
    """The options that `draft` means, or all that is wrong with it in the order of the form."""
    problems: list[OptionError] = []

    def limit(option: str, parse: Callable[[str], Value]) -> Value | None:
        text: str = getattr(draft, option).strip() or getattr(USUAL, option)
        if text.lower() in OFF:
            return None
        try:
            return parse(text)
        except ValueError as error:
            problems.append(OptionError(option, str(error)))
            return None

    options = ConnectOptions(
        uri=complete_uri(draft.uri),
        headers=_read_headers(draft.headers, problems),
        subprotocols=_read_subprotocols(draft.subprotocols, problems),
        origin=draft.origin.strip(" ") or None,
        user_agent=draft.user_agent.strip(" ") or None,
        compression=draft.compression,
        max_size=limit("max_size", parse_size),
        open_timeout=limit("open_timeout", parse_seconds),
        close_timeout=limit("close_timeout", parse_seconds),
        ping_interval=limit("ping_interval", parse_seconds),
        ping_timeout=limit("ping_timeout", parse_seconds),
        verify=draft.verify,
        fast=draft.fast,
    )
    # A field that could not be read is left out of the options, so nothing is named twice.
    problems += options.problems()
    return sorted(problems, key=lambda problem: FIELDS.index(problem.option)) or options


def _read_headers(text: str, problems: list[OptionError]) -> tuple[tuple[str, str], ...]:
    headers = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            headers.append(parse_header(line))
        except OptionError as error:
            problems.append(OptionError("headers", f"Line {number}: {error}"))
    return tuple(headers)


def _read_subprotocols(text: str, problems: list[OptionError]) -> tuple[str, ...]:
    names = []
    for name in filter(None, map(str.strip, text.split(","))):
        problem = subprotocol_problem(name)
        if problem is None:
            names.append(name)
        else:
            problems.append(problem)
    return tuple(names)


def _size_text(size: int | None) -> str:
    """`size` in the largest unit that writes it exactly."""
    if size is None:
        return "off"
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
    return f"{size} B"


def _seconds_text(seconds: float | None) -> str:
    if seconds is None:
        return "off"
    # Never in exponents, which are not read.
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + " s"
