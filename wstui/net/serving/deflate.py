"""permessage-deflate as a server agrees to it, with all that RFC 7692 allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from websockets.extensions.base import Extension, ServerExtensionFactory
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.typing import ExtensionParameter

from wstui.core.options.deflate import Deflate
from wstui.net.deflate import SETTINGS, SMALLEST, AgreedDeflate

_SERVER_BITS: Final = "server_max_window_bits"
_TINY: Final = "8"


class ServerDeflate(ServerPerMessageDeflateFactory):
    """Agrees to permessage-deflate as the options say.

    zlib cannot compress with a window of 8 bits. Where such a one is agreed on, what is sent stays
    as it is, which RFC 7692 section 6 always allows.
    """

    def __init__(self, options: Deflate) -> None:
        own = options.server_max_window_bits
        super().__init__(
            options.server_no_context_takeover,
            options.client_no_context_takeover,
            None if own is None else max(own, SMALLEST),
            options.client_max_window_bits or None,
            SETTINGS,
        )
        self._is_tiny = own == int(_TINY)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        tiny = self._is_tiny or (_SERVER_BITS, _TINY) in params
        known = [
            (name, str(SMALLEST) if (name, value) == (_SERVER_BITS, _TINY) else value)
            for name, value in params
        ]
        response, agreed = super().process_request_params(known, accepted_extensions)
        if tiny:
            response = [
                (name, _TINY if name == _SERVER_BITS else value) for name, value in response
            ]
        return response, AgreedDeflate(agreed, SETTINGS, plain=tiny)


def agreed_extensions(options: Deflate) -> Sequence[ServerExtensionFactory] | None:
    """The extensions that are agreed to when a client offers them; None for none."""
    return [ServerDeflate(options)] if options.offer else None
