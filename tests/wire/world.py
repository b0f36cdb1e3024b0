"""What exists in the fake Discord: people, servers, roles, channels and messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from tests.wire import components as tree

DISCORD_EPOCH_MS: Final = 1_420_070_400_000  # the first millisecond of 2015: snowflakes count from there

ADMINISTRATOR: Final = 1 << 3
MANAGE_GUILD: Final = 1 << 5
VIEW_CHANNEL: Final = 1 << 10
SEND_MESSAGES: Final = 1 << 11
EMBED_LINKS: Final = 1 << 14
ATTACH_FILES: Final = 1 << 15
READ_MESSAGE_HISTORY: Final = 1 << 16
MANAGE_ROLES: Final = 1 << 28
USE_APPLICATION_COMMANDS: Final = 1 << 31
CREATE_PRIVATE_THREADS: Final = 1 << 36
SEND_MESSAGES_IN_THREADS: Final = 1 << 38
EVERYTHING: Final = (1 << 53) - 1

EVERYONE_MAY: Final = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
)
BOT_MAY: Final = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | MANAGE_ROLES
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS
)

TEXT_CHANNEL: Final = 0
DIRECT_CHANNEL: Final = 1

EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
COMPONENTS_V2: Final = 1 << 15

BOT_ROLE_POSITION: Final = 100

_numbers = count()


def snowflake() -> int:
    """Return a new id that carries the present time and grows with every call."""
    now = int(datetime.now(UTC).timestamp() * 1000) - DISCORD_EPOCH_MS
    return (now << 22) | (next(_numbers) & 0x3FFFFF)


@dataclass(eq=False)
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    dms_open: bool = True
    """Switched off, every message to this user is refused with code 50007."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    id: int
    name: str
    position: int
    permissions: int = 0
    managed_by: int | None = None
    """The id of the bot that this role belongs to; nobody can hand such a role out."""


@dataclass(eq=False)
class Member:
    user: User
    guild: Guild
    role_ids: set[int] = field(default_factory=set)
    joined_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def top_position(self) -> int:
        return max((self.guild.roles[role_id].position for role_id in self.role_ids), default=0)

    def has(self, role: Role) -> bool:
        return role.id in self.role_ids


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    locale: str = "en-US"

    def role_named(self, name: str) -> Role:
        return next(role for role in self.roles.values() if role.name == name)


@dataclass(eq=False)
class Channel:
    id: int
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    denied: dict[int, int] = field(default_factory=dict)
    """Permission bits taken away here, by role id (the server's own id is @everyone) or user id."""

    @property
    def type(self) -> int:
        return TEXT_CHANNEL if self.guild else DIRECT_CHANNEL

    def permissions_of(self, member: Member | None) -> int:
        """Return the member's permission bits in this channel; in a direct channel everyone has all."""
        if self.guild is None or member is None or self.guild.owner is member.user:
            return EVERYTHING
        granted = self.guild.roles[self.guild.id].permissions
        for role_id in member.role_ids:
            granted |= self.guild.roles[role_id].permissions
        if granted & ADMINISTRATOR:
            return EVERYTHING
        for target in (self.guild.id, *member.role_ids, member.user.id):
            granted &= ~self.denied.get(target, 0)
        return granted if granted & VIEW_CHANNEL else 0


@dataclass(eq=False)
class Message:
    """A message as it stands now: edits change this object, `versions` keeps what it showed before."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    allowed_mentions: dict[str, Any] | None = None
    reference_id: int | None = None
    interaction: dict[str, Any] | None = None
    """The interaction that this message answers, as Discord describes it in the message."""
    visible_to: User | None = None
    """Set on ephemeral messages: the only person who sees them."""
    edited_at: datetime | None = None
    deleted: bool = False
    versions: list[str] = field(default_factory=list)

    @property
    def created_at(self) -> datetime:
        return datetime.fromtimestamp(((self.id >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def thinking(self) -> bool:
        """Whether people see "thinking…" here instead of content."""
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """All that can be read: content, embeds and text displays."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title", ""), embed.get("description", "")]
            for entry in embed.get("fields", ()):
                parts += [entry["name"], entry["value"]]
            parts.append((embed.get("footer") or {}).get("text", ""))
        parts.append(tree.text_of(self.components))
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return tree.buttons_of(self.components)

    @property
    def labels(self) -> list[str]:
        return [button.get("label") or "" for button in self.buttons]

    @property
    def links(self) -> dict[str, str]:
        """The addresses of link buttons, by label."""
        return tree.links_of(self.components)

    def button(self, label: str | None = None, *, custom_id: str | None = None) -> dict[str, Any]:
        return tree.find_button(self.components, label=label, custom_id=custom_id)

    @property
    def mentioned_ids(self) -> set[int]:
        """The users and roles that this message pings, after `allowed_mentions`."""
        users = {int(found) for found in re.findall(r"<@!?(\d+)>", self.text)}
        roles = {int(found) for found in re.findall(r"<@&(\d+)>", self.text)}
        if self.allowed_mentions is None:
            return users | roles
        kinds = self.allowed_mentions.get("parse") or ()
        named = {int(one) for key in ("users", "roles") for one in self.allowed_mentions.get(key) or ()}
        return (
            (users if "users" in kinds else set())
            | (roles if "roles" in kinds else set())
            | ((users | roles) & named)
        )


class World:
    """All state of one fake Discord."""

    def __init__(self, *, token: str) -> None:
        self.token = token
        self.base_url = ""
        """Where uploaded files are served, without a slash at the end."""
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.bot = self.add_user("Bamboo", bot=True)
        self.application_id = self.bot.id
        self.owner = self.add_user("application-owner")
        self.members_intent = True
        """Whether the privileged members intent is switched on in the developer portal."""
        self.commands: dict[int | None, list[dict[str, Any]]] = {}
        """Application commands by server id; under None the global ones."""
        self.files: dict[str, bytes] = {}
        """Uploaded attachments by their path on the server."""

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        user = User(snowflake(), name, bot=bot, locale=locale)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, owner: User) -> Guild:
        """Make a server with the owner and the bot in it, and the bot's own role."""
        guild = Guild(snowflake(), name, owner)
        guild.roles[guild.id] = Role(guild.id, "@everyone", 0, EVERYONE_MAY)
        bot_role = Role(snowflake(), self.bot.name, BOT_ROLE_POSITION, BOT_MAY, managed_by=self.bot.id)
        guild.roles[bot_role.id] = bot_role
        guild.members[owner.id] = Member(owner, guild)
        guild.members[self.bot.id] = Member(self.bot, guild, {bot_role.id})
        self.guilds[guild.id] = guild
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = Channel(snowflake(), name, guild)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        return channel

    def direct_channel(self, user: User) -> Channel:
        """Return the bot's direct channel with the user, the same one every time."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(snowflake(), user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def shares_guild(self, user: User) -> bool:
        return any(
            user.id in guild.members and self.bot.id in guild.members for guild in self.guilds.values()
        )
