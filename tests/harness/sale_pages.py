"""Lists of sales and the pages behind them, as staff use them in tests."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import simcord

from bot.discord.components import button, notice
from bot.members.aftercare import Aftercare
from bot.texts import markdown
from cogs import custom_ids
from tests.harness.shop import text_of, walk

if TYPE_CHECKING:
    from tests.harness.grove import Grove

BUTTON, MENU, MEMBERS = 2, 3, 5
"""Kinds of components."""


def offered(message: Any) -> list[str]:
    """The options of its menu, as they read."""
    return [option["label"] for part in walk(message.components) for option in part.get("options", ())]


async def opened(grove: Grove, page: Any, number: int = 0) -> Any:
    """The sale that a list's menu offers in that place, opened below it by Boss."""
    [menu] = [part for part in walk(page.components) if part["type"] == 3]
    return await grove.boss.select(page, [menu["options"][number]["value"]], custom_id=menu["custom_id"])


async def newest(grove: Grove) -> Any:
    """The page of the newest sale."""
    return await opened(grove, (await grove.store_result("orders")).response)


async def with_button(grove: Grove, custom_id: str) -> simcord.ResponseMessage:
    """A message in #shop with that button: what anybody can click who forges one."""
    card = notice(markdown("?"), buttons=(button(markdown("?"), custom_id),))
    channel: Any = grove.shop.app.bot.get_channel(grove.shop.channel.id)
    message = await channel.send(view=card)
    backend = grove.shop.env.backend
    return simcord.ResponseMessage(grove.shop.env, backend.messages[grove.shop.channel.id][message.id])


def told(result: Any) -> str:
    """All that was said to who clicked: in the message, and beside it."""
    return "\n".join(text_of(each) for each in (result.response, *result.followups) if each is not None)


def custom_id_of(message: Any, kind: int) -> str:
    """Of its first menu of that kind."""
    return str(next(part["custom_id"] for part in walk(message.components) if part["type"] == kind))


def step(grove: Grove, *said: str | int) -> str:
    """The custom_id of a step with the only sale."""
    return custom_ids.sale(grove.till.sale()["reference"], *said)


def audited(grove: Grove, *, setting_up: bool = False) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What was written down, oldest first; without `setting_up` none of what tests begin with."""
    which = "" if setting_up else "WHERE action NOT IN ('benefit_added', 'settings')"
    rows = grove.shop.rows(f"SELECT action, actor_id, details FROM audit {which} ORDER BY id")
    return [(row["action"], row["actor_id"], json.loads(row["details"])) for row in rows]


async def choose(grove: Grove, page: Any, value: Any, kind: int = MENU) -> Any:
    return await grove.boss.select(page, [value], custom_id=custom_id_of(page, kind))


async def add_days(grove: Grove, typed: str) -> str:
    """What is said where staff type that many days into the newest sale's form."""
    asked = await grove.boss.click((await newest(grove)).response, label="Add days")
    return told(await grove.boss.submit_modal(asked, days_typed(asked, typed)))


def days_typed(asked: Any, typed: str) -> dict[str, str]:
    [label] = asked.modal["components"]
    return {label["component"]["custom_id"]: typed}


def care(grove: Grove) -> Aftercare:
    """What the clicks of two at once come to: SimCord has one click after the other."""
    return grove.shop.app.bot.service(Aftercare)


def sale(grove: Grove) -> str:
    return str(grove.till.sale()["reference"])


async def at_once(grove: Grove, *work: Any) -> list[Any]:
    with grove.shop.env.time_context():
        return await asyncio.gather(*work, return_exceptions=True)
