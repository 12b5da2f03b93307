"""A form of options as it was typed: raw texts, and what they mean as options.

Owns the reading and writing of the whole form, for connections and for listeners. How one option
is written is the matter of the option table, what makes it valid that of `options`, how a form
looks the screen's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Generic, NamedTuple

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import deflate_cautions
from wstui.core.options.http import http_cautions
from wstui.core.options.info import OptionError, OptionInfo, Shape
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.option_table import AnyOptions, OptionTable, get_value, with_values
from wstui.core.options.table import CONNECTING
from wstui.core.options.tls import tls_cautions

Draft = Mapping[str, str | bool]
"""What stands in each field of a form, valid or not, by the option's path; a missing one is as
usual. A switch is a bool, all else text. The uri or the address is as typed: the table's
`complete` makes the option of it."""


class Reading(NamedTuple, Generic[AnyOptions]):
    """What a form means."""

    options: AnyOptions
    """As usual where a field could not be read; not to be used while there are problems."""
    problems: list[OptionError]
    """All that is wrong, in the order of the form; empty when the options are valid."""


class DraftForm(Generic[AnyOptions]):
    """A form with a field for each option of a table."""

    def __init__(self, table: OptionTable[AnyOptions]) -> None:
        self.table: Final = table
        self.usual: Final = self.fill(table.usual)
        """Nothing was typed yet."""

    def fill(self, options: AnyOptions) -> Draft:
        """The form filled with `options`; valid ones come back unchanged from `read`."""
        main = self.table.main
        values: dict[str, str | bool] = {main: str(get_value(options, main))}
        for info in self.table.rows:
            value = get_value(options, info.path)
            written = value if info.codec.shape is Shape.SWITCH else info.codec.write(value)
            values[info.path] = written
        return MappingProxyType(values)

    def read(self, draft: Draft) -> Reading[AnyOptions]:
        """The options that `draft` means, and all that is wrong with it."""
        table, problems = self.table, list[OptionError]()
        values: dict[str, object] = {table.main: table.complete(str(draft.get(table.main, "")))}
        for info in table.rows:
            _read_field(info, draft, values, problems)
        options = with_values(table.usual, values)
        # A field that could not be read is as usual in the options, so nothing is named twice.
        problems += options.problems()
        paths = table.paths
        return Reading(options, sorted(problems, key=lambda problem: paths.index(problem.option)))

    def is_changed(self, info: OptionInfo, draft: Draft) -> bool:
        """Whether this option means something else in `draft` than usual."""
        return draft.get(info.path, "") not in (self.usual[info.path], "")


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


CONNECT_FORM: Final = DraftForm(CONNECTING)
"""The connect form."""

LISTEN_FORM: Final = DraftForm(LISTENING)
"""The listen form."""

draft_of: Final = CONNECT_FORM.fill
read_draft: Final = CONNECT_FORM.read
is_changed: Final = CONNECT_FORM.is_changed

USUAL_DRAFT: Final = CONNECT_FORM.usual
"""A connect form in which nothing was typed yet."""


def cautions(options: ConnectOptions) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    tls = tls_cautions(options.tls) if options.secure else {}
    return {**tls, **http_cautions(options.http), **deflate_cautions(options.deflate)}
