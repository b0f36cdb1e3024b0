"""REST: the application, servers, members and roles; and the table of all routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.wire import payloads
from tests.wire import rest_errors as errors
from tests.wire.world import MANAGE_ROLES, SEND_MESSAGES, VIEW_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.discord_server import FakeDiscord
    from tests.wire.faults import LoggedRequest
    from tests.wire.messages import Files
    from tests.wire.world import Channel, Guild, Member, World


@dataclass
class Call:
    """One request on its way through a handler."""

    discord: FakeDiscord
    request: LoggedRequest
    path: dict[str, str]
    files: Files

    @property
    def world(self) -> World:
        return self.discord.world

    @property
    def body(self) -> Any:
        return self.request.body

    def number(self, name: str) -> int:
        return int(self.path[name]) if self.path[name].isdecimal() else 0

    def guild(self) -> Guild:
        guild = self.world.guilds.get(self.number("guild_id"))
        if guild is None:
            raise errors.unknown_guild()
        if self.world.bot.id not in guild.members:
            raise errors.missing_access()
        return guild

    def member(self) -> Member:
        member = self.guild().members.get(self.number("user_id"))
        if member is None:
            raise errors.unknown_member()
        return member

    def channel(self, *, to_send: bool = False) -> Channel:
        """Return the channel of the path.

        Raises:
            RestError: there is none, or the bot may not see it, or not send there when it wants to.
        """
        channel = self.world.channels.get(self.number("channel_id"))
        if channel is None:
            raise errors.unknown_channel()
        if channel.guild is not None:
            own = channel.guild.members.get(self.world.bot.id)
            granted = channel.permissions_of(own) if own else 0
            if not granted & VIEW_CHANNEL:
                raise errors.missing_access()
            if to_send and not granted & SEND_MESSAGES:
                raise errors.missing_permissions()
        elif to_send and channel.recipient is not None:
            if not self.world.shares_guild(channel.recipient):
                raise errors.no_mutual_guilds()
            if not channel.recipient.dms_open:
                raise errors.direct_messages_closed()
        return channel


ROUTES: dict[tuple[str, str], Callable[[Call], Any]] = {}


def route(method: str, *paths: str) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Register a handler; it returns the answer's JSON, or None for 204."""

    def register(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
        for path in paths:
            ROUTES[method, path] = handler
        return handler

    return register


@route("GET", "/users/@me")
def own_user(call: Call) -> Any:
    return payloads.own_user_json(call.world.bot)


@route("GET", "/users/{user_id}")
def user(call: Call) -> Any:
    found = call.world.users.get(call.number("user_id"))
    if found is None:
        raise errors.unknown_user()
    return payloads.user_json(found)


@route("GET", "/oauth2/applications/@me", "/applications/@me")
def application(call: Call) -> Any:
    return payloads.application_json(call.world)


@route("GET", "/gateway")
def gateway(call: Call) -> Any:
    return {"url": call.discord.gateway_url}


@route("GET", "/gateway/bot")
def gateway_for_bots(call: Call) -> Any:
    limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return {
        "url": call.discord.gateway_url,
        "shards": call.discord.shard_count,
        "session_start_limit": limit,
    }


@route("POST", "/users/@me/channels")
def open_direct_channel(call: Call) -> Any:
    recipient = call.world.users.get(int(call.body["recipient_id"]))
    if recipient is None:
        raise errors.unknown_user()
    if recipient is call.world.bot:
        raise errors.direct_messages_closed()
    return payloads.channel_json(call.world.direct_channel(recipient))


@route("GET", "/channels/{channel_id}")
def channel(call: Call) -> Any:
    return payloads.channel_json(call.channel())


@route("GET", "/users/@me/guilds")
def own_guilds(call: Call) -> Any:
    keys = ("id", "name", "icon", "banner", "features")
    return [
        {key: payloads.guild_json(guild)[key] for key in keys} | {"owner": False, "permissions": "0"}
        for guild in call.world.guilds.values()
        if call.world.bot.id in guild.members
    ]


@route("GET", "/guilds/{guild_id}")
def guild(call: Call) -> Any:
    return payloads.guild_json(call.guild())


@route("GET", "/guilds/{guild_id}/channels")
def guild_channels(call: Call) -> Any:
    return [payloads.channel_json(one) for one in call.guild().channels.values()]


@route("GET", "/guilds/{guild_id}/roles")
def roles(call: Call) -> Any:
    return [payloads.role_json(role) for role in call.guild().roles.values()]


@route("GET", "/guilds/{guild_id}/roles/{role_id}")
def role(call: Call) -> Any:
    found = call.guild().roles.get(call.number("role_id"))
    if found is None:
        raise errors.unknown_role()
    return payloads.role_json(found)


@route("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> Any:
    words, limit = call.request.query["query"].lower(), int(call.request.query.get("limit", 1))
    found = [one for one in call.guild().members.values() if one.user.name.lower().startswith(words)]
    return [payloads.member_json(member) for member in found[:limit]]


@route("GET", "/guilds/{guild_id}/members")
def members(call: Call) -> Any:
    if not call.world.members_intent:
        raise errors.missing_access()
    limit, after = int(call.request.query.get("limit", 1)), int(call.request.query.get("after", 0))
    everyone = sorted(call.guild().members.values(), key=lambda member: member.user.id)
    return [payloads.member_json(member) for member in everyone if member.user.id > after][:limit]


@route("GET", "/guilds/{guild_id}/members/{user_id}")
def member(call: Call) -> Any:
    return payloads.member_json(call.member())


@route("PATCH", "/guilds/{guild_id}/members/{user_id}")
def edit_member(call: Call) -> Any:
    changed = call.member()
    if "roles" in call.body:
        wanted = {int(one) for one in call.body["roles"] or ()}
        for role_id in wanted ^ changed.role_ids:
            _check_manageable(call, role_id)
        changed.role_ids = wanted
    _tell_of_member(call, changed)
    return payloads.member_json(changed)


@route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def give_role(call: Call) -> None:
    changed = call.member()
    _check_manageable(call, call.number("role_id"))
    changed.role_ids.add(call.number("role_id"))
    _tell_of_member(call, changed)


@route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def take_role(call: Call) -> None:
    changed = call.member()
    _check_manageable(call, call.number("role_id"))
    changed.role_ids.discard(call.number("role_id"))
    _tell_of_member(call, changed)


def _check_manageable(call: Call, role_id: int) -> None:
    guild = call.guild()
    own, role = guild.members[call.world.bot.id], guild.roles.get(role_id)
    if role is None:
        raise errors.unknown_role()
    granted = 0
    for one in (guild.id, *own.role_ids):
        granted |= guild.roles[one].permissions
    if (
        not granted & MANAGE_ROLES
        or role.managed_by
        or role.id == guild.id
        or role.position >= own.top_position
    ):
        raise errors.missing_permissions()


def _tell_of_member(call: Call, member: Member) -> None:
    call.discord.member_changed(member)
