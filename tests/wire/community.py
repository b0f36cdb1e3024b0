"""What exists on the fake Discord and happens there besides the bot: servers, roles, comings and goings."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from tests.wire import payloads
from tests.wire.gateway import (
    INTENT_DIRECT_MESSAGES,
    INTENT_GUILD_MESSAGES,
    INTENT_GUILDS,
    INTENT_MEMBERS,
    INTENT_MESSAGE_CONTENT,
)
from tests.wire.world import BOT_ROLE_POSITION, Channel, Guild, Member, Message, Role, User, snowflake

if TYPE_CHECKING:
    from tests.wire.changes import Changes
    from tests.wire.gateway import Gateway
    from tests.wire.world import World


class Community:
    """Changes to the world; a connected bot is told of each as its intents allow."""

    world: World
    gateway: Gateway
    changes: Changes

    def __init__(self) -> None:
        super().__init__()
        self._positions = count(1)

    def user(self, name: str, *, locale: str = "en-US") -> User:
        """Make a person who is on no server yet."""
        return self.world.add_user(name, locale=locale)

    def guild(self, name: str = "Test server", *, owner: User | None = None) -> Guild:
        """Make a server that the bot is on."""
        guild = self.world.add_guild(name, owner=owner or self.user("owner"))
        self.gateway.dispatch(
            "GUILD_CREATE",
            payloads.guild_create_json(guild, self.world.bot),
            guild_id=guild.id,
            intent=INTENT_GUILDS,
        )
        return guild

    def channel(self, guild: Guild, name: str = "general") -> Channel:
        channel = self.world.add_channel(guild, name)
        self._tell(guild, "CHANNEL_CREATE", payloads.channel_json(channel))
        return channel

    def role(self, guild: Guild, name: str, *, permissions: int = 0, above_bot: bool = False) -> Role:
        """Make a role, by default below the bot's, so that the bot can hand it out."""
        position = next(self._positions) + (BOT_ROLE_POSITION if above_bot else 0)
        role = Role(snowflake(), name, position, permissions)
        guild.roles[role.id] = role
        self._tell(guild, "GUILD_ROLE_CREATE", {"role": payloads.role_json(role)})
        return role

    def delete_role(self, guild: Guild, role: Role) -> None:
        del guild.roles[role.id]
        for member in guild.members.values():
            member.role_ids.discard(role.id)
        self._tell(guild, "GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    def change_role(self, guild: Guild, role: Role, **changes: Any) -> None:
        """Change a role's `name`, `position` or `permissions`."""
        for key, value in changes.items():
            setattr(role, key, value)
        self._tell(guild, "GUILD_ROLE_UPDATE", {"role": payloads.role_json(role)})

    def deny(self, channel: Channel, target: Role | User | Guild, permissions: int) -> None:
        """Take permission bits away in a channel; a server as the target means everyone on it."""
        assert channel.guild is not None
        channel.denied[target.id] = permissions
        self._tell(channel.guild, "CHANNEL_UPDATE", payloads.channel_json(channel))

    def delete_channel(self, channel: Channel) -> None:
        assert channel.guild is not None
        body = payloads.channel_json(channel)
        del channel.guild.channels[channel.id], self.world.channels[channel.id]
        self._tell(channel.guild, "CHANNEL_DELETE", body)

    def remove_bot(self, guild: Guild) -> None:
        """Throw the bot out of a server."""
        del guild.members[self.world.bot.id]
        body = {"id": str(guild.id)}
        self.gateway.dispatch("GUILD_DELETE", body, guild_id=guild.id, intent=INTENT_GUILDS)

    def join(self, user: User, guild: Guild, *roles: Role) -> Member:
        """Let a person join; who joins again has no roles but these."""
        member = guild.members[user.id] = Member(user, guild, {role.id for role in roles})
        self._tell(guild, "GUILD_MEMBER_ADD", payloads.member_json(member), INTENT_MEMBERS)
        return member

    def member(self, name: str, guild: Guild, *roles: Role) -> User:
        """Make a person and let them join."""
        return self.join(self.user(name), guild, *roles).user

    def leave(self, user: User, guild: Guild) -> None:
        del guild.members[user.id]
        self._tell(guild, "GUILD_MEMBER_REMOVE", {"user": payloads.user_json(user)}, INTENT_MEMBERS)

    def give_role(self, user: User, guild: Guild, role: Role) -> None:
        """Hand out a role as a moderator does."""
        guild.members[user.id].role_ids.add(role.id)
        self.member_changed(guild.members[user.id])

    def take_role(self, user: User, guild: Guild, role: Role) -> None:
        guild.members[user.id].role_ids.discard(role.id)
        self.member_changed(guild.members[user.id])

    def member_changed(self, member: Member) -> None:
        # Bots always hear of their own member; of others with the members intent.
        intent = 0 if member.user is self.world.bot else INTENT_MEMBERS
        self._tell(member.guild, "GUILD_MEMBER_UPDATE", payloads.member_json(member), intent)

    def dm_channel(self, user: User) -> Channel:
        return self.world.direct_channel(user)

    def dms(self, user: User) -> list[Message]:
        """The messages in the bot's direct channel with this user, oldest first."""
        return self.messages(self.dm_channel(user))

    def messages(self, channel: Channel) -> list[Message]:
        """What everyone in the channel sees, oldest first."""
        return [one for one in channel.messages.values() if one.visible_to is None]

    def say(self, user: User, channel: Channel, content: str) -> Message:
        """Let a person write a message."""
        message = Message(snowflake(), channel, user, content)
        self.show(message)
        return message

    def show(self, message: Message) -> None:
        """Put a message into its channel, where its person alone sees it if it is ephemeral."""
        if message.visible_to is None:
            message.channel.messages[message.id] = message
        self.message_event("MESSAGE_CREATE", message)

    def delete_message(self, message: Message) -> None:
        """Delete a message, as its author or a moderator."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        self.message_event("MESSAGE_DELETE", message)

    def may_read(self, message: Message) -> bool:
        """Say whether the bot sees what stands in this message."""
        bot = self.world.bot
        return (
            message.author is bot
            or message.channel.guild is None
            or bot.id in message.mentioned_ids
            or any(session.intents & INTENT_MESSAGE_CONTENT for session in self.gateway.sessions)
        )

    def message_event(self, event: str, message: Message) -> None:
        guild = message.channel.guild
        body = payloads.message_json(self.world, message, with_content=self.may_read(message))
        if event == "MESSAGE_DELETE":
            body = {"id": body["id"], "channel_id": body["channel_id"]}
        if guild is not None:
            body["guild_id"] = str(guild.id)
        intent = INTENT_DIRECT_MESSAGES if guild is None else INTENT_GUILD_MESSAGES
        if message.visible_to is None:
            self.gateway.dispatch(event, body, guild_id=guild.id if guild else None, intent=intent)
        self.changes.tell()

    def _tell(self, guild: Guild, event: str, body: dict[str, Any], intent: int = INTENT_GUILDS) -> None:
        body = {"guild_id": str(guild.id), **body}
        self.gateway.dispatch(event, body, guild_id=guild.id, intent=intent)
        self.changes.tell()
