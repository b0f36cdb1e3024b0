"""Wires what staff have for the whole shop: figures, exports, the checklist, settings, and the welcome."""

from collections.abc import Callable

from bot.config import Settings
from bot.exports.service import Exports
from bot.fulfilment.end_reminders import EndReminders
from bot.invoices.reminders import ReminderSetting
from bot.jobs.handlers import Handler
from bot.jobs.models import JobKind
from bot.pandabase.transport import TokenWatch
from bot.staff.audit import SetupAudit
from bot.staff.notes import Welcomes
from bot.statistics.service import Statistics
from bot.texts import Text, text
from bot.wiring.foundation import Foundation
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from bot.wiring.store import sees_payments
from cogs.staff.exports import ExportCommand
from cogs.staff.settings import LogChannel, LogOff, SettingMenu, SettingsCommand, SettingsPage
from cogs.staff.setup import SetupCommand, SetupItem, SetupLog, SetupPage
from cogs.staff.statistics import StatisticsCommand
from cogs.staff.welcome import WelcomeListener, WelcomeMessages


def build_staff(base: Foundation, shared: Shared) -> Parts:
    database, audit, zone = shared.database, shared.audit, shared.settings.display.timezone
    page = SetupPage(
        shared.bot,
        shared.staff,
        payments=payment_trouble(shared.settings, base.token),
        channels=shared.channels,
        benefits=shared.benefits,
        roles=shared.roles,
        access=shared.access,
        catalog=shared.catalog,
        audit=SetupAudit(database, audit),
    )
    statistics = Statistics(database, audit, zone, shared.clock)
    exports = Exports(database, audit, zone, shared.clock)
    return Parts(
        cogs=[WelcomeListener(shared.bot, Welcomes(database, shared.clock))],
        store_commands=[
            StatisticsCommand(statistics, shared.staff, test=shared.settings.pandabase.is_sandbox),
            ExportCommand(exports, shared.staff),
            SetupCommand(page),
        ],
        items=[SetupItem, SetupLog],
        services=[page, exports],
        handlers={JobKind.WELCOME: Handler(WelcomeMessages(shared.bot).post)},
    )


def build_settings(shared: Shared, ends: EndReminders) -> Parts:
    """The page of a server's settings; `ends` reminds of what ends."""
    reminders = ReminderSetting(shared.database, shared.audit)
    page = SettingsPage(
        shared.bot, shared.staff, reminders, ends, readers=shared.readers, channels=shared.channels
    )
    return Parts(
        items=(SettingMenu, LogChannel, LogOff), services=(page,), store_commands=(SettingsCommand(page),)
    )


def payment_trouble(settings: Settings, token: TokenWatch) -> Callable[[], Text | None]:
    """What keeps payments from being seen, as far as it shows without asking the store."""

    def trouble() -> Text | None:
        if not sees_payments(settings):
            return text(
                "Nothing tells the bot about payments: members could pay and get nothing. The "
                "bot's owner can fix this on its machine; `bamboo check` says how."
            )
        if token.is_refused:
            return text(
                "The store refuses the bot's API token, or the token lacks a scope. The bot's "
                "owner can fix this; `bamboo check` says what's missing."
            )
        return None

    return trouble
