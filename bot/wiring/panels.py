"""Wires what follows the catalog: panels, announcements, and members who wait for a product."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.alerts.service import ProductAlerts
from bot.catalog.catalog import Catalog
from bot.checkout.pricing import Pricing
from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.jobs.handlers import Handler, Handlers
from bot.jobs.models import JobKind
from bot.jobs.worker import Clock
from bot.panels.service import Panels
from bot.staff.audit import Audit
from bot.storage.transaction import UnitOfWork
from bot.wiring.parts import Parts
from cogs.alerts.buttons import AlertActions, AlertBuy, AlertChoice, AlertPress
from cogs.alerts.delivery import AlertMessages
from cogs.alerts.view import AlertView
from cogs.panels.buttons import PanelActions, PanelBuy, PanelChoice, PanelListener, PanelOpen
from cogs.panels.commands import (
    AnnounceCommand,
    AnswerAnnouncement,
    PanelCommands,
    PanelDesk,
    PanelPage,
)
from cogs.panels.delivery import PanelCards, PanelMessages
from cogs.panels.view import PanelView
from cogs.shop.buy_command import BuyCommand
from cogs.shop.listing_view import ListingView
from cogs.shop.storefront import StorefrontActions


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelParts(Parts):
    """What the queue and the bot are equipped with."""

    bot: ShopBot
    panels: Panels
    alerts: ProductAlerts
    alert_view: AlertView
    handlers: Handlers

    def actions(self, storefront: StorefrontActions, buying: BuyCommand) -> Sequence[object]:
        """What members do with it, by what is built after the queue."""
        return (
            PanelActions(self.panels, storefront, buying),
            AlertActions(self.bot, self.alerts, self.alert_view, buying),
        )


def build_panels(
    bot: ShopBot,
    database: UnitOfWork,
    catalog: Catalog,
    pricing: Pricing,
    *,
    pages: ListingView,
    audit: Audit,
    staff: Staff,
    clock: Clock,
) -> PanelParts:
    cards = PanelCards(bot, catalog, pricing, PanelView(pages))
    panels = Panels(database, audit, cards, clock)
    desk = PanelDesk(panels, cards, staff)
    alerts = ProductAlerts(database, catalog, pricing, clock)
    alert_view = AlertView(pages.product_text, pages.mark)
    return PanelParts(
        bot=bot,
        panels=panels,
        alerts=alerts,
        alert_view=alert_view,
        handlers={
            JobKind.PANEL: Handler(PanelMessages(bot, panels, cards).show, is_patient=True),
            JobKind.ALERT: Handler(AlertMessages(bot, alerts, pricing, alert_view).tell, is_patient=True),
        },
        store_commands=[PanelCommands(desk, catalog), AnnounceCommand(desk, catalog)],
        cogs=[PanelListener(bot, panels)],
        items=[
            PanelOpen,
            PanelChoice,
            PanelBuy,
            PanelPage,
            AnswerAnnouncement,
            AlertPress,
            AlertBuy,
            AlertChoice,
        ],
        workers=[panels.worker, alerts.worker],
        services=[desk],
    )
