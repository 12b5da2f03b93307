"""The demonstration server: endpoints that are each useful for trying one thing."""

from wstui.net.demo.endpoints import ENDPOINTS
from wstui.net.demo.server import DemoServer

__all__ = ["ENDPOINTS", "DemoServer"]
