"""Who can reach a listener, and what is to be noticed of its options, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_deflate import listen_deflate_cautions
from wstui.core.options.tls import tls_cautions
from wstui.core.serving.address import EVERYWHERE, parse_address

_EVERY: Final = {EVERYWHERE: "all addresses", "0.0.0.0": "all of IPv4", "::": "all of IPv6"}
"""Hosts that stand for more than one address, in words."""


class Reach(NamedTuple):
    """Where a listener listens, and whom that lets in."""

    words: str
    """May hold a host's name or a path as typed."""
    is_local: bool
    """Whether only this machine can reach it."""


def reach(options: ListenOptions) -> Reach | None:
    """Where a listener with these options can be reached from; None when its address is none."""
    try:
        where = parse_address(options.address)
    except OptionError:
        return None
    if where.path:
        return Reach(f"the Unix socket {where.path}, this machine only", True)
    port = [] if where.port else ["a free port"]
    if where.is_local:
        place = str(where) if where.port else where.host
        return Reach(", ".join([place, *port, "this machine only"]), True)
    plain = "" if options.tls.is_wanted else " without TLS"
    every = [_EVERY[where.host]] if where.host in _EVERY else []
    return Reach(" · ".join([f"others can reach it{plain}", *every, *port]), False)


def listen_cautions(options: ListenOptions) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    return {
        **tls_cautions(options.tls.like_client),
        **listen_deflate_cautions(options.deflate),
    }
