"""Discord keeps commands until it is told otherwise: people see those that are answered, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.wire.shop_process import eventually

if TYPE_CHECKING:
    from tests.wire.shop_process import ShopProcess


def foreign(name: str, **more: Any) -> dict[str, Any]:
    """A command of a program that ran under the same application before."""
    command = {"id": "77", "application_id": "0", "version": "78", "type": 1, "name": name}
    return command | {"description": "Of before", "default_member_permissions": None} | more


def writes(shop: ShopProcess, since: int = 0) -> list[str]:
    paths = [request.path for request in shop.discord.requests[since:] if request.method == "PUT"]
    return [path for path in paths if path.endswith("/commands")]


def names(shop: ShopProcess, server: int | None) -> set[str]:
    return {command["name"] for command in shop.discord.world.commands.get(server, ())}


def right(shop: ShopProcess) -> bool:
    return "buy" in names(shop, shop.guild.id) and not names(shop, None)


async def test_a_start_that_finds_everything_right_writes_nothing(shop: ShopProcess) -> None:
    await eventually(lambda: right(shop))
    assert len(writes(shop)) == 1
    await shop.bot.terminate()
    before = len(shop.discord.requests)

    def looks() -> int:
        return sum(one.path.endswith("/commands") for one in shop.discord.requests[before:])

    await shop.bot.start()
    await eventually(lambda: looks() == 2, what="one look at the server's, one at the global ones")
    await shop.bought()

    assert writes(shop, before) == []
    assert looks() == 2


async def test_commands_of_an_earlier_program_go_and_ours_come_back(shop: ShopProcess) -> None:
    await shop.bot.terminate()
    world = shop.discord.world
    world.commands[None] = [foreign("oldshop"), foreign("oldadmin")]
    ours = world.commands[shop.guild.id]
    world.commands[shop.guild.id] = [foreign("oldbuy"), *(one for one in ours if one["name"] != "buy")]

    await shop.bot.start()

    await eventually(lambda: right(shop))
    await eventually(lambda: "oldbuy" not in names(shop, shop.guild.id))
    await shop.bought()


async def test_a_command_that_reads_otherwise_is_written_anew(shop: ShopProcess) -> None:
    await eventually(lambda: right(shop))
    await shop.bot.terminate()
    [buy] = [one for one in shop.discord.world.commands[shop.guild.id] if one["name"] == "buy"]
    buy["options"][0]["description"] = "What it said in an older version"

    await shop.bot.start()

    await eventually(
        lambda: all(
            one["options"][0]["description"] != "What it said in an older version"
            for one in shop.discord.world.commands[shop.guild.id]
            if one["name"] == "buy"
        )
    )


async def test_what_discord_keeps_for_activities_is_left_alone(shop: ShopProcess) -> None:
    await shop.bot.terminate()
    shop.discord.world.commands[None] = [foreign("launch", type=4), foreign("oldshop")]

    await shop.bot.start()

    await eventually(lambda: names(shop, None) == {"launch"})


async def test_a_server_that_is_served_no_longer_shows_no_commands(shop: ShopProcess) -> None:
    await shop.bot.terminate()
    other = shop.discord.guild("Served before")
    shop.discord.world.commands[other.id] = [foreign("buy")]

    await shop.bot.start()

    await eventually(lambda: not names(shop, other.id))
    assert right(shop)


async def test_trouble_with_one_server_stops_no_other_and_is_said_once(shop: ShopProcess) -> None:
    await shop.bot.terminate()
    other = shop.discord.guild("Refuses")
    world = shop.discord.world
    world.commands[other.id], world.commands[None] = [foreign("buy")], [foreign("oldshop")]
    world.commands.pop(shop.guild.id)
    theirs = f"/applications/{world.application_id}/guilds/{other.id}/commands"
    shop.discord.fail_next("GET", theirs, 403, times=10)

    await shop.bot.start()

    await eventually(lambda: right(shop))
    await eventually(lambda: "can't be removed in Refuses" in shop.bot.log)
    await shop.bought()
    shop.discord.faults.failures.clear()
    await shop.discord.gateway.disconnect(resumable=False)  # what the bot does by the clock, it does then too
    await eventually(lambda: not names(shop, other.id))
    assert shop.bot.log.count("can't be removed in Refuses") == 1
