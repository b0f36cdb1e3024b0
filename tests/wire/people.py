"""Acting as the people on Discord: commands, clicks, choices, modals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.wire import commands, modals, payloads
from tests.wire import components as tree
from tests.wire.commands import RefusedByClientError
from tests.wire.interactions import (
    ACK_WITHIN,
    AUTOCOMPLETE,
    COMPONENT,
    MODAL_SUBMIT,
    SLASH,
    InteractionRecord,
)
from tests.wire.world import Channel, Message, Role, User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.wire.changes import Changes
    from tests.wire.gateway import Gateway
    from tests.wire.world import World

ATTACHMENT_SIZE_LIMIT: Final = 10 * 1024 * 1024  # bytes, of a server without boosts


class People:
    """What a person can do; each action returns once the bot has been told, not once it has answered."""

    world: World
    gateway: Gateway
    changes: Changes

    def __init__(self) -> None:
        super().__init__()
        self.interactions: dict[str, InteractionRecord] = {}
        """Every interaction so far, by token."""
        self.acknowledge_within = ACK_WITHIN
        """Seconds that the bot has for its first response to interactions from now on."""
        self.enforce_command_permissions = True
        """Switched off, people reach commands that `default_member_permissions` hides from them."""

    async def slash(self, user: User, channel: Channel, command: str, /, **options: Any) -> InteractionRecord:
        """Use a slash command ("buy", "invoice create"); people, roles and channels are given as objects."""
        name, *words = command.split()
        found = self._command(user, channel, name, commands.SLASH_COMMAND)
        return self._send(SLASH, user, channel, commands.fill_in(found, words, options, channel.guild))

    async def menu(
        self, user: User, channel: Channel, name: str, /, *, target: User | Message
    ) -> InteractionRecord:
        """Use a context menu of a member or of a message."""
        kind = commands.USER_MENU if isinstance(target, User) else commands.MESSAGE_MENU
        found = self._command(user, channel, name, kind)
        data: dict[str, Any] = {"id": found["id"], "name": name, "type": kind, "target_id": str(target.id)}
        if isinstance(target, User):
            data["resolved"] = commands.resolve([target], channel.guild)
        else:
            data["resolved"] = {"messages": {str(target.id): payloads.message_json(self.world, target)}}
        return self._send(SLASH, user, channel, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, /, *, focused: str, value: str, **options: Any
    ) -> InteractionRecord:
        """Type into an option; the suggestions are `await record.choices()`."""
        name, *words = command.split()
        found = self._command(user, channel, name, commands.SLASH_COMMAND)
        focus = commands.Focus(focused, value)
        data = commands.fill_in(found, words, options, channel.guild, focus)
        return self._send(AUTOCOMPLETE, user, channel, data)

    async def click(
        self, user: User, message: Message, *, label: str | None = None, custom_id: str | None = None
    ) -> InteractionRecord:
        """Press a button of a message.

        Raises:
            RefusedByClientError: the person doesn't see the message, or the button can't be pressed.
            LookupError: the message has no such button, or several.
        """
        button = tree.find_button(self._visible(user, message), label=label, custom_id=custom_id)
        if button.get("disabled") or not button.get("custom_id"):
            raise RefusedByClientError(f"{button.get('label')!r} is disabled or a link")
        data = {"component_type": tree.BUTTON, "custom_id": button["custom_id"], "id": button["id"]}
        return self._send(COMPONENT, user, message.channel, data, message=message)

    async def select(
        self,
        user: User,
        message: Message,
        values: Sequence[str | User | Role | Channel],
        *,
        placeholder: str | None = None,
        custom_id: str | None = None,
    ) -> InteractionRecord:
        """Choose from a menu: values or labels of options, or people, roles and channels as objects."""
        parts = self._visible(user, message)
        menu = tree.find_select(parts, placeholder=placeholder, custom_id=custom_id)
        least, most = menu.get("min_values", 1), menu.get("max_values", 1)
        if menu.get("disabled") or not least <= len(values) <= most:
            raise RefusedByClientError(
                f"the menu is disabled or takes {least} to {most} values, not {values}"
            )
        data: dict[str, Any] = {
            "component_type": menu["type"],
            "custom_id": menu["custom_id"],
            "id": menu["id"],
        }
        if menu["type"] == tree.STRING_SELECT:
            offered = {one["label"]: one["value"] for one in menu["options"]}
            data["values"] = [offered.get(str(one), one) for one in values]
            if not set(data["values"]) <= set(offered.values()):
                raise RefusedByClientError(f"the menu offers {offered}, not {values}")
        else:
            data["values"] = [str(one.id) for one in values if not isinstance(one, str)]
            data["resolved"] = commands.resolve(list(values), message.channel.guild)
        return self._send(COMPONENT, user, message.channel, data, message=message)

    async def submit_modal(
        self, user: User, opened_by: InteractionRecord, values: dict[str, Any] | None = None
    ) -> InteractionRecord:
        """Send off the modal that an interaction opened, with values by label or custom id."""
        modal = await opened_by.modal_opened()
        data = modals.submitted(modal, values or {}, opened_by.channel.guild)
        return self._send(
            MODAL_SUBMIT, user, opened_by.channel, data, message=opened_by.message, origin=opened_by
        )

    def _command(self, user: User, channel: Channel, name: str, kind: int) -> dict[str, Any]:
        self._check_presence(user, channel)
        found = commands.find_command(self.world, channel, name, kind)
        if self.enforce_command_permissions and not commands.may_use(found, channel, user):
            raise RefusedByClientError(f"{name!r} is hidden from {user.name}")
        return found

    def _visible(self, user: User, message: Message) -> list[dict[str, Any]]:
        self._check_presence(user, message.channel)
        if message.deleted or (message.visible_to is not None and message.visible_to is not user):
            raise RefusedByClientError(f"{user.name} doesn't see this message")
        return message.components

    @staticmethod
    def _check_presence(user: User, channel: Channel) -> None:
        present = user is channel.recipient if channel.guild is None else user.id in channel.guild.members
        if not present:
            raise RefusedByClientError(f"{user.name} is not in {channel.name!r}")

    def _send(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        *,
        message: Message | None = None,
        origin: InteractionRecord | None = None,
    ) -> InteractionRecord:
        record = InteractionRecord(kind, user, channel, data, self.changes, message, origin)
        record.acknowledge_within = self.acknowledge_within
        self.interactions[record.token] = record
        guild_id = channel.guild.id if channel.guild else None
        self.gateway.dispatch("INTERACTION_CREATE", interaction_json(self.world, record), guild_id=guild_id)
        return record


def interaction_json(world: World, record: InteractionRecord) -> dict[str, Any]:
    """The INTERACTION_CREATE event."""
    guild, channel, user = record.channel.guild, record.channel, record.user
    body: dict[str, Any] = {
        "id": str(record.id),
        "application_id": str(world.application_id),
        "type": record.kind,
        "data": record.data,
        "token": record.token,
        "version": 1,
        "channel_id": str(channel.id),
        "locale": user.locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
        "context": 0 if guild else 1,
        "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
    }
    if guild is None:
        body["user"] = payloads.user_json(user)
        body["channel"] = payloads.channel_json(channel)
        body["app_permissions"] = str(channel.permissions_of(None))
    else:
        granted = str(channel.permissions_of(guild.members[user.id]))
        body["guild_id"], body["guild_locale"] = str(guild.id), guild.locale
        body["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
        body["member"] = payloads.member_json(guild.members[user.id]) | {"permissions": granted}
        body["channel"] = payloads.channel_json(channel) | {"permissions": granted}
        body["app_permissions"] = str(channel.permissions_of(guild.members[world.bot.id]))
    if record.message is not None:
        body["message"] = payloads.message_json(world, record.message)
    return body
