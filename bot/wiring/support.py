"""Wires help with a purchase."""

from dataclasses import dataclass
from functools import partial

from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.fulfilment.facts import FactsOfSales
from bot.jobs.handlers import Handler, Handlers
from bot.jobs.models import JobKind
from bot.jobs.worker import Clock
from bot.storage.transaction import UnitOfWork
from bot.support.service import Support
from bot.wiring.parts import Parts
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.support.buttons import SupportActions, SupportClose, SupportJoin, SupportReport
from cogs.support.delivery import SupportThreads
from cogs.support.view import SupportView


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportParts(Parts):
    """What the queue and the bot are equipped with."""

    handlers: Handlers


def build_support(
    bot: ShopBot,
    database: UnitOfWork,
    facts: FactsOfSales,
    view: SaleView,
    *,
    staff: Staff,
    clock: Clock,
) -> SupportParts:
    support = Support(database, clock, join_id=partial(custom_ids.support_case, action="join"))
    shown = SupportView(view)
    threads = SupportThreads(bot, support, facts, shown)
    return SupportParts(
        handlers={JobKind.SUPPORT: Handler(threads.look_after, is_patient=True)},
        items=[SupportReport, SupportJoin, SupportClose],
        services=[SupportActions(bot, support, threads, shown, staff)],
    )
