"""The gateway: Discord's websocket, with sessions that can be resumed and transport compression."""

from __future__ import annotations

import asyncio
import importlib
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web

from tests.wire import payloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.world import World


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


INTENT_GUILDS: Final = 1 << 0
INTENT_MEMBERS: Final = 1 << 1
INTENT_GUILD_MESSAGES: Final = 1 << 9
INTENT_DIRECT_MESSAGES: Final = 1 << 12
INTENT_MESSAGE_CONTENT: Final = 1 << 15

CLOSE_AUTHENTICATION_FAILED: Final = 4004
CLOSE_DISALLOWED_INTENTS: Final = 4014

MEMBERS_PER_CHUNK: Final = 1000


class Compressor(Protocol):
    def frame(self, text: str) -> str | bytes: ...


class Plain:
    def frame(self, text: str) -> str:
        return text


class ZlibStream:
    """One zlib stream for the whole connection; each message ends with a sync flush."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def frame(self, text: str) -> bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """The same with zstd, which discord.py asks for where Python has it (3.14 and later)."""

    def __init__(self) -> None:
        self._stream = importlib.import_module("compression.zstd").ZstdCompressor()

    def frame(self, text: str) -> bytes:
        framed: bytes = self._stream.compress(text.encode(), mode=self._stream.FLUSH_BLOCK)
        return framed


COMPRESSORS: Final[dict[str, Callable[[], Compressor]]] = {
    "": Plain,
    "zlib-stream": ZlibStream,
    "zstd-stream": ZstdStream,
}


@dataclass(eq=False)
class Connection:
    """One websocket; what is put into `outbox` is sent in that order."""

    socket: web.WebSocketResponse
    compressor: Compressor
    outbox: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    session: Session | None = None

    async def write(self) -> None:
        # The bot may be killed at any moment: what can't be written any more is lost, as on a real wire.
        with suppress(ConnectionError):
            while True:
                framed = self.compressor.frame(json.dumps(await self.outbox.get()))
                if isinstance(framed, bytes):
                    await self.socket.send_bytes(framed)
                else:
                    await self.socket.send_str(framed)

    def put(self, op: int, data: Any = None) -> None:
        self.outbox.put_nowait({"op": op, "d": data, "s": None, "t": None})


@dataclass(eq=False)
class Session:
    """What one IDENTIFY began; it outlives its connection so that it can be resumed."""

    id: str
    shard: tuple[int, int]
    intents: int
    connection: Connection | None
    sent: list[dict[str, Any]] = field(default_factory=list)

    def dispatch(self, event: str, data: Any) -> None:
        payload = {"op": Op.DISPATCH, "d": data, "s": len(self.sent) + 1, "t": event}
        self.sent.append(payload)
        if self.connection is not None:
            self.connection.outbox.put_nowait(payload)


class Gateway:
    def __init__(self, world: World, *, changed: Callable[[], None]) -> None:
        self.world = world
        self.url = ""
        self.sessions: list[Session] = []
        self.identified = 0
        """How many IDENTIFYs were accepted so far."""
        self.heartbeat_interval = 41.25
        self.is_away = False
        self._changed = changed
        self._connections: set[Connection] = set()

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions if session.connection is not None]

    def dispatch(self, event: str, data: Any, *, guild_id: int | None = None, intent: int = 0) -> None:
        """Send an event to every session that is responsible for the server and asked for the intent."""
        for session in list(self.sessions):
            number, shards = session.shard
            responsible = number == 0 if guild_id is None else (guild_id >> 22) % shards == number
            if responsible and session.intents & intent == intent:
                session.dispatch(event, data)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one bot's connection until either side ends it."""
        if self.is_away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=0, autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, COMPRESSORS[request.query.get("compress", "")]())
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.put(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(frame.data))
        finally:
            writer.cancel()
            self._connections.discard(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
            self._changed()
        return socket

    async def disconnect(self, *, code: int = 4000, resumable: bool = True) -> None:
        """Close every connection; not `resumable`, the bot has to identify again."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self._connections):
            await connection.socket.close(code=code)

    def invalidate(self) -> None:
        """Send INVALID_SESSION: the bot has to identify again, on a new connection."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.put(Op.INVALID_SESSION, data=False)
        self.sessions.clear()

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT, as Discord does before it moves a bot to another machine."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.put(Op.RECONNECT)

    async def stop(self) -> None:
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def _receive(self, connection: Connection, payload: dict[str, Any]) -> None:
        data = payload["d"]
        match payload["op"]:
            case Op.HEARTBEAT:
                connection.put(Op.HEARTBEAT_ACK)
            case Op.IDENTIFY:
                await self._identify(connection, data)
            case Op.RESUME:
                self._resume(connection, data)
            case Op.REQUEST_GUILD_MEMBERS:
                self._send_members(connection, data)
        self._changed()

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if data["token"] != self.world.token:
            await connection.socket.close(code=CLOSE_AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        if data["intents"] & INTENT_MEMBERS and not self.world.members_intent:
            await connection.socket.close(code=CLOSE_DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        number, shards = data.get("shard", (0, 1))
        session = Session(uuid4().hex, (number, shards), data["intents"], connection)
        connection.session = session
        guilds = [guild for guild in self.world.guilds.values() if (guild.id >> 22) % shards == number]
        ready = {
            "v": 10,
            "user": payloads.own_user_json(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": [number, shards],
            "application": {
                "id": str(self.world.application_id),
                "flags": payloads.application_flags(self.world),
            },
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
        }
        session.dispatch("READY", ready)
        for guild in guilds:
            if self.world.bot.id in guild.members and session.intents & INTENT_GUILDS:
                session.dispatch("GUILD_CREATE", payloads.guild_create_json(guild, self.world.bot))
        # What a dead process began is never resumed; a second process gets events beside the first.
        self.sessions = [*self.connected, session]
        self.identified += 1

    def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        known = [session for session in self.sessions if session.id == data["session_id"]]
        if not known or data["token"] != self.world.token:
            connection.put(Op.INVALID_SESSION, data=False)
            return
        [session] = known
        connection.session, session.connection = session, connection
        for missed in session.sent[data["seq"] :]:
            connection.outbox.put_nowait(missed)
        session.dispatch("RESUMED", {})

    def _send_members(self, connection: Connection, data: dict[str, Any]) -> None:
        session, guild = connection.session, self.world.guilds.get(int(data["guild_id"]))
        if session is None or guild is None:
            return
        wanted = data.get("user_ids")
        ids = [int(one) for one in (wanted if isinstance(wanted, list) else [wanted])] if wanted else None
        if ids is None:
            if not data.get("query") and not session.intents & INTENT_MEMBERS:
                return  # Discord answers nothing: the whole list needs the privileged intent.
            found = [
                member
                for member in guild.members.values()
                if member.user.name.startswith(data.get("query") or "")
            ]
            found = found[: data["limit"] or None]
        else:
            found = [guild.members[one] for one in ids if one in guild.members]
        chunks = [found[at : at + MEMBERS_PER_CHUNK] for at in range(0, len(found), MEMBERS_PER_CHUNK)] or [
            []
        ]
        for index, chunk in enumerate(chunks):
            body: dict[str, Any] = {
                "guild_id": str(guild.id),
                "members": [payloads.member_json(member) for member in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
            }
            if ids is not None:
                body["not_found"] = [str(one) for one in ids if one not in guild.members]
            if "nonce" in data:
                body["nonce"] = data["nonce"]
            session.dispatch("GUILD_MEMBERS_CHUNK", body)
