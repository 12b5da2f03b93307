"""permessage-deflate with all that RFC 7692 allows: the library's, and windows of 8 bits.

Owns what differs from the library. What was agreed on wrongly is told by `core.negotiation`.
"""

from __future__ import annotations

import zlib
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

TRAILER: Final = b"\x00\x00\xff\xff"
"""What the sender takes off the end of a compressed message (RFC 7692 section 7.2.1)."""

SETTINGS: Final = {"memLevel": 5}
"""As the library has them."""

_CLIENT_BITS: Final = "client_max_window_bits"


class AgreedDeflate(PerMessageDeflate):
    """The extension as it was agreed on.

    What compresses takes 150 KB, which a connection that says nothing does not need: `encoder` and
    `decoder` are made when they are first wanted.
    """

    def __init__(self, agreed: PerMessageDeflate, settings: dict[str, Any], *, plain: bool) -> None:
        """`plain`: what is sent stays as it is, which RFC 7692 section 6 always allows."""
        # As if there was no context to take over, of which the library makes both at once.
        super().__init__(
            True, True, agreed.remote_max_window_bits, agreed.local_max_window_bits, settings
        )
        self.remote_no_context_takeover = agreed.remote_no_context_takeover
        self.local_no_context_takeover = agreed.local_no_context_takeover
        self._plain = plain

    def __getattr__(self, name: str) -> Any:
        if name == "encoder":
            self.encoder = self._new_encoder()
        elif name == "decoder":
            self.decoder = zlib.decompressobj(wbits=-self.remote_max_window_bits)
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    def _new_encoder(self) -> zlib._Compress:
        return zlib.compressobj(wbits=-self.local_max_window_bits, **self.compress_settings)

    def encode(self, frame: Frame) -> Frame:
        return frame if self._plain else super().encode(frame)

    def compressed(self, payload: bytes | bytearray | memoryview) -> bytes | None:
        """A whole message as it goes into a frame with RSV1; None: it is to be sent as it is."""
        if self._plain:
            return None
        encoder = self._new_encoder() if self.local_no_context_takeover else self.encoder
        data = encoder.compress(payload) + encoder.flush(zlib.Z_SYNC_FLUSH)
        return data[: -len(TRAILER)]


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
