"""Slash commands as Discord's client fills them in: looked up, checked and turned into JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.wire import payloads
from tests.wire.world import Channel, Member, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.wire.world import Guild, World

SUBCOMMAND: Final = 1
SUBCOMMAND_GROUP: Final = 2
STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
USER: Final = 6
CHANNEL: Final = 7
ROLE: Final = 8
MENTIONABLE: Final = 9
NUMBER: Final = 10

SLASH_COMMAND: Final = 1
USER_MENU: Final = 2
MESSAGE_MENU: Final = 3

PYTHON_TYPES: Final[dict[int, Any]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    USER: User,
    CHANNEL: Channel,
    ROLE: Role,
    MENTIONABLE: (User, Role),
    NUMBER: (int, float),
}


class RefusedByClientError(AssertionError):
    """A person could not do this in Discord's client, so the bot never hears of it."""


@dataclass
class Focus:
    """The option that autocomplete is asked about, and what is typed there so far."""

    name: str
    value: str


def find_command(world: World, channel: Channel, name: str, kind: int) -> dict[str, Any]:
    """Return the command as a person in this channel sees it, the server's own before a global one.

    Raises:
        RefusedByClientError: no such command is offered there.
    """
    scopes = [channel.guild.id, None] if channel.guild else [None]
    context = 0 if channel.guild else 1
    seen: list[str] = []
    for scope in scopes:
        for command in world.commands.get(scope, ()):
            contexts = command.get("contexts")
            if contexts is not None and context not in contexts:
                continue
            seen.append(command["name"])
            if (command["name"], command["type"]) == (name, kind):
                return command
    raise RefusedByClientError(f"no command {name!r} in {channel.name!r}; there is: {seen}")


def fill_in(
    command: dict[str, Any],
    words: list[str],
    values: Mapping[str, Any],
    guild: Guild | None,
    focus: Focus | None = None,
) -> dict[str, Any]:
    """Return an interaction's `data` for a slash command with these values, people and roles as objects.

    Raises:
        RefusedByClientError: Discord's client would not let it be sent.
    """
    path, level = [], command
    for word in words:
        known = {one["name"]: one for one in level.get("options") or ()}
        if word not in known:
            raise RefusedByClientError(f"/{command['name']} has no {word!r}, only {sorted(known)}")
        level = known[word]
        path.append(level)
    declared = {one["name"]: one for one in level.get("options") or ()}
    _check_names(command, declared, values, focus)
    data: dict[str, Any] = {
        "id": command["id"],
        "name": command["name"],
        "type": SLASH_COMMAND,
        "options": [_option(declared[name], value, focus) for name, value in values.items()],
    }
    if focus is not None:
        typed = {"name": focus.name, "type": declared[focus.name]["type"]}
        data["options"].append(typed | {"value": focus.value, "focused": True})
    resolved = resolve(
        [value for value in values.values() if not isinstance(value, str | int | float)], guild
    )
    if resolved:
        data["resolved"] = resolved
    for step in reversed(path):
        data["options"] = [{"name": step["name"], "type": step["type"], "options": data["options"]}]
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data


def _check_names(
    command: dict[str, Any], declared: dict[str, Any], values: Mapping[str, Any], focus: Focus | None
) -> None:
    if any(one["type"] in {SUBCOMMAND, SUBCOMMAND_GROUP} for one in declared.values()):
        raise RefusedByClientError(f"/{command['name']} needs a subcommand: {sorted(declared)}")
    unknown = (values.keys() | ({focus.name} if focus else set())) - declared.keys()
    if unknown:
        raise RefusedByClientError(f"/{command['name']} has no {sorted(unknown)}, only {sorted(declared)}")
    missing = {name for name, one in declared.items() if one.get("required")} - values.keys()
    if missing and focus is None:
        raise RefusedByClientError(f"/{command['name']} needs {sorted(missing)}")
    if focus and not declared[focus.name].get("autocomplete"):
        raise RefusedByClientError(f"{focus.name!r} has no autocomplete")


def _option(declared: dict[str, Any], value: Any, focus: Focus | None) -> dict[str, Any]:
    kind, name = declared["type"], declared["name"]
    fits = isinstance(value, PYTHON_TYPES[kind]) and (kind == BOOLEAN or not isinstance(value, bool))
    if not fits:
        raise RefusedByClientError(f"{name!r} takes {PYTHON_TYPES[kind]}, not {value!r}")
    choices = [choice["value"] for choice in declared.get("choices") or ()]
    if choices and value not in choices:
        raise RefusedByClientError(f"{name!r} offers {choices}, not {value!r}")
    if focus is None:
        size = len(value) if kind == STRING else value if kind in {INTEGER, NUMBER} else None
        least, most = (
            declared.get(f"min_{'length' if kind == STRING else 'value'}"),
            declared.get(f"max_{'length' if kind == STRING else 'value'}"),
        )
        if size is not None and ((least is not None and size < least) or (most is not None and size > most)):
            raise RefusedByClientError(f"{name!r} takes {least} to {most}, not {value!r}")
    sent = str(value.id) if isinstance(value, User | Role | Channel) else value
    return {"name": name, "type": kind, "value": sent}


def resolve(chosen: list[Any], guild: Guild | None) -> dict[str, Any]:
    """Return the details of chosen people, roles and channels, as interactions carry them."""
    resolved: dict[str, dict[str, Any]] = {}
    for one in chosen:
        key = str(one.id)
        if isinstance(one, User):
            resolved.setdefault("users", {})[key] = payloads.user_json(one)
            if guild is not None and one.id in guild.members:
                member = payloads.member_json(guild.members[one.id], with_user=False)
                resolved.setdefault("members", {})[key] = member | {"permissions": permissions(guild, one)}
        elif isinstance(one, Role):
            resolved.setdefault("roles", {})[key] = payloads.role_json(one)
        elif isinstance(one, Channel):
            resolved.setdefault("channels", {})[key] = payloads.channel_json(one) | {"permissions": "0"}
    return resolved


def permissions(guild: Guild, user: User) -> str:
    return str(Channel(0, "", guild).permissions_of(guild.members[user.id]))


def may_use(command: dict[str, Any], channel: Channel, user: User) -> bool:
    """Say whether the command's default permissions show it to this member."""
    needed = command.get("default_member_permissions")
    if needed is None or channel.guild is None:
        return True
    member: Member = channel.guild.members[user.id]
    granted = channel.permissions_of(member)
    return bool(int(needed)) and granted & int(needed) == int(needed)
