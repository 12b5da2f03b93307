"""How options stand behind `connect` and `listen`: as flags of a command line. Pure."""

from __future__ import annotations

from typing import NamedTuple

from wstui.core.commands.words import CommandError, Words
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.options.option_table import OptionTable


class Given(NamedTuple):
    """What was written behind a command."""

    main: str
    """The one word that is no option: a uri, an address, or a name."""
    flags: list[tuple[str, str]]
    """Each with its value, in their order."""
    places: dict[str, int]
    """Where in the line the options stand, by their paths."""

    def error(self, words: Words, error: OptionError) -> CommandError:
        """An error that tells all that is wrong, at the first place of it."""
        place = self.places.get(error.option)
        return words.error("\n".join(error.sentences), place, error.option)


def read_given(
    words: Words, table: OptionTable[ConnectOptions] | OptionTable[ListenOptions], missing: str
) -> Given:
    """Options of `table`, and the one word among them; `missing` says that there is none, or that
    there are several.

    Raises:
        CommandError: they cannot be meant.
    """
    parts = iter(words.split())
    mains: list[tuple[str, int]] = []
    flags: list[tuple[str, str]] = []
    places: dict[str, int] = {}
    for part, at in parts:
        name, equals, value = part.partition("=")
        if not part.startswith("-"):
            mains.append((part, at))
            continue
        if name not in table.flags:
            raise words.error(f"There is no option {name}.", at)
        info, flag = table.flags[name]
        if flag.metavar is None and equals:
            raise words.error(f"{name} takes no value.", at)
        value_at = at + len(name) + len(equals)
        if flag.metavar is not None and not equals:
            behind = next(parts, None)
            if behind is None:
                raise words.error(f"{name} needs a value.", at)
            value, value_at = behind
        try:
            table.read_flag(name, value)
        except OptionError as error:
            raise words.error(str(error), value_at) from error
        flags.append((name, value))
        places[info.path] = value_at
    if not mains:
        raise words.error(missing)
    if len(mains) > 1:
        raise words.error(missing, mains[1][1], table.main)
    main, places[table.main] = mains[0]
    return Given(main, flags, places)


def option_help(table: OptionTable[ConnectOptions] | OptionTable[ListenOptions]) -> str:
    """All flags of `table`, a line each."""
    return "\n".join(f"{usage:<28} {help}".rstrip() for usage, help in table.flag_lines())
