"""Wires the staff's desk: figures, exports and the checklist."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.access.service import Access
from bot.config import Settings
from bot.exports.service import Exports
from bot.jobs.worker import Clock
from bot.pandabase.transport import TokenWatch
from bot.staff.audit import SetupAudit
from bot.statistics.service import Statistics
from bot.texts import Text, text
from bot.wiring.parts import Parts
from bot.wiring.payments import sees_payments
from bot.wiring.shared import Shared
from cogs.staff.exports import ExportCommand
from cogs.staff.setup import SetupCommand, SetupItem, SetupLog, SetupPage
from cogs.staff.statistics import StatisticsCommand

_REFUSED_LATELY: Final = timedelta(hours=1)


def build_desk(shared: Shared, access: Access, token: TokenWatch) -> Parts:
    zone = shared.settings.display.timezone
    page = SetupPage(
        shared.bot,
        shared.staff,
        payments=payment_trouble(shared.settings, token, shared.clock),
        channels=shared.channels,
        benefits=shared.benefits,
        roles=shared.roles,
        access=access,
        catalog=shared.catalog,
        audit=SetupAudit(shared.database, shared.audit),
    )
    statistics = Statistics(shared.database, shared.audit, zone, shared.clock)
    exports = Exports(shared.database, shared.audit, zone, shared.clock)
    return Parts(
        store_commands=[
            StatisticsCommand(statistics, shared.staff, test=shared.settings.pandabase.is_sandbox),
            ExportCommand(exports, shared.staff),
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
                "Nothing tells the bot about payments: members could pay and get nothing. The "
                "bot's owner can fix this on its machine; `bamboo check` says how."
            )
        if token.refused_at is not None and clock() - token.refused_at <= _REFUSED_LATELY:
            return text(
                "The store refuses the bot's API token, or the token lacks a scope. The bot's "
                "owner can fix this; `bamboo check` says what's missing."
            )
        return None

    return trouble
