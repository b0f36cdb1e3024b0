"""How many connections the web server holds, whose, and how long one may say nothing.

Anybody can open connections to it. What they use up (the process's file descriptors) is what Discord, the
store and the database need too, so the server stays far below the limit. When it is full, whoever has
said nothing for longest makes room for whoever comes: a webhook gets through any number of silent ones.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, cast

from aiohttp import web

from bot.logs import ThrottledLog

log = ThrottledLog(logging.getLogger(__name__))

MOST_CONNECTIONS: Final = 256
"""The store sends one webhook at a time; a health check and a scraper come now and then."""
FEWEST_CONNECTIONS: Final = 16
MOST_PER_ADDRESS: Final = 32
"""Of one public address. A proxy on this machine or in its own network counts for all who come through it."""
KEPT_FREE: Final = 400
"""Descriptors for the rest of the process: Discord, two pools of connections to the store, the database."""
ACCEPTED_AT_ONCE: Final = 32
_ON_THE_WAY: Final = 4 * ACCEPTED_AT_ONCE
"""Connections that asyncio has accepted and not yet handed over, or not yet closed, at worst."""
_MOST_DESCRIPTORS: Final = 65_536

HEAD_SECONDS: Final = 15.0
"""From the first byte of a request, or from the beginning of a connection, to the end of its head."""
BODY_SECONDS: Final = 20.0
KEPT_SECONDS: Final = 75.0
"""How long a connection may wait for its next request; proxies keep theirs for a minute."""


if sys.platform == "win32":

    def raise_descriptor_limit() -> None:
        """Nothing is to be raised here."""

    def affordable_connections() -> int:
        """How many connections leave enough for everything else."""
        return MOST_CONNECTIONS
else:
    import resource

    def raise_descriptor_limit() -> None:
        """Let this process open as many files and connections as its hard limit allows, within reason."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def affordable_connections() -> int:
        """How many connections leave enough descriptors for everything else."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return MOST_CONNECTIONS
        return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, soft - KEPT_FREE - _ON_THE_WAY))


class Connections:
    """All connections of one server. `most` is how many it holds at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[asyncio.Protocol, _Connection] = {}
        self._waiting: dict[_Connection, None] = {}
        """Those that the server waits for, the longest waiting first."""

    def guarded(self, handler: asyncio.Protocol) -> asyncio.Protocol:
        """What `create_server` is given for a new connection, in place of aiohttp's own handler."""
        return _Connection(self, handler)

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Follow a request: its body is waited for so long, its answer takes as long as it takes."""
        connection = self._open.get(request.protocol)
        if connection is None:  # it is gone already
            return await handler(request)
        answered = False

        def whole() -> None:
            if not answered:  # a body that nobody waited for may come later still
                connection.work()

        connection.wait(BODY_SECONDS)
        request.content.on_eof(whole)
        try:
            return await handler(request)
        finally:
            answered = True
            connection.rest()

    def admit(self, connection: "_Connection") -> bool:
        """Whether there is room for it, which may be made by closing one that says nothing."""
        address = connection.address
        if address is not None and self._of(address) >= MOST_PER_ADDRESS:
            log.warning("%s has as many connections to the web server as one address may have", address)
            room = self._make_room(address)
        elif len(self._open) >= self._most:
            log.warning("The web server has %d connections: silent ones make room for new ones", self._most)
            room = self._make_room(None)
        else:
            room = True
        if room:
            self._open[connection.handler] = connection
        return room

    def waits(self, connection: "_Connection") -> None:
        """The server waits for it, from now on."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None

    def works(self, connection: "_Connection") -> None:
        """It waits for the server."""
        self._waiting.pop(connection, None)

    def leave(self, connection: "_Connection") -> None:
        self._waiting.pop(connection, None)
        self._open.pop(connection.handler, None)

    def _of(self, address: str) -> int:
        return sum(connection.address == address for connection in self._open.values())

    def _make_room(self, address: str | None) -> bool:
        for connection in self._waiting:
            if address is None or connection.address == address:
                connection.end()
                return True
        return False


class _Connection(asyncio.Protocol):
    """One connection: hands everything on to aiohttp's handler, and is ended when it takes too long."""

    def __init__(self, connections: Connections, handler: asyncio.Protocol) -> None:
        self.handler = handler
        self.address: str | None = None
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        """None before it is admitted, and after it was ended."""
        self._admitted = False
        self._resting = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)  # what a server of TCP gives
        self.address = counted_address(transport.get_extra_info("peername"))
        self._admitted = self._connections.admit(self)
        if not self._admitted:
            stream.abort()
            return
        self._transport = stream
        self.wait(HEAD_SECONDS)
        self.handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._resting:
            self.wait(HEAD_SECONDS)
        if self._transport is not None:
            self.handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self.handler.eof_received() if self._admitted else None

    def pause_writing(self) -> None:
        self.handler.pause_writing()

    def resume_writing(self) -> None:
        self.handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._admitted:
            self.handler.connection_lost(exc)

    def wait(self, seconds: float) -> None:
        """Whoever is at the other end has so long for the next part of a request."""
        self._set_deadline(None)
        self._resting = False
        if self._transport is not None:
            self._connections.waits(self)
            self._set_deadline(asyncio.get_running_loop().call_later(seconds, self.end))

    def work(self) -> None:
        """A whole request is there: it is the server's turn."""
        self._connections.works(self)
        self._set_deadline(None)

    def rest(self) -> None:
        """A request is answered; another may follow."""
        self.wait(KEPT_SECONDS)
        self._resting = True

    def end(self) -> None:
        """Close it at once. It counts no more from now on."""
        transport = self._transport
        self._leave()
        if transport is not None:
            transport.abort()

    def _leave(self) -> None:
        self._connections.leave(self)
        self._set_deadline(None)
        self._transport = None

    def _set_deadline(self, deadline: asyncio.TimerHandle | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = deadline


def counted_address(peer: Any) -> str | None:
    """Whose connection it is, for the limit of one address; None for what isn't limited.

    That is what comes from this machine or its network, where proxies are. A network of IPv6 counts as one:
    whoever has an address there has all of them.
    """
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except (TypeError, IndexError, ValueError):
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global:
        return None
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
