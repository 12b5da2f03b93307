"""What a listener answers ordinary HTTP requests with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wstui.core.options.info import (
    SWITCH,
    TEXT,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    switch,
)


@dataclass(frozen=True, slots=True)
class Pages:
    """The test page and files. Where neither is there, a request gets the status that fits."""

    page: bool = True
    """Whether a browser gets a page for trying the listener."""
    root: str | None = None
    """Path of the folder whose files are there for everyone who asks; None for none."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid; empty when all is well."""
        if self.root is not None and (not self.root.strip() or "\0" in self.root):
            return [OptionError("pages.root", "Name a folder.")]
        return []


PAGES_ROWS: Final = (
    OptionInfo(
        "pages.page",
        "Test page",
        Section.ANSWERS,
        SWITCH,
        switch("page", off="give browsers no test page"),
        hint="what a browser sees here",
    ),
    OptionInfo(
        "pages.root",
        "Files",
        Section.ANSWERS,
        TEXT,
        (
            Flag(
                ("--root",),
                "serve the files of this folder over HTTP, except hidden ones",
                "FOLDER",
            ),
        ),
        hint="of a folder, over HTTP, except hidden ones",
        placeholder="a folder",
    ),
)
