"""What is typed into the form for sending more, read as a plan or as a raw frame.

Pure. The form has a text for each field; all that is wrong is told at once, each with its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wstui.core.entry import Kind
from wstui.core.options.info import OptionError
from wstui.core.sending.plan import SendPlan, parse_rate, parse_sizes, parse_times
from wstui.core.sending.raw_frame import (
    RawFrame,
    RawFrameError,
    check,
    parse_length,
    parse_mask,
    parse_opcode,
    parse_rsv,
)
from wstui.core.units import parse_seconds

PLAN_FIELDS: Final[dict[str, Callable[[str], Any]]] = {
    "times": parse_times,
    "every": parse_seconds,
    "rate": parse_rate,
    "sizes": parse_sizes,
    "pause": parse_seconds,
}
"""The fields of a plan, and how their texts are read; an empty one means the usual."""

RAW_FIELDS: Final = ("opcode", "rsv", "mask", "length")
"""The fields of a raw frame that are texts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the form means."""

    meant: SendPlan | RawFrame | None
    """What would be sent; None where something is wrong."""
    problems: tuple[OptionError, ...] = ()
    """All that is wrong, each with its field."""


def read_plan(texts: Mapping[str, str], payload: bytes, kind: Kind) -> Reading:
    """The plan that the texts of `PLAN_FIELDS` make of a message."""
    fields, problems = {}, []
    for name, parse in PLAN_FIELDS.items():
        text = texts.get(name, "").strip()
        if not text:
            continue
        try:
            fields[name] = parse(text)
        except ValueError as error:
            problems.append(OptionError(name, str(error)))
    plan = SendPlan(payload, kind, **fields)
    if not problems:
        problems = plan.problems()
    return Reading(None if problems else plan, tuple(problems))


def read_frame(texts: Mapping[str, str], fin: bool, payload: bytes) -> Reading:
    """The frame that the texts of `RAW_FIELDS` make of a payload."""
    readers: dict[str, Callable[[str], dict[str, Any]]] = {
        "opcode": lambda text: {"opcode": parse_opcode(text)},
        "rsv": lambda text: {"rsv": parse_rsv(text)},
        "mask": lambda text: dict(zip(("masked", "mask"), parse_mask(text), strict=True)),
        "length": lambda text: dict(zip(("length", "bits"), parse_length(text), strict=True)),
    }
    frame, problems = RawFrame(0, payload, fin), []
    for name, read in readers.items():
        try:
            frame = replace(frame, **read(texts.get(name, "")))
        except RawFrameError as error:
            problems.append(OptionError(name, str(error)))
    if not problems:
        try:
            check(frame)
        except RawFrameError as error:
            problems.append(OptionError(error.field, str(error)))
    return Reading(None if problems else frame, tuple(problems))
