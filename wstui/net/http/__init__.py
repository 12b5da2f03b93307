"""Asking by plain HTTP, on `httpx`, over connections that are dialled as WebSockets are."""
