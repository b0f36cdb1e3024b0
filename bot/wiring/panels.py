"""Wires what follows the catalog: panels, announcements, and members who wait for a product."""

from dataclasses import dataclass

from bot.alerts.service import ProductAlerts
from bot.discord.client import ShopBot
from bot.jobs.handlers import Handler
from bot.jobs.models import JobKind
from bot.panels.service import Panels
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.alerts.buttons import AlertActions, AlertBuy, AlertChoice, AlertPress
from cogs.alerts.delivery import AlertMessages
from cogs.alerts.view import AlertView
from cogs.panels.buttons import PanelActions, PanelBuy, PanelChoice, PanelListener, PanelOpen
from cogs.panels.commands import (
    AnnounceCommand,
    AnswerAnnouncement,
    PanelCommands,
    PanelPage,
    StaffPanelActions,
)
from cogs.panels.delivery import PanelCards, PanelMessages
from cogs.panels.view import PanelView
from cogs.shop.buy_command import BuyCommand
from cogs.shop.storefront import StorefrontActions


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelParts(Parts):
    """What the queue and the bot are equipped with."""

    bot: ShopBot
    panels: Panels
    alerts: ProductAlerts
    alert_view: AlertView

    def with_storefront(self, storefront: StorefrontActions, buying: BuyCommand) -> Parts:
        """What members do with it, by what is built after the queue."""
        return Parts(
            items=(PanelOpen, PanelChoice, PanelBuy, AlertPress, AlertBuy, AlertChoice),
            services=(
                PanelActions(self.panels, storefront, buying),
                AlertActions(self.bot, self.alerts, self.alert_view, buying),
            ),
        )


def build_panels(shared: Shared) -> PanelParts:
    bot, database, catalog, pricing = shared.bot, shared.database, shared.catalog, shared.pricing
    cards = PanelCards(bot, catalog, pricing, PanelView(shared.pages))
    panels = Panels(database, shared.audit, cards, shared.clock)
    actions = StaffPanelActions(bot, panels, cards, shared.staff)
    alerts = ProductAlerts(database, catalog, pricing, shared.clock)
    alert_view = AlertView(shared.pages.product_text, shared.pages.mark)
    return PanelParts(
        bot=bot,
        panels=panels,
        alerts=alerts,
        alert_view=alert_view,
        handlers={
            JobKind.PANEL: Handler(PanelMessages(bot, panels, cards).show, is_patient=True),
            JobKind.ALERT: Handler(AlertMessages(bot, alerts, pricing, alert_view).tell, is_patient=True),
        },
        store_commands=[PanelCommands(actions, catalog), AnnounceCommand(actions, catalog)],
        cogs=[PanelListener(bot, panels)],
        items=[PanelPage, AnswerAnnouncement],
        workers=[panels.worker, alerts.worker],
        services=[actions],
    )
