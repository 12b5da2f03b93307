"""How a listener answers by itself, as an option; what the lines mean is `serving.behaviour`'s."""

from __future__ import annotations

from typing import Final

from wstui.core.options.info import Codec, Flag, OptionInfo, Section, Shape
from wstui.core.serving.behaviour import KINDS, BehaviourKind, parse_mount


def _line(text: str) -> str:
    """A line that is known to mean something."""
    parse_mount(text)
    return text.strip()


_KIND_FLAGS: Final = tuple(
    Flag(
        (f"--{kind}",),
        info.sentence,
        info.metavar,
        kind if info.metavar is None else f"{kind} ",
    )
    for kind, info in KINDS.items()
    if kind is not BehaviourKind.SILENT
)

ANSWER_ROWS: Final = (
    OptionInfo(
        "behaviours",
        "Behaviours",
        Section.ANSWERS,
        Codec(_line, str, Shape.LINES, separator="\n"),
        (
            Flag(
                ("--on",),
                "what answers a path, such as '/chat chat'; may be repeated (help behaviours)",
                "'PATH KIND …'",
            ),
            *_KIND_FLAGS,
        ),
        hint="PATH KIND, each on a line: " + ", ".join(KINDS),
        placeholder="/echo echo",
    ),
)
