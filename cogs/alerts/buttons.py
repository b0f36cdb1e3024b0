"""The buttons that have somebody told of a product, and those of what they were told."""

from typing import Any

from discord import ui

from bot.alerts.models import Alert, AlertKind, Watched
from bot.alerts.service import ProductAlerts
from bot.checkout.models import Origin
from bot.discord.client import ShopBot
from bot.discord.components import Persistent, page_led_to
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.errors import NotServed
from bot.jobs.waiting import Asked
from cogs import custom_ids
from cogs.alerts.view import AlertView
from cogs.shop.buy_command import BuyCommand, ShownProduct


class AlertActions:
    def __init__(self, bot: ShopBot, alerts: ProductAlerts, view: AlertView, buying: BuyCommand) -> None:
        self._bot = bot
        self.alerts = alerts
        self._view = view
        self._buying = buying

    async def press(self, answer: Answer, interaction: Interaction, watched: Watched) -> None:
        """Have whoever presses told of it, or no longer."""
        if interaction.guild_id is None:
            raise NotServed  # such buttons are in servers
        pressed = await self.alerts.press(interaction.user.id, interaction.guild_id, watched)
        await answer.show(self._view.pressed(watched.kind, pressed))

    async def buy(
        self, answer: Answer, interaction: Interaction, reference: str, *, seen: int | None
    ) -> None:
        """Buy what they were told of, for `seen` (cents). Raises alert_gone, not_yours, and why not."""
        alert = await self.alerts.of_member(reference, interaction.user.id)
        await self._buying.buy_shown(
            answer, interaction, self._origin(alert, interaction), _shown(alert, seen)
        )

    async def choose(self, answer: Answer, interaction: Interaction, reference: str, value: str) -> None:
        """Buy the variant of it that was chosen, or show more of them."""
        alert = await self.alerts.of_member(reference, interaction.user.id)
        page = page_led_to(value)
        if page is not None:
            await self._buying.turn_variants(answer, _shown(alert, None), page)
            return
        what = _shown(alert, None, variant_id=value)
        await self._buying.buy_shown(answer, interaction, self._origin(alert, interaction), what)

    def _origin(self, alert: Alert, interaction: Interaction) -> Origin:
        """The server in which they asked: the message is in none."""
        return Origin(alert.guild_id, self._bot.server_name(alert.guild_id), interaction.channel_id or 0)


def _shown(alert: Alert, amount: int | None, *, variant_id: str | None = None) -> ShownProduct:
    return ShownProduct(
        alert.watched.product_id,
        amount,
        again=lambda other: custom_ids.alert_buy(alert.reference, other),
        menu=custom_ids.alert_choice(alert.reference),
        variant_id=variant_id or alert.watched.variant_id,
    )


class AlertPress(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.ALERT):
    """Has whoever presses told of a product once, or no longer."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.CHANGE) as answer:
            asked = self.match
            watched = Watched(AlertKind(asked["kind"]), asked["product"], asked["variant"])
            await _actions(interaction).press(answer, interaction, watched)


class AlertBuy(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.ALERT_BUY):
    """Buys what somebody was told of."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LINK, retry=self.match.string) as answer:
            seen = self.number("amount")
            await _actions(interaction).buy(answer, interaction, self.match["alert"], seen=seen)


class AlertChoice(Persistent, ui.DynamicItem[ui.Select[Any]], template=custom_ids.ALERT_CHOICE):
    """Buys the variant that was chosen."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = _actions(interaction)
            await actions.choose(answer, interaction, self.match["alert"], self.item.values[0])


def _actions(interaction: Interaction) -> AlertActions:
    return service_of(interaction, AlertActions)
