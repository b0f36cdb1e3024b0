"""Tells members by direct message that what they wait for is so."""

from functools import partial

from bot.alerts.models import AlertNews
from bot.alerts.service import ProductAlerts
from bot.catalog.availability import Line
from bot.checkout.pricing import Pricing
from bot.discord.cards import numbered
from bot.discord.client import ShopBot
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.errors import Refusal
from bot.jobs.models import Job, Outcome, Result
from cogs.alerts.view import AlertView


class AlertMessages:
    """One kind of job."""

    def __init__(self, bot: ShopBot, alerts: ProductAlerts, pricing: Pricing, view: AlertView) -> None:
        self._bot = bot
        self._direct_messages = DirectMessages(bot)
        self._alerts = alerts
        self._pricing = pricing
        self._view = view

    async def tell(self, job: Job) -> Result:
        """Tell one member. What is over by now isn't told; they wait on. Raises PandabaseError."""
        alert_id = int(job.key)
        news = await self._alerts.news(alert_id)
        if news is None and not job.may_have_happened:
            return Result(Outcome.GONE, write=partial(self._alerts.is_over, alert_id))
        if news is None or not self._bot.serves(news.alert.guild_id):
            return Result(Outcome.GONE)
        try:
            await self._direct_messages.send(
                news.alert.user_id,
                numbered(self._view.news(news, self._offered(news)), job.id),
                guild_id=news.alert.guild_id,
                nonce=f"alert-{job.id}-{int(news.alert.asked_at.timestamp())}",
                since=news.alert.found_at or job.created_at,
                look_first=job.may_have_happened,
            )
        except DirectMessageRefused:
            return Result(Outcome.UNDELIVERED, write=partial(self._alerts.told, alert_id, missed=True))
        except DirectMessageHindered:
            return Result(Outcome.UNDELIVERED, retry=True)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True)
        return Result(Outcome.DIRECT_MESSAGE, write=partial(self._alerts.told, alert_id, missed=False))

    def _offered(self, news: AlertNews) -> Line | Refusal:
        try:
            return self._pricing.offered(news.product, news.alert.watched.variant_id, 1)
        except Refusal as refusal:
            return refusal
