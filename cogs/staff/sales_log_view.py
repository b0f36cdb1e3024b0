"""A sale as staff read it in the sales log."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus
from bot.discord.components import MAXIMUM_TEXT, Card, button
from bot.fulfilment.steps.registry import DELIVERED, LOST, STEPS, progress_of
from bot.jobs.models import JobRecord, Outcome
from bot.markdown import cut
from bot.payments.models import OrderRecord
from bot.texts import text
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.fulfilment.text import takings
from cogs.fulfilment.view import titles

_MOST_BUTTONS: Final = 5
"""In one row; source: Discord's component reference."""
_WORDS: Final = {
    SaleStatus.OPEN: "not paid",
    SaleStatus.CLEARING: "clearing",
    SaleStatus.PAID: "paid",
    DELIVERED: "paid and delivered",
    SaleStatus.REFUNDED: "refunded",
    SaleStatus.DISPUTED: "disputed",
    LOST: "lost: the payer has the money back",
}
_OUTCOMES: Final = {
    Outcome.GIVEN: "given",
    Outcome.TAKEN: "taken back",
    Outcome.KEPT: "stays, the member had it before",
    Outcome.ABSENT: "the member isn't here",
    Outcome.DIRECT_MESSAGE: "sent",
    Outcome.UNKNOWN: "not known yet whether it arrived; it is looked for",
    Outcome.UNDELIVERED: "not taken by direct message; it waits in /purchases",
    Outcome.COLLECTED: "seen in /purchases",
    Outcome.READY: "not opened yet",
    Outcome.REVEALED: "opened",
    Outcome.POSTED: "posted",
    Outcome.GONE: "nothing left to do",
}


def log_card(
    view: SaleView,
    sale: Sale,
    orders: Sequence[OrderRecord],
    steps: Sequence[JobRecord],
    live: AbstractSet[str],
) -> Card:
    """`live` are the targets of the roles that the sale gives now."""
    progress = progress_of(sale, steps, [order.money for order in orders])
    whom = f"<@{sale.buyer_id}>"
    if sale.basket.gift_to is not None:
        whom += f" for <@{sale.recipient_id}>"
    # What failed comes first; a subscription has the same steps every month.
    shown = sorted((step for step in steps if step.kind in STEPS), key=lambda step: not step.is_given_up)
    lines = Counter(_step_line(step, live) for step in shown)
    body = [
        titles(sale),
        f"By {whom}",
        takings(sale, orders, view.locale),
        *(f"{line} (× {count})" if count > 1 else line for line, count in lines.items()),
    ]
    given_up = [step for step in shown if step.is_given_up]
    retries = [
        button(text("Retry: {step}", step=STEPS[step.kind].log_label), custom_ids.retry(step.reference))
        for step in given_up[:_MOST_BUTTONS]
        if step.reference is not None
    ]
    rows = (ui.ActionRow(*retries),) if retries else ()
    return Card(
        ui.TextDisplay(f"### {view.mark!s}Sale {_WORDS.get(progress, progress)}"),
        ui.TextDisplay(cut("\n".join(line for line in body if line), MAXIMUM_TEXT - 200)),
        *rows,
        ui.TextDisplay(mark_of(sale)),
    )


def mark_of(sale: Sale) -> str:
    """The line by which a sale's message is found again."""
    return f"-# Sale {sale.reference}"


def _step_line(step: JobRecord, live: AbstractSet[str]) -> str:
    name = str(STEPS[step.kind].label_of(step.key))
    if step.is_given_up:
        return f"{name}: **failed**"
    if step.outcome is None:
        return f"{name}: under way"
    if step.outcome is Outcome.ABSENT and step.key in live:
        return f"{name}: the member isn't here; given when they come back"
    line = f"{name}: {_OUTCOMES.get(step.outcome, step.outcome)}"
    if step.outcome is Outcome.REVEALED and step.done_at is not None:
        line += f" {discord.utils.format_dt(step.done_at, 'R')}"
    return line
