"""`/store stats`: how the shop did, as a picture and in words."""

import asyncio
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import discord
from babel.dates import format_skeleton
from discord import app_commands, ui

from bot.discord.cards import State, card, headed
from bot.discord.client import ShopBot
from bot.discord.components import Card, mark_of_store
from bot.discord.interactions import private_answer
from bot.discord.localized import Paragraph
from bot.discord.staff import Staff
from bot.money import Money
from bot.staff.periods import ReportPeriod
from bot.statistics.chart import BarChart, can_draw, draw
from bot.statistics.models import Revenue, Summary
from bot.statistics.service import Statistics
from bot.texts import Language, Text, joined, lines, markdown, ntext, text, titled

_ICON: Final = "📈"
PICTURE: Final = "sales.png"
_PRODUCTS: Final = 5
_PANELS: Final = 3
"""Currencies that are drawn; nearly every shop has one."""
_DAYS_TOLD: Final = 7
_BARS: Final = 92
"""Days beyond this many are drawn by the week."""
_LONGEST_ALTERNATIVE: Final = 256
PERIODS: Final = (ReportPeriod.WEEK, ReportPeriod.MONTH, ReportPeriod.QUARTER, ReportPeriod.YEAR)


def period_choices(*periods: ReportPeriod) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=str(period.label), value=period.value) for period in periods]


class StatisticsCommand(app_commands.Command[Any, ..., None]):
    def __init__(self, statistics: Statistics, staff: Staff, *, test: bool) -> None:
        mark = mark_of_store(test=test)
        drawing = asyncio.Lock()
        """One picture at a time: matplotlib isn't made for several threads."""

        async def stats(
            interaction: discord.Interaction[ShopBot], period: app_commands.Choice[str] | None = None
        ) -> None:
            async with private_answer(interaction) as answer:
                guild_id = staff.require(interaction)
                chosen = ReportPeriod(period.value) if period else ReportPeriod.MONTH
                summary = await statistics.summary(guild_id, chosen, by=interaction.user.id)
                files = []
                if can_draw() and any(each.by_day for each in summary.revenue):
                    async with drawing:
                        png = await asyncio.to_thread(draw, panels(summary, answer.language))
                    files.append(discord.File(io.BytesIO(png), PICTURE))
                shown = statistics_card(summary, mark, answer.language, has_picture=bool(files))
                await answer.show(shown, files=files)

        super().__init__(
            name="stats",
            description="See what was sold: per day, by product, refunds and subscriptions",
            callback=app_commands.describe(period="How far to look back; leave empty for 30 days")(
                app_commands.choices(period=period_choices(*PERIODS))(stats)
            ),
        )


# --- in words -----------------------------------------------------------------------------------------


def statistics_card(summary: Summary, mark: Text, language: Language, *, has_picture: bool) -> Card:
    title = text("Sales · {period}", period=summary.period.label)
    if summary.is_empty:
        nothing = text(
            "Nothing was sold in this time. Try a longer one, or show your shop in a channel with "
            "**/store panel post**."
        )
        return card(State.NEUTRAL, title, nothing, mark=mark, icon=_ICON)
    items: list[ui.Item[Any]] = [Paragraph(headed(State.NEUTRAL, title, mark, _ICON))]
    if has_picture:
        alternative = " · ".join(panel.title for panel in panels(summary, language))
        picture = discord.MediaGalleryItem(
            f"attachment://{PICTURE}", description=alternative[:_LONGEST_ALTERNATIVE]
        )
        items.append(ui.MediaGallery(picture))
    items.extend(Paragraph(_revenue(each, summary, language)) for each in summary.revenue[:_PANELS])
    for told in (_products(summary), _rest(summary, language)):
        if told:
            items += [ui.Separator(), Paragraph(told)]
    return Card(*items)


def _revenue(revenue: Revenue, summary: Summary, language: Language) -> Text:
    """What came in and went back, and how it spreads over the days."""
    came = ntext(
        "**{amount}** from {count} payment", "**{amount}** from {count} payments", revenue.payments,
        amount=revenue.paid,
    )  # fmt: skip
    back = best = None
    if revenue.refunds:
        back = ntext(
            "Given back: {amount}, {count} payment", "Given back: {amount}, {count} payments",
            revenue.refunds, amount=revenue.given_back,
        )  # fmt: skip
    days = _days(summary)
    if (day := revenue.best_day) is not None and len(days) > _DAYS_TOLD:
        best = text(
            "Per day on average: {average}. Best day: {day}, {amount}",
            average=Money(round(revenue.amount / len(days)), revenue.currency),
            day=markdown(_day(day, language)),
            amount=Money(revenue.by_day[day], revenue.currency),
        )
    told = [
        text(
            "- {day}: {amount}",
            day=markdown(_day(each, language)),
            amount=Money(revenue.by_day.get(each, 0), revenue.currency),
        )
        for each in reversed(days[-_DAYS_TOLD:])
        if len(days) <= _DAYS_TOLD or each in revenue.by_day
    ]
    return lines(came, back, best, *told)


def _products(summary: Summary) -> Text | None:
    if not summary.products:
        return None
    return lines(
        text("**Top products**"),
        *(
            ntext(
                "{place}. {product}: {amount}, sold {count} time",
                "{place}. {product}: {amount}, sold {count} times",
                each.units,
                place=place,
                product=titled(each.title),
                amount=Money(each.amount, each.currency),
            )
            for place, each in enumerate(summary.products[:_PRODUCTS], 1)
        ),
    )


def _rest(summary: Summary, language: Language) -> Text:
    links = running = None
    if summary.links:
        links = ntext(
            "{count} payment link, {percent}% paid", "{count} payment links, {percent}% paid",
            summary.links, percent=round(100 * summary.paid_links / summary.links),
        )  # fmt: skip
    if summary.running:
        running = ntext(
            "{count} subscription running now", "{count} subscriptions running now", summary.running
        )
    if summary.trials:
        trials = ntext("{count} of them in its trial", "{count} of them in their trial", summary.trials)
        running = joined(", ", (running, trials))
    prices = text("-# Before tax. Days are in the bot's time zone ({zone}).", zone=str(language.zone))
    return lines(links, running, prices)


# --- as a picture -------------------------------------------------------------------------------------


def panels(summary: Summary, language: Language) -> list[BarChart]:
    """A row of bars for each currency: by days, and by weeks where these would be too many."""
    days = _days(summary)
    step = 1 if len(days) <= _BARS else 7
    starts = days[::step]
    return [
        BarChart(
            title=f"{each.currency} · {language.money(each.paid)}",
            labels=[_day(start, language) for start in starts],
            amounts=[
                sum(each.by_day.get(start + timedelta(days=later), 0) for later in range(step))
                for start in starts
            ],
            written=_writes(each.currency, language),
        )
        for each in summary.revenue[:_PANELS]
        if each.by_day
    ]


def _writes(currency: str, language: Language) -> Callable[[int], str]:
    return lambda cents: language.money(Money(round(cents), currency))


def _days(summary: Summary) -> list[date]:
    number = (summary.last_day - summary.first_day).days + 1
    return [summary.first_day + timedelta(days=each) for each in range(number)]


def _day(day: date, language: Language) -> str:
    """Such as `Nov 28`, as it is written in the language."""
    return format_skeleton("MMMd", day, locale=language.formats)
