"""Wires the staff's desk: figures, exports and the checklist."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.catalog.catalog import Catalog
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.discord.roles import RoleKeeper
from bot.exports.service import Exports
from bot.fulfilment.benefits import Benefits
from bot.jobs.worker import Clock
from bot.pandabase.transport import TokenWatch
from bot.staff.audit import Audit
from bot.staff.setup import SetupAudit
from bot.statistics.service import Statistics
from bot.storage.transaction import UnitOfWork
from bot.texts import Text, text
from bot.wiring.parts import Parts
from bot.wiring.payments import sees_payments
from cogs.staff.exports import ExportCommand
from cogs.staff.sales_log import StaffChannels
from cogs.staff.setup import SetupCommand, SetupItem, SetupLog, SetupPage
from cogs.staff.statistics import StatisticsCommand

_REFUSED_LATELY: Final = timedelta(hours=1)


def build_desk(
    settings: Settings,
    bot: ShopBot,
    database: UnitOfWork,
    *,
    staff: Staff,
    audit: Audit,
    channels: StaffChannels,
    benefits: Benefits,
    roles: RoleKeeper,
    catalog: Catalog,
    token: TokenWatch,
    clock: Clock,
) -> Parts:
    zone = settings.display.timezone
    page = SetupPage(
        bot,
        staff,
        payments=payment_trouble(settings, token, clock),
        channels=channels,
        benefits=benefits,
        roles=roles,
        catalog=catalog,
        audit=SetupAudit(database, audit),
    )
    statistics = Statistics(database, audit, zone, clock)
    exports = Exports(database, audit, zone, clock)
    return Parts(
        store_commands=[
            StatisticsCommand(statistics, staff, test=settings.pandabase.is_sandbox),
            ExportCommand(exports, staff),
            SetupCommand(page),
        ],
        items=[SetupItem, SetupLog],
        services=[page, exports],
    )


def payment_trouble(settings: Settings, token: TokenWatch, clock: Clock) -> Callable[[], Text | None]:
    """What keeps payments from being seen, as far as it shows without asking the store."""

    def trouble() -> Text | None:
        if not sees_payments(settings):
            return text(
                "Nothing tells the bot of payments: members could pay and get nothing. The bot's owner mends "
                "it on its machine; `bamboo check` says how."
            )
        if token.refused_at is not None and clock() - token.refused_at <= _REFUSED_LATELY:
            return text(
                "The store refuses the bot's API token, or the token lacks a scope. The bot's owner mends "
                "it; `bamboo check` says what is missing."
            )
        return None

    return trouble
