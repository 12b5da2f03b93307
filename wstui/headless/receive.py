"""`wstui receive`: files that come, by a connection of ours or by those of others."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from shlex import quote
from time import time
from typing import Final

from wstui.command_line.receive import Receive
from wstui.core.connection import Connection
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.listener import Listener, ListenerState
from wstui.core.ndjson import line
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.listen import ListenOptions
from wstui.headless.connection_lines import connection_lines
from wstui.headless.files.desk import Desk
from wstui.headless.files.receiving import Receiving
from wstui.headless.listener_lines import client_lines
from wstui.headless.saying import say
from wstui.headless.stage import Stage, perform
from wstui.headless.waiting import first

MOST_CLIENTS: Final = 16
"""Senders at a time, where the options say nothing else: what each has in memory is bounded."""


def run(asked: Receive) -> int:
    """Do what is asked; the exit code."""
    return perform(lambda stage: receive(stage, asked), asked.manner)


async def receive(stage: Stage, asked: Receive) -> int:
    """Receive files until that is over; the exit code."""
    problem = _problem(asked.folder)
    if problem is not None:
        say(problem)
        return Exit.USAGE
    desk = Desk(stage, asked)
    if isinstance(asked.options, ConnectOptions):
        code = await _connect(stage, desk, asked.options)
    else:
        code = await _listen(stage, desk, asked.options)
    return Exit.NOT_AS_EXPECTED if desk.bad and code == Exit.OK else code


def _problem(folder: str) -> str | None:
    """Why files cannot be put into a folder; None when they can."""
    if not os.path.exists(folder):
        return f"There is no folder {folder}. Make it first: mkdir {quote(folder)}"
    if not os.path.isdir(folder):
        return f"{folder} is no folder."
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"You may not write to the folder {folder}."
    return None


async def _connect(stage: Stage, desk: Desk, options: ConnectOptions) -> int:
    """Receive by a connection to a server."""
    connection = stage.pool.connect(options)
    session = Receiving(desk, connection, only=False)
    async with asyncio.TaskGroup() as group:
        talk = group.create_task(session.run(connection_lines(connection)), name="receiving")
        over = group.create_task(desk.over.wait(), name="enough")
        if not await stage.opened(connection):
            over.cancel()
            return exit_code(connection)
        desk.show.note(f"Waiting for files from {masked_uri(options.uri)}. Ctrl+C ends it.")
        await asyncio.wait([talk, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if desk.over.is_set() and connection.is_open:
            stage.pool.close(connection.id)
            return Exit.OK
    stage.tell_end(connection)
    return exit_code(connection)


async def _listen(stage: Stage, desk: Desk, options: ListenOptions) -> int:
    """Be the server that senders connect to."""
    if options.limits.clients is None:
        options = replace(options, limits=replace(options.limits, clients=MOST_CLIENTS))
    listener = stage.pool.listen(options)
    news = asyncio.Event()
    forget = stage.pool.watch(lambda _: news.set())
    try:
        if not await _begun(listener, news):
            say(listener.failure)
            return Exit.NO_CONNECTION
        await _tell_where(desk, listener)
        async with asyncio.TaskGroup() as group:
            clients = Clients(stage, desk, listener, group)
            while listener.is_live and not desk.over.is_set():
                news.clear()
                await first(news, desk.over)
            clients.close()
            await stage.pool.close_all(1000)
    finally:
        forget()
    return Exit.OK


async def _begun(listener: Listener, news: asyncio.Event) -> bool:
    """Wait until it listens; whether it does."""
    while listener.state is ListenerState.STARTING:
        await news.wait()
        news.clear()
    return listener.state is not ListenerState.FAILED


async def _tell_where(desk: Desk, listener: Listener) -> None:
    """Say where senders come to, and who can reach it."""
    if desk.asked.manner.json:
        where = {"address": listener.name, "addresses": listener.addresses, "uris": listener.uris}
        await desk.stage.output.write(line("listening", time(), listener=listener.id, **where))
    uri = (listener.uris or listener.addresses)[0]
    desk.show.note(f"Waiting for files: wstui send-file {uri} FILE. Ctrl+C ends it.")
    if not listener.options.where.is_local:
        desk.show.error("Others than this machine can reach it, and put files into the folder.")


class Clients:
    """Those who connect, each with a session of its own."""

    def __init__(
        self, stage: Stage, desk: Desk, listener: Listener, group: asyncio.TaskGroup
    ) -> None:
        self._stage = stage
        self._desk = desk
        self._listener = listener
        self._group = group
        self._begun: set[int] = set()
        self._forget = stage.pool.subscribe(self._hear)

    def close(self) -> None:
        """Begin with no further one."""
        self._forget()

    def _hear(self, connection: Connection) -> None:
        peer = connection.peer
        is_ours = peer is not None and peer.listener == self._listener.id
        if is_ours and connection.is_open and connection.id not in self._begun:
            self._begun.add(connection.id)
            self._group.create_task(self._serve(connection), name=f"client {connection.id}")

    async def _serve(self, connection: Connection) -> None:
        session = Receiving(self._desk, connection, only=True)
        await session.run(client_lines(connection))
        self._begun.discard(connection.id)
        if connection.id in self._stage.pool.connections:
            self._stage.pool.remove(connection.id)
