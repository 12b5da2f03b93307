"""The parser of all command lines: options from the tables, errors in two lines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.option_table import OptionTable

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions

    Table = OptionTable[ConnectOptions] | OptionTable[ListenOptions]


class Adds(Protocol):
    """A parser, or one of its groups."""

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action: ...


OF_CONNECTIONS: Final = "-H, --bearer, --insecure, --proxy, --reconnect"
OF_LISTENERS: Final = "--self-signed, --basic-auth, --max-clients"
"""Some of their options, where only these are named."""


class Gather(argparse.Action):
    """Keeps options in the order in which they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        assert option_string is not None
        namespace.flags = [*namespace.flags, (option_string, values or "")]


class ShowOptions(argparse.Action):
    """Prints the options of a table, which --help leaves out, and ends the process."""

    def __init__(
        self, option_strings: Sequence[str], dest: str, table: Table, what: str, help: str
    ) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)
        self._table = table
        self._what = what

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        listed = Parser(self._what, prog=parser.prog, usage=parser.usage, add_help=False)
        listed.add_options(self._table, self._what)
        listed.print_help()
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Says what is wrong in two lines, however many options there are."""

    def __init__(self, what: str, **settings: Any) -> None:
        """`what` the options are for."""
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=formatter, allow_abbrev=False, **settings)
        self._what = what

    def error(self, message: str) -> NoReturn:
        usage = f"usage: {self.prog} [option ...] {self._what}; --help tells all"
        self.exit(2, f"wstui: {message}\n{usage}\n")

    def wrong(self, error: OptionError) -> NoReturn:
        """End with everything that is wrong, a line each."""
        self.exit(2, "".join(f"wstui: {sentence}\n" for sentence in error.sentences))

    def add_hidden_options(self, table: Table, what: str, some: str, to: Adds) -> None:
        """Take all options of `table`, which are about each `what`, and list them with
        --help-options alone: they are so many that nobody would find the others.

        `some` names a few of them; `to` is the group that --help-options is shown in."""
        words = f"the options of {what}s: {some} ..."
        show = partial(ShowOptions, table=table, what=what, help=words)
        to.add_argument("--help-options", action=show)
        self.add_options(table, what, shown=False)

    def add_options(self, table: Table, what: str, *, shown: bool = True) -> None:
        """Take all options of `table`, which are about each `what`; --help lists them if
        `shown`."""
        for section in table.sections:
            group = self.add_argument_group(f"options for each {what}: {section}")
            for info in table.rows:
                for flag in info.flags if info.section is section else ():
                    group.add_argument(
                        *flag.names,
                        action=Gather,
                        dest="flags",
                        nargs=0 if flag.metavar is None else None,
                        metavar=flag.metavar,
                        help=(shown and flag.help.replace("%", "%%")) or argparse.SUPPRESS,
                    )
        self.set_defaults(flags=[])
