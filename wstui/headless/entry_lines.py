"""An entry of a transcript as a line of NDJSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wstui.core.entry import KIND_MASK, LocalEvent
from wstui.core.ndjson import LONG, long_message_line, message_line
from wstui.core.segment import Segment


def entry_lines(
    id: int,
    segment: Segment,
    row: int,
    event_lines: Callable[[LocalEvent, float], Iterable[bytes]],
) -> Iterable[bytes]:
    """The line for an entry of connection `id`, a long one in pieces."""
    flags, when = segment.flags[row], segment.times[row]
    start, end = segment.span(row)
    if not flags & KIND_MASK:
        return event_lines(segment.event(row), when)
    if end - start > LONG:  # it stands in a segment of its own, which does not change
        return long_message_line(id, when, flags, memoryview(segment.data)[start:end])
    return (message_line(id, when, flags, segment.payload(row)),)
