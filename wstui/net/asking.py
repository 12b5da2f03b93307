"""The library's client protocol, asking exactly what the options say.

Owns the request that goes out and what of the answer is taken all the same. Frames are the matter
of `tap`.
"""

from __future__ import annotations

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeader, NegotiationError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.http11 import Request
from websockets.typing import Subprotocol

from wstui.core.handshake.negotiation import read_extensions, values_of
from wstui.net.request import Asked, RequestPlan


class AskingProtocol(ClientProtocol):
    """A client protocol with a plan of its request."""

    plan: RequestPlan
    asked: Asked
    """What was asked; set by `connect`."""
    raw_request = b""
    """The handshake request as it went over the wire; empty before it was sent."""

    def connect(self) -> Request:
        self.asked = asked = self.plan.ask(self.key)
        # A key of the user's own has to be answered like ours.
        self.key = asked.key or self.key
        self.available_subprotocols = [Subprotocol(name) for name in asked.subprotocols] or None
        offers = read_extensions(values_of(asked.head.headers, "Sec-WebSocket-Extensions"))
        if PerMessageDeflate.name not in [offer.name for offer in offers]:
            self.available_extensions = None
        return asked.request

    def send_request(self, request: Request) -> None:
        super().send_request(request)
        self.raw_request = bytes(self.writes[-1])

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        try:
            return super().process_subprotocol(headers)
        except (NegotiationError, InvalidHeader):
            if not self.plan.options.http.any_subprotocol:
                raise
            return Subprotocol(", ".join(headers.get_all("Sec-WebSocket-Protocol")))

    @property
    def is_subprotocol_ours(self) -> bool:
        """Whether the subprotocol was offered, or none was chosen."""
        return self.subprotocol is None or self.subprotocol in self.asked.subprotocols
