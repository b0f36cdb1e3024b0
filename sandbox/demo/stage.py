"""What visitors see of the simulated Discord, and its time, which goes by as theirs does."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeGuard

import simcord
from simcord.backend.access import can_access_channel
from simcord.preview import Preview

from bot.jobs.worker import Clock
from sandbox.demo.world import World

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds of real time between two moves of the simulated clock."""
STALEST: Final = timedelta(minutes=1)
"""Relative times ("in 5 hours") are counted from the last refresh, so there is one about this often."""
QUIET: Final = timedelta(seconds=15)
"""Without an action of the visitor, before a refresh that isn't urgent."""

Pictures = Mapping[str, tuple[str, bytes]]
"""File name and bytes of every picture that messages show, by address: the simulated Discord fetches none."""


@dataclass(frozen=True, slots=True)
class Person:
    """`part` is what they are on the server."""

    slug: str
    name: str
    part: str
    member: simcord.MemberActor


@dataclass(frozen=True, slots=True)
class Room:
    """A channel through the eyes of one person."""

    slug: str
    name: str
    person: Person
    channel: simcord.ChannelHandle
    is_private: bool = False
    """Whether it is somebody's direct messages."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Stands for SimCord's own secret on the demo's pages, and says whose page it is."""

    @property
    def mention(self) -> str:
        """What a message calls its channel."""
        return f"#{self.channel.name}"

    @property
    def title(self) -> str:
        return (
            f"{self.person.name}’s {self.name}" if self.is_private else f"{self.name} as {self.person.name}"
        )


def rooms_of(world: World) -> list[Room]:
    """#shop and the direct messages of everybody, and what only staff see."""
    rooms = []
    for slug, name, part, member in (
        ("alice", "Alice", "A member of the server", world.people.alice),
        ("robin", "Robin", "On the server’s staff", world.people.robin),
        ("kim", "Kim", "On the staff too, to approve what Robin asks for", world.people.kim),
        ("mia", "Mia", "Alice’s friend", world.people.mia),
    ):
        person = Person(slug, name, part, member)
        rooms.append(Room(f"shop-{slug}", "#shop", person, world.shop))
        if member is world.robin:
            rooms.append(Room(f"log-{slug}", "#sales-log", person, world.sales_log))
        if member is not world.people.kim:
            rooms.append(Room(f"dm-{slug}", "DMs", person, member.user.dm_channel, is_private=True))
    return rooms


class Stage:
    """SimCord shows one channel at a time and does one thing at a time; here everything takes its turn."""

    def __init__(self, world: World, rooms: Sequence[Room], pictures: Pictures, clock: Clock) -> None:
        """`clock` is real time; the simulated one keeps up with it."""
        self.world = world
        self._rooms = rooms
        self._threads: dict[tuple[int, str], Room] = {}
        self._viewers: frozenset[str] = frozenset()
        self.run = secrets.token_hex(8)
        """Tells a page that is still open from a demo before that it has to be loaded anew."""
        self.turn = asyncio.Lock()
        """Held by whatever SimCord is doing. It refuses two things at once, where a visitor would see it."""
        self.room = rooms[0]
        self.pictures = pictures
        self._clock = clock
        self._ahead = world.env.now() - clock()
        self._preview: Preview | None = None
        self._opened = asyncio.Event()
        self._closing = AsyncExitStack()
        self._published = 0
        self._shown: Sequence[Mapping[int, str]] = ({}, {})
        self._refreshed = self._acted = world.env.now()
        self._read = {room.slug: self._looks(room) for room in rooms}

    # --- what is on show ------------------------------------------------------------------------------

    @property
    def rooms(self) -> list[Room]:
        """Those of the beginning, each with the threads below its channel that its person may see by now."""
        return [each for room in self._rooms for each in (room, *self._threads_below(room))]

    def _threads_below(self, room: Room) -> Iterator[Room]:
        if room.is_private:
            return
        for thread in room.channel.threads:
            if not can_access_channel(self.world.env, thread.id, room.person.member, history=True):
                continue
            known = self._threads.get((thread.id, room.person.slug))
            if known is None:
                slug, name = f"thread-{thread.id}-{room.person.slug}", f"↳ {thread.name}"
                known = Room(slug, name, room.person, thread)
                self._threads[thread.id, room.person.slug] = known
            yield known

    def room_with(self, token: str | None) -> Room | None:
        return next(
            (room for room in self.rooms if token and secrets.compare_digest(room.token, token)), None
        )

    def shows(self, room: Room) -> bool:
        """Whether its channel is the one on show."""
        is_there = self._preview is not None and room.channel.id == self.room.channel.id
        return is_there and room.person.slug in self._viewers  # who joins a thread later isn't

    def with_news(self) -> list[Room]:
        """The rooms of few in which something changed since they were last on show."""
        public = self.world.shop.id
        return [
            room
            for room in self.rooms
            if room.channel.id != public
            and not self.shows(room)
            and self._read.get(room.slug) != self._looks(room)
        ]

    def newest(self, room: Room) -> int | None:
        """The id of the last message in its channel, whoever may see it."""
        return max(self.world.env.backend.messages.get(room.channel.id, ()), default=None)

    def is_as_before(self, room: Room, message_id: int) -> bool:
        """Whether a message looks as it did on the page before the one that is on show."""
        before, now = (page.get(message_id) for page in self._shown)
        return before == now == self._look(room).get(message_id) is not None

    async def preview(self) -> Preview:
        """SimCord's page as it is now, or as soon as it is open again."""
        while (preview := self._preview) is None:
            await self._opened.wait()
        return preview

    async def show(self, room: Room) -> None:
        """Put a room on show. What was there before says that it is no longer available."""
        async with self.turn:
            if not self.shows(room) or not _is_open(self._preview):
                await self._open(room)
            self.room = room
            self._take_as_read()

    async def _open(self, room: Room) -> None:
        self._opened.clear()
        self._preview = None
        await self._closing.aclose()
        there = [other.person for other in self.rooms if other.channel.id == room.channel.id]
        viewers = [room.person.member.user] if room.is_private else [person.member for person in there]
        self._viewers = frozenset(person.slug for person in (there or [room.person]))
        preview = self.world.env.preview(
            room.channel, viewers=viewers, layout="channel", assets=self.pictures
        )
        self._preview = await self._closing.enter_async_context(preview)
        self._published = self._looks(room)
        self._shown = (self._look(room), self._look(room))
        self._refreshed = self.world.env.now()
        self._opened.set()

    async def close(self) -> None:
        await self._closing.aclose()

    # --- time and changes -----------------------------------------------------------------------------

    async def live(self) -> None:
        """Let time go by until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            try:
                async with self.turn:
                    await self._catch_up()
            except Exception:
                # Nothing is lost: the next tick has more to catch up with.
                log.exception("The simulated clock did not move on")

    async def jump(self, span: timedelta) -> None:
        """Move time forward, with all that falls due in it. Raises TimeoutError when that takes too long."""
        async with self.turn:
            self._ahead += span
            await self._catch_up()

    async def speak(self, person: Person, locale: str) -> None:
        """Have somebody use Discord in that locale."""
        async with self.turn:
            self.world.env.speaks(person.member.id, locale)

    async def take_direct_messages(self, person: Person, *, closed: bool) -> None:
        """Have somebody close their direct messages, or open them again."""
        async with self.turn:
            self.world.env.take_direct_messages(person.member.id, closed=closed)

    async def restart_bot(self) -> None:
        """End the bot and start another one; who is in a room stays there. Raises TimeoutError."""
        async with self.turn:
            await self.world.restart_bot()
            await self._show_changes(at_once=True)

    @asynccontextmanager
    async def visitor_acts(self) -> AsyncIterator[None]:
        """Within it a visitor types or clicks. SimCord shows by itself what comes of that."""
        async with self.turn:
            # What the bot did before has not been shown yet, and nothing says that the action shows it.
            has_more_to_show = self._looks(self.room) != self._published
            yield
            if not has_more_to_show:
                self._published = self._looks(self.room)
            self._acted = self.world.env.now()
            self._take_as_read()

    async def _catch_up(self) -> None:
        env = self.world.env
        await self.world.pass_time(max(timedelta(0), self._clock() + self._ahead - env.now()))
        await self._show_changes()

    async def _show_changes(self, *, at_once: bool = False) -> None:
        preview, now, looks = self._preview, self.world.env.now(), self._looks(self.room)
        # Not at every tick: SimCord takes no click that was made on what a refresh has just replaced.
        is_stale = at_once or (now - self._refreshed >= STALEST and now - self._acted >= QUIET)
        if _is_open(preview) and (looks != self._published or is_stale):
            await preview.refresh()
            self._published = looks
            self._shown = (self._shown[1], self._look(self.room))
            self._refreshed = now
        self._take_as_read()

    def _take_as_read(self) -> None:
        self._read[self.room.slug] = self._looks(self.room)

    def _looks(self, room: Room) -> int:
        """A number that changes when what the room shows does."""
        return hash(tuple(self._look(room).values()))

    def _look(self, room: Room) -> dict[int, str]:
        """What there is of each message, by its id."""
        messages = self.world.env.backend.messages.get(room.channel.id, {})
        return {message_id: repr(message) for message_id, message in messages.items()}


def _is_open(preview: Preview | None) -> TypeGuard[Preview]:
    """Visitors can end it by SimCord's own menu."""
    try:
        return preview is not None and bool(preview.url)
    except simcord.SetupError:
        return False
