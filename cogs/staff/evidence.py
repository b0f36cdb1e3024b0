"""The button under a note about a dispute: a text to answer it with, from the sale's timeline."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.discord.cards import State, card
from bot.discord.components import Card, Persistent
from bot.discord.interactions import Answer, Interaction, private_answer, service_of
from bot.discord.staff import Staff
from bot.fulfilment.evidence import Disputes, Evidence
from bot.fulfilment.steps.registry import STEPS
from bot.jobs.models import JobRecord
from bot.jobs.worker import Clock
from bot.money import Money
from bot.texts import Language, Text, joined, lines, markdown, moment, text
from cogs import custom_ids
from cogs.fulfilment.view import titles
from cogs.staff.sales_log_view import outcome_of


class DisputeActions:
    def __init__(self, disputes: Disputes, staff: Staff, clock: Clock) -> None:
        self._disputes = disputes
        self._staff = staff
        self._clock = clock

    async def show(self, answer: Answer, interaction: Interaction, order: str) -> None:
        """Raises NotStaff and button_from_before."""
        guild_id = self._staff.require(interaction)
        evidence = await self._disputes.evidence(guild_id, order, self._clock())
        shown, file = evidence_card(evidence, answer.language)
        await answer.show(shown, files=[file])


class ShowEvidence(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.EVIDENCE):
    """Writes it for the one who asks."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction) as answer:
            await service_of(interaction, DisputeActions).show(answer, interaction, self.match["order"])


def evidence_card(evidence: Evidence, language: Language) -> tuple[Card, discord.File]:
    """The card, and the file that it shows."""
    sale = evidence.facts.sale
    name = f"evidence-{sale.reference}.txt"
    written = evidence_text(evidence).render(language, plain=True)
    shown = card(
        State.NEUTRAL,
        text("Evidence for the dispute"),
        lines(sale.title, titles(sale)),
        facts=(
            None
            if evidence.disputed_at is None
            else text(
                "Open since {date} ({distance}).",
                date=moment(evidence.disputed_at),
                distance=moment(evidence.disputed_at, "R"),
            ),
            text(
                "Copy what helps from this file into the dispute in the store's dashboard, which "
                "also says how long you have to answer."
            ),
        ),
    )
    [container] = shown.children
    assert isinstance(container, ui.Container)  # noqa: S101  # a card is one
    container.add_item(ui.File(f"attachment://{name}"))
    return shown, discord.File(io.BytesIO(written.encode()), name)


def evidence_text(evidence: Evidence) -> Text:
    """What was bought by whom, and what happened, oldest first."""
    facts, order = evidence.facts, evidence.order
    sale = facts.sale
    head = lines(
        sale.title,
        text("Order at the store: {order}", order=markdown(order.order_id)),
        titles(sale),
        text(
            "Paid: {amount} (before tax)",
            amount=Money(order.amount, order.currency or sale.basket.currency),
        ),
        text("Bought by Discord user {user}", user=markdown(str(_bought_by(evidence)))),
        text("Delivered to Discord user {user}", user=markdown(str(sale.recipient_id))),
    )
    happened = sorted(_happened(evidence), key=lambda each: each[0])
    told = lines(*(text("{time}: {happened}", time=moment(at), happened=what) for at, what in happened))
    true_at = text("As of {time}.", time=moment(evidence.at))
    return joined("\n\n", (head, told, true_at))


def _bought_by(evidence: Evidence) -> int:
    """Who asked for the link: staff may have moved the purchase to another account since."""
    sale = evidence.facts.sale
    if sale.recipient_id == sale.buyer_id:
        for grant in evidence.facts.grants:  # oldest first
            if grant.is_moved:
                return grant.user_id
    return sale.buyer_id


def _happened(evidence: Evidence) -> Iterator[tuple[datetime, Text]]:
    facts, order = evidence.facts, evidence.order
    yield facts.sale.session.created_at, text("The buyer asked for the payment link in Discord.")
    if order.paid_at is not None:
        yield order.paid_at, text("The payment arrived.")
    for grant in facts.grants:
        if grant.given_at is not None:
            yield (
                grant.given_at,
                text("The role of “{product}” was given.", product=facts.benefits[grant.benefit_id].title),
            )
        if grant.is_moved and grant.ends_at is not None:
            user = markdown(str(grant.user_id))
            yield (
                grant.ends_at,
                text("Staff moved it from Discord user {user} to another account.", user=user),
            )
        elif grant.ends_at is not None and grant.ends_at <= evidence.at:
            yield grant.ends_at, text("The time with that role was over.")
    yield from filter(None, map(_step, facts.jobs))


def _step(job: JobRecord) -> tuple[datetime, Text] | None:
    """A message or a delivery that was carried out."""
    step = STEPS.get(job.kind)
    if step is None or job.done_at is None or job.outcome is None or not step.knows(job.key):
        return None
    return (
        job.done_at,
        text("{step}: {outcome}", step=step.label_of(job.key), outcome=outcome_of(job.outcome)),
    )
