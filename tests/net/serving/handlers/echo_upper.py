"""Answers text in capitals, and binary as it came.

wstui listen 9002 --handler echo_upper.py
"""

from wstui.handlers import Client


async def message(client: Client, message: str | bytes) -> None:
    await client.send(message.upper() if isinstance(message, str) else message)
