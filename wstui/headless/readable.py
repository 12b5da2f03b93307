"""What is read from files and pipes, as payloads that may be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from wstui.core.sending.texts import Form
from wstui.core.units import count_text


class Unsendable(Exception):
    """What was read cannot be sent; `str()` is a sentence."""


async def readable(
    found: AsyncIterator[list[bytes]], form: Form, where: str, what: str = "Line"
) -> AsyncIterator[list[bytes]]:
    """The payloads that `found` is written as. `where` it comes from, and `what` one is, are for
    the words of errors.

    Raises:
        Unsendable: one is not written so, or the rest cannot be read; all before were given.
    """
    number = 0
    try:
        async for written in found:
            payloads, fault = form.read_all(written)
            number += len(payloads)
            if payloads:
                yield payloads
            if fault:
                raise Unsendable(f"{what} {count_text(number + 1)} of {where} {fault}")
    except OSError as error:
        raise unreadable(where, error) from error


def unreadable(where: str, error: OSError) -> Unsendable:
    """What is said of a source, `where`, that cannot be read."""
    return Unsendable(f"{where} cannot be read: {error.strerror or error}.")
