"""Makes it happen: the connection pool and the connections, on asyncio and `websockets`."""
