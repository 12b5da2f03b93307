"""A room for those who know a token: what one says goes to all others, under a name.

wstui listen 9002 --on '/room handler login.py'
wstui 'localhost:9002/room?token=sesame'
"""

import asyncio

from wstui.handlers import Client, Reject, Request

NAMES = {"sesame": "Ali Baba", "rhubarb": "Cassim"}


async def validate(request: Request) -> Reject | None:
    if request.query.get("token") in NAMES:
        return None
    return Reject(401, "Connect with ?token=…", {"WWW-Authenticate": "Bearer"})


async def connected(client: Client) -> None:
    client.state["name"] = NAMES[client.query["token"]]
    await client.send(f"{len(client.others)} others are here")
    await client.others.send(f"{client.state['name']} came")


async def message(client: Client, message: str | bytes) -> None:
    if isinstance(message, bytes):
        client.close(1003, "text only")
    elif message == "/tick":
        client.spawn(tick(client))
    else:
        await client.others.send(f"{client.state['name']}: {message}")


async def disconnected(client: Client) -> None:
    await client.others.send(f"{client.state['name']} left")


async def tick(client: Client) -> None:
    """Runs beside the other hooks, until the client is gone."""
    for number in range(1, 11):
        await client.send(f"tick {number}")
        await asyncio.sleep(1)
