"""Help with a purchase, as cards: the head of its thread, and what who asked for it is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord.cards import State, card
from bot.discord.components import Card, button, notice
from bot.discord.localized import MAXIMUM_TEXT
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.registry import STEPS, reader_of
from bot.support.models import SupportCase
from bot.texts import Text, channel, limited, lines, mention, moment, text
from cogs import custom_ids
from cogs.checkout.view import SaleView, footer
from cogs.fulfilment.text import amount_paid
from cogs.fulfilment.view import titles
from cogs.staff.sales_log_view import step_line

_MOST_STEPS: Final = 20
"""The newest: a subscription has the same ones every month."""


@dataclass(frozen=True, slots=True)
class SupportView:
    sales: SaleView

    def head(self, case: SupportCase, facts: SaleFacts) -> Card:
        """What stands at the head of the thread. Whoever was given something doesn't see what it cost."""
        sale = facts.sale
        is_payer = case.member_id == sale.buyer_id
        about = lines(
            text(
                "{member} needs help with this purchase. Tell us what's wrong; staff can read this thread.",
                member=mention(case.member_id),
            ),
            titles(sale),
            amount_paid(sale, facts.orders) if is_payer else None,
        )
        timeline = lines(
            text("**What happened so far**"),
            text("- {date} Payment link requested", date=moment(sale.session.created_at))
            if is_payer
            else None,
            *_steps(facts, case.member_id),
        )
        closed = None
        if case.closed_at is not None and case.closed_by is not None:
            closed = text(
                "Closed by {member}, {date}.", member=mention(case.closed_by), date=moment(case.closed_at)
            )
        close = button(
            text("Close"), custom_ids.support_case(case.reference, "close"), discord.ButtonStyle.secondary
        )
        room = MAXIMUM_TEXT // 2 - 200
        return card(
            State.WAITING if closed is None else State.ENDED,
            text("Help with a purchase"),
            limited(about, room),
            # What follows a list would be taken for its last line's.
            facts=(closed, footer(sale.reference), limited(timeline, room)),
            buttons=(close,) if closed is None else (),
            mark=self.sales.mark,
        )

    def reported(self, case: SupportCase, *, is_new: bool) -> Card:
        """The private answer to who pressed."""
        if case.channel_id is None:
            said = text("We've told staff that you need help with this purchase. They'll write to you.")
            why = text("-# The bot can't open a private thread for you and staff in this server.")
            return notice(lines(said, why))
        if case.thread_id is not None:
            return notice(text("Staff are here to help: {thread}", thread=channel(case.thread_id)))
        said = text(
            "We're opening a private thread with staff in {channel}. You'll be added to it in a moment.",
            channel=channel(case.channel_id),
        )
        return notice(said if is_new else lines(said, text("-# If nothing comes, press again in a minute.")))


def _steps(facts: SaleFacts, member_id: int) -> Iterator[Text]:
    """What was paid and given, in the order in which it happened; of a gift, the member's own side of it."""
    sale = facts.sale
    happened = [(order.paid_at, text("Paid")) for order in facts.orders if order.paid_at is not None]
    live = {str(grant.id) for grant in facts.grants if grant.state is GrantState.LIVE}
    happened += [
        (job.done_at or job.created_at, step_line(job, live))
        for job in facts.jobs
        if job.kind in STEPS and reader_of(job.kind, job.key, sale.buyer_id, sale.recipient_id) == member_id
    ]
    happened.sort(key=lambda each: each[0])
    for when, what in happened[-_MOST_STEPS:]:
        yield text("- {date} {what}", date=moment(when), what=what)
