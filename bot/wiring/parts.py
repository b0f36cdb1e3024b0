"""What a part of the bot equips it with; `bot.app` puts the parts together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from discord import app_commands, ui
from discord.ext import commands

from bot.discord.client import ShopBot
from bot.discord.staff import Staff
from bot.jobs.handlers import Handlers
from bot.jobs.worker import Worker
from cogs.staff.store_command import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The records of `build_…` functions add to it what the rest is wired to."""

    cogs: Sequence[commands.Cog] = ()
    items: Sequence[type[ui.DynamicItem[Any]]] = ()
    workers: Sequence[Worker] = ()
    services: Sequence[object] = ()
    handlers: Handlers = field(default_factory=dict)
    """What they have to reach Discord, by the kind of its jobs."""
    store_commands: Sequence[app_commands.Group | app_commands.Command[Any, ..., Any]] = ()
    """The commands below `/store`."""


def handlers_of(*parts: Parts) -> Handlers:
    return {kind: handler for part in parts for kind, handler in part.handlers.items()}


def equip(bot: ShopBot, staff: Staff, parts: Iterable[Parts]) -> None:
    """Have the bot serve all of them."""
    parts = tuple(parts)
    store = Store(staff, *(command for part in parts for command in part.store_commands))
    bot.equip(
        cogs=[store, *(cog for part in parts for cog in part.cogs)],
        items=[item for part in parts for item in part.items],
        workers=[worker for part in parts for worker in part.workers],
        services=[service for part in parts for service in part.services],
    )
