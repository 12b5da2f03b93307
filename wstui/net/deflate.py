"""permessage-deflate with all that RFC 7692 allows: the library's, and windows of 8 bits.

Owns what differs from the library. What was agreed on wrongly is told by `core.negotiation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from websockets.exceptions import NegotiationError
from websockets.extensions.base import ClientExtensionFactory, Extension
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
)
from websockets.frames import Frame
from websockets.typing import ExtensionParameter

from wstui.core.options.deflate import ANY, Deflate

SMALLEST: Final = 9
"""Bits of the smallest window that zlib compresses raw data with."""

SETTINGS: Final = {"memLevel": 5}
"""As the library has them."""

_CLIENT_BITS: Final = "client_max_window_bits"


class AgreedDeflate(PerMessageDeflate):
    """The extension as it was agreed on."""

    def __init__(self, agreed: PerMessageDeflate, settings: dict[str, Any], *, plain: bool) -> None:
        """`plain`: what is sent stays as it is, which RFC 7692 section 6 always allows."""
        super().__init__(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
            settings,
        )
        self._plain = plain

    def encode(self, frame: Frame) -> Frame:
        return frame if self._plain else super().encode(frame)


class DeflateFactory(ClientPerMessageDeflateFactory):
    """Offers permessage-deflate as the options say, and takes the server's answer."""

    def __init__(self, options: Deflate) -> None:
        bits = options.client_max_window_bits
        super().__init__(
            options.server_no_context_takeover,
            options.client_no_context_takeover,
            options.server_max_window_bits,
            True if bits == ANY else None if bits is None else max(bits, SMALLEST),
            SETTINGS,
        )
        self._options = options

    def get_request_params(self) -> Sequence[ExtensionParameter]:
        return list(self._options.parameters)

    def process_response_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> PerMessageDeflate:
        values = [value for name, value in params if name == _CLIENT_BITS]
        if self._options.client_max_window_bits == 8 and values not in ([], ["8"]):
            raise NegotiationError(f"unsupported {_CLIENT_BITS}")
        known = [
            (name, str(SMALLEST) if name == _CLIENT_BITS and value == "8" else value)
            for name, value in params
        ]
        agreed = super().process_response_params(known, accepted_extensions)
        return AgreedDeflate(agreed, SETTINGS, plain="8" in values)


def offered_extensions(options: Deflate) -> Sequence[ClientExtensionFactory] | None:
    """The extensions to offer; None for none."""
    return [DeflateFactory(options)] if options.offer else None
