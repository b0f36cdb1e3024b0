"""A sale as staff read it in the sales log."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus
from bot.discord.cards import BUTTONS_IN_A_ROW, State, headed
from bot.discord.components import Card, button
from bot.discord.localized import MAXIMUM_TEXT, Paragraph
from bot.fulfilment.steps.registry import DELIVERED, LOST, STEPS, progress_of
from bot.jobs.models import JobRecord, Outcome
from bot.payments.models import OrderRecord
from bot.texts import Text, joined, limited, lines, markdown, mention, moment, ntext, text
from cogs import custom_ids
from cogs.checkout.view import SaleView, footer
from cogs.fulfilment.text import amount_paid
from cogs.fulfilment.view import titles

_TITLES: Final = {
    SaleStatus.OPEN: text("Purchase not paid"),
    SaleStatus.CLEARING: text("Purchase clearing"),
    SaleStatus.PAID: text("Purchase paid"),
    DELIVERED: text("Purchase paid and delivered"),
    SaleStatus.REFUNDED: text("Purchase refunded"),
    SaleStatus.DISPUTED: text("Purchase disputed"),
    LOST: text("Purchase lost: the payer has their money back"),
}
"""Whole, as in other languages a purchase has a gender."""
LOOKS: Final = {
    SaleStatus.OPEN: State.WAITING,
    SaleStatus.CLEARING: State.WAITING,
    SaleStatus.PAID: State.PAID,
    DELIVERED: State.DELIVERED,
    SaleStatus.REFUNDED: State.ENDED,
    SaleStatus.DISPUTED: State.ATTENTION,
    LOST: State.ENDED,
}
_OUTCOMES: Final = {
    Outcome.GIVEN: text("given"),
    Outcome.TAKEN: text("taken back"),
    Outcome.KEPT: text("kept: the member already had it"),
    Outcome.ABSENT: text("the member has left"),
    Outcome.DIRECT_MESSAGE: text("sent"),
    Outcome.UNKNOWN: text("checking whether it arrived"),
    Outcome.UNDELIVERED: text("direct messages closed; waiting in /purchases"),
    Outcome.COLLECTED: text("seen in /purchases"),
    Outcome.READY: text("not opened yet"),
    Outcome.REVEALED: text("opened"),
    Outcome.POSTED: text("posted"),
    Outcome.GONE: text("nothing left to do"),
}


def log_card(
    view: SaleView,
    sale: Sale,
    orders: Sequence[OrderRecord],
    jobs: Sequence[JobRecord],
    live: AbstractSet[str],
) -> Card:
    """`live` are the targets of the roles that the sale gives now."""
    progress = progress_of(sale, jobs, [order.money for order in orders])
    # What failed comes first; a subscription has the same jobs every month.
    shown = sorted((job for job in jobs if job.kind in STEPS), key=lambda job: not job.is_given_up)
    body = lines(titles(sale), by_whom(sale), amount_paid(sale, orders), *steps_counted(shown, live))
    given_up = [job for job in shown if job.is_given_up]
    retries = [
        button(text("Retry: {step}", step=STEPS[job.kind].log_label), custom_ids.retry(job.reference))
        for job in given_up[:BUTTONS_IN_A_ROW]
        if job.reference is not None
    ]
    rows = (ui.ActionRow(*retries),) if retries else ()
    look = State.ATTENTION if given_up else LOOKS.get(progress, State.NEUTRAL)
    return Card(
        Paragraph(headed(look, _title(sale, progress), view.mark)),
        Paragraph(limited(body, MAXIMUM_TEXT - 200)),
        *rows,
        Paragraph(footer(sale.reference)),  # by which it is found again
        accent=look.colour,
    )


def _title(sale: Sale, progress: str) -> Text:
    if sale.given is None:
        return _TITLES.get(progress, _TITLES[SaleStatus.OPEN])
    return text("Taken for free") if sale.given.by is None else text("Given by staff")


def by_whom(sale: Sale) -> Text:
    given = sale.given
    if given is not None:
        member = mention(sale.recipient_id)
        if given.by is None:
            return text("By {member}", member=member)
        by = text("To {member}, by {staff}", member=member, staff=mention(given.by))
        days = None
        if given.days is not None:
            days = ntext("for {count} day", "for {count} days", given.days)
        why = text("Reason: {reason}", reason=given.reason) if given.reason else None
        return lines(joined(" ", (by, days)), why)
    if sale.basket.gift_to is None:
        return text("By {member}", member=mention(sale.buyer_id))
    return text("By {member} for {other}", member=mention(sale.buyer_id), other=mention(sale.recipient_id))


def steps_counted(jobs: Sequence[JobRecord], live: AbstractSet[str]) -> Iterator[Text]:
    """A line for each step as it stands by its newest job, and how often it came to the same.

    A subscription has the same jobs every month: what the older ones came to is no longer so.
    """
    newest = {_step_of(job): job.id for job in sorted(jobs, key=lambda job: job.id)}
    now = {str(step_line(job, live)) for job in jobs if job.is_given_up or job.id in newest.values()}
    same: dict[str, list[Text]] = {}
    for job in jobs:
        line = step_line(job, live)
        if str(line) in now:
            same.setdefault(str(line), []).append(line)
    for found in same.values():
        yield text("{step} (× {count})", step=found[0], count=len(found)) if len(found) > 1 else found[0]


def outcome_of(outcome: Outcome) -> Text:
    return _OUTCOMES.get(outcome, markdown(outcome))


def _step_of(job: JobRecord) -> str:
    return str(STEPS[job.kind].label_of(job.key))


def step_line(job: JobRecord, live: AbstractSet[str]) -> Text:
    name = STEPS[job.kind].label_of(job.key)
    if job.is_given_up:
        return text("{step}: **failed**", step=name)
    if job.outcome is None:
        return text("{step}: in progress", step=name)
    if job.outcome is Outcome.ABSENT and job.key in live:
        return text("{step}: the member has left; given when they come back", step=name)
    if job.outcome is Outcome.REVEALED and job.done_at is not None:
        return text("{step}: opened {distance}", step=name, distance=moment(job.done_at, "R"))
    return text("{step}: {outcome}", step=name, outcome=outcome_of(job.outcome))
