"""permessage-deflate as a server agrees to it (RFC 7692)."""

from __future__ import annotations

from collections.abc import Sequence

from websockets.extensions.base import ServerExtensionFactory
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from wstui.core.options.deflate import Deflate
from wstui.net.deflate import SETTINGS


def agreed_extensions(options: Deflate) -> Sequence[ServerExtensionFactory] | None:
    """The extensions that are agreed to when a client offers them; None for none."""
    if not options.offer:
        return None
    bits = options.client_max_window_bits or None
    return [
        ServerPerMessageDeflateFactory(
            options.server_no_context_takeover,
            options.client_no_context_takeover,
            options.server_max_window_bits,
            bits,
            SETTINGS,
        )
    ]
