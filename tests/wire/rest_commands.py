"""REST: the application's commands, global ones and those of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.wire import rest_errors as errors
from tests.wire.rest import route
from tests.wire.world import snowflake

if TYPE_CHECKING:
    from tests.wire.rest import Call
    from tests.wire.world import World

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


def _scope(call: Call) -> int | None:
    if call.number("application_id") != call.world.application_id:
        raise errors.missing_access()
    return call.guild().id if "guild_id" in call.path else None


@route("GET", COMMANDS, GUILD_COMMANDS)
def commands(call: Call) -> Any:
    return call.world.commands.get(_scope(call), [])


@route("PUT", COMMANDS, GUILD_COMMANDS)
def replace_commands(call: Call) -> Any:
    scope = _scope(call)
    known = {(one["type"], one["name"]): one["id"] for one in call.world.commands.get(scope, [])}
    call.world.commands[scope] = [_command_json(call.world, scope, one, known) for one in call.body]
    return call.world.commands[scope]


@route("POST", COMMANDS, GUILD_COMMANDS)
def add_command(call: Call) -> Any:
    scope = _scope(call)
    there = call.world.commands.setdefault(scope, [])
    known = {(one["type"], one["name"]): one["id"] for one in there}
    added = _command_json(call.world, scope, call.body, known)
    there[:] = [one for one in there if one["id"] != added["id"]] + [added]
    return added


@route("DELETE", COMMANDS + "/{command_id}", GUILD_COMMANDS + "/{command_id}")
def delete_command(call: Call) -> None:
    there = call.world.commands.get(_scope(call), [])
    left = [one for one in there if one["id"] != call.path["command_id"]]
    if len(left) == len(there):
        raise errors.unknown_command()
    there[:] = left


def _command_json(
    world: World, scope: int | None, body: dict[str, Any], known: dict[tuple[int, str], str]
) -> dict[str, Any]:
    kind, permissions = body.get("type") or 1, body.get("default_member_permissions")
    return {
        "id": known.get((kind, body["name"])) or str(snowflake()),
        "application_id": str(world.application_id),
        "version": str(snowflake()),
        "type": kind,
        "name": body["name"],
        "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "options": body.get("options") or [],
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(body.get("nsfw")),
        **({"guild_id": str(scope)} if scope else {"dm_permission": True, "contexts": body.get("contexts")}),
        "integration_types": body.get("integration_types") or [0],
    }
