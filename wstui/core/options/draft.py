"""A connect form as it was typed: raw texts, and what they mean as `ConnectOptions`.

Owns the reading and writing of the whole form. How one option is written is the matter of the
option table, what makes it valid that of `options`, how a form looks the screen's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from wstui.core.options.connect import ConnectOptions, complete_uri
from wstui.core.options.deflate import deflate_cautions
from wstui.core.options.http import http_cautions
from wstui.core.options.info import OptionError, OptionInfo, Shape
from wstui.core.options.table import (
    OPTIONS,
    PATHS,
    USUAL,
    get_value,
    with_values,
)
from wstui.core.options.tls import tls_cautions

Draft = Mapping[str, str | bool]
"""What stands in each field of the connect form, valid or not, by the option's path; a missing
one is as usual. A switch is a bool, all else text. The uri is as typed: `complete_uri` makes the
uri of it."""


def draft_of(options: ConnectOptions) -> Draft:
    """The form filled with `options`; valid ones come back unchanged from `read_draft`."""
    values: dict[str, str | bool] = {"uri": options.uri}
    for info in OPTIONS:
        value = get_value(options, info.path)
        values[info.path] = value if info.codec.shape is Shape.SWITCH else info.codec.write(value)
    return MappingProxyType(values)


USUAL_DRAFT: Final = draft_of(USUAL)
"""A form in which nothing was typed yet."""


class Reading(NamedTuple):
    """What a form means."""

    options: ConnectOptions
    """As usual where a field could not be read; not to be used while there are problems."""
    problems: list[OptionError]
    """All that is wrong, in the order of the form; empty when the options are valid."""


def read_draft(draft: Draft) -> Reading:
    """The options that `draft` means, and all that is wrong with it."""
    problems: list[OptionError] = []
    values: dict[str, object] = {"uri": complete_uri(str(draft.get("uri", "")))}
    for info in OPTIONS:
        _read_field(info, draft, values, problems)
    options = with_values(USUAL, values)
    # A field that could not be read is as usual in the options, so nothing is named twice.
    problems += options.problems()
    return Reading(options, sorted(problems, key=lambda problem: PATHS.index(problem.option)))


def cautions(options: ConnectOptions) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    tls = tls_cautions(options.tls) if options.secure else {}
    return {**tls, **http_cautions(options.http), **deflate_cautions(options.deflate)}


def _read_field(
    info: OptionInfo, draft: Draft, values: dict[str, object], problems: list[OptionError]
) -> None:
    """Put the value of one field into `values`; an empty field is as usual."""
    codec, text = info.codec, draft.get(info.path, "")
    if isinstance(text, bool):
        values[info.path] = text
        return
    found = []
    lines = text.split("\n") if codec.separator == "\n" else codec.split(text)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(codec.parse(line))
        except ValueError as error:
            place = f"Line {number}: " if codec.separator == "\n" else ""
            problems.append(OptionError(info.path, f"{place}{error}"))
    if codec.separator:
        values[info.path] = tuple(found)
    elif found:
        values[info.path] = found[0]


def is_changed(info: OptionInfo, draft: Draft) -> bool:
    """Whether this option means something else in `draft` than usual."""
    return draft.get(info.path, "") not in (USUAL_DRAFT[info.path], "")
