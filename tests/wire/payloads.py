"""The world's objects as the JSON that Discord sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from tests.wire.world import Channel, Guild, Member, Message, Role, User, World

Json = dict[str, Any]


def timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def user_json(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name.title(),
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
        "system": False,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "clan": None,
        "primary_guild": None,
    }


def own_user_json(user: User) -> Json:
    """The bot's own user, which has private fields besides."""
    return user_json(user) | {"mfa_enabled": True, "locale": user.locale, "verified": True, "email": None}


def role_json(role: Role) -> Json:
    tags = {"tags": {"bot_id": str(role.managed_by)}} if role.managed_by else {}
    return {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(role.permissions),
        "managed": role.managed_by is not None,
        "mentionable": False,
        "flags": 0,
        **tags,
    }


def member_json(member: Member, *, with_user: bool = True) -> Json:
    user = {"user": user_json(member.user)} if with_user else {}
    return user | {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": None,
        "deaf": False,
        "flags": 0,
        "joined_at": timestamp(member.joined_at),
        "mute": False,
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in sorted(member.role_ids)],
    }


def channel_json(channel: Channel) -> Json:
    last = max(channel.messages, default=None)
    common = {
        "id": str(channel.id),
        "type": channel.type,
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if channel.recipient is not None:
        return common | {"recipients": [user_json(channel.recipient)]}
    assert channel.guild is not None
    return common | {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "topic": None,
        "position": list(channel.guild.channels).index(channel.id),
        "permission_overwrites": [
            {
                "id": str(target),
                "type": 0 if target in channel.guild.roles else 1,
                "allow": "0",
                "deny": str(bits),
            }
            for target, bits in channel.denied.items()
        ],
        "nsfw": False,
    }


def guild_json(guild: Guild) -> Json:
    """The server as REST answers it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner.id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_json(role) for role in guild.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create_json(guild: Guild, bot: User) -> Json:
    """The GUILD_CREATE event: without the presences intent it holds the bot's own member alone."""
    own = guild.members[bot.id]
    return guild_json(guild) | {
        "unavailable": False,
        "joined_at": timestamp(own.joined_at),
        "large": len(guild.members) > 250,
        "member_count": len(guild.members),
        "members": [member_json(own)],
        "channels": [channel_json(channel) for channel in guild.channels.values()],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message_json(world: World, message: Message, *, with_content: bool = True) -> Json:
    """The message as the bot gets it; without content where the bot may not read what people write."""
    mentioned = [world.users[one] for one in sorted(message.mentioned_ids) if one in world.users]
    body: Json = {
        "type": (20 if message.interaction else 0) if message.reference_id is None else 19,
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": user_json(message.author),
        "content": message.content if with_content else "",
        "embeds": message.embeds if with_content else [],
        "components": message.components if with_content else [],
        "attachments": message.attachments if with_content else [],
        "mentions": [user_json(user) for user in mentioned],
        "mention_roles": [],
        "mention_everyone": False,
        "timestamp": timestamp(message.created_at),
        "edited_timestamp": timestamp(message.edited_at) if message.edited_at else None,
        "flags": message.flags,
        "pinned": False,
        "tts": False,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.reference_id is not None:
        body["message_reference"] = {
            "type": 0,
            "channel_id": str(message.channel.id),
            "message_id": str(message.reference_id),
        }
    if message.interaction is not None:
        body["webhook_id"] = body["application_id"] = str(world.application_id)
        body["interaction_metadata"] = message.interaction
    return body


def application_json(world: World) -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_json(world.bot),
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user_json(world.owner),
        "team": None,
        "flags": application_flags(world),
        "flags_new": str(application_flags(world)),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "integration_types_config": {"0": {}},
        "event_webhooks_status": 1,
        "event_webhooks_types": [],
        "eligible_oauth2_scopes": [],
    }


def application_flags(world: World) -> int:
    """GATEWAY_GUILD_MEMBERS_LIMITED, as in a bot on few servers, if the intent is switched on."""
    return (1 << 15) if world.members_intent else 0
