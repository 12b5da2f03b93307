"""The parser of all command lines: options from the tables, errors in two lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.option_table import OptionTable

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions


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

    def add_options(
        self, table: OptionTable[ConnectOptions] | OptionTable[ListenOptions], what: str
    ) -> None:
        """Take all options of `table`, which are about each `what`."""
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
                        help=flag.help.replace("%", "%%") or argparse.SUPPRESS,
                    )
        self.set_defaults(flags=[])
