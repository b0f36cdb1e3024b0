"""What staff see of a member, of the server's sales, and of one sale with what they can do about it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState, SaleStatus
from bot.discord.cards import State, card, headed
from bot.discord.components import MOST_OPTIONS, Card, button, page_turns
from bot.discord.localized import MAXIMUM_TEXT, MemberMenu, Menu, Option, Paragraph
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.registry import LOST, STEPS, progress_of
from bot.jobs.models import JobKind, JobRecord, Outcome
from bot.jobs.worker import Clock
from bot.members.models import MemberPage, SaleDetails, SalesPage
from bot.money import Money
from bot.payments.models import OrderRecord
from bot.payments.provider import RefundReason
from bot.texts import NOTHING, Text, joined, limited, lines, markdown, mention, text, titled
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.fulfilment.text import amount_paid
from cogs.fulfilment.view import sold
from cogs.members.text import (
    REASONS,
    SALE_STATES,
    RoleName,
    entry_line,
    grant_text,
    payment_line,
    sale_line,
    state_of,
    subscription_text,
)
from cogs.staff.sales_log_view import LOOKS, by_whom, steps_counted

_MOST_PAYMENTS: Final = 6
_LONGEST_HELD: Final = 450
"""Characters of the roles above a member's timeline, which has most of a message."""
_LIKE_THE_GRANT: Final = frozenset({None, Outcome.GIVEN, Outcome.TAKEN})
"""What a role's step comes to where it is as the grant has it."""
_ROOM: Final = 300
"""Characters for what stands around a sale's details."""
_GREY: Final = discord.ButtonStyle.secondary
_RED: Final = discord.ButtonStyle.danger


class MembersView:
    def __init__(self, sales: SaleView, role_name: RoleName, clock: Clock) -> None:
        self._sales = sales
        self._role_name = role_name
        self._clock = clock

    # --- lists ----------------------------------------------------------------------------------------

    def member(self, page: MemberPage, *, is_blocked: bool) -> Card:
        title = text("Purchases of {member}", member=mention(page.member_id))
        items: list[ui.Item[Any]] = [Paragraph(headed(State.NEUTRAL, title, self._sales.mark))]
        if is_blocked:
            items.append(Paragraph(text("⛔ Blocked: they can't buy here.")))
        if held := self._held(page):
            items.append(Paragraph(held))
        now = self._clock()
        told = [
            entry_line(each, page.member_id, self._role_name, now, is_held=_is_held(each.sale, page))
            for each in page.entries
        ]
        items.append(Paragraph(lines(*told) or text("Nothing bought yet, and nothing given.")))
        if page.sales:
            items.append(ui.ActionRow(_open_menu(page)))
        assign = button(text("Assign an order"), custom_ids.assign(page.member_id), _GREY)
        give = button(text("Give"), custom_ids.give(page.member_id), _GREY)
        blocks = custom_ids.block(page.member_id, page.number, is_blocked=is_blocked)
        block = button(text("Unblock"), blocks, _GREY) if is_blocked else button(text("Block"), blocks, _RED)
        items.append(ui.ActionRow(give, assign, block))
        if page.pages > 1:
            turns = page_turns(
                page.number, page.pages, lambda number: custom_ids.member(page.member_id, number)
            )
            items.append(ui.ActionRow(*turns))
        return Card(*items)

    def _held(self, page: MemberPage) -> Text:
        """The roles that purchases give now, each as it ends last."""
        ends = {
            each.role_id: each
            for each in sorted(page.held, key=lambda each: (not each.ends_at, each.ends_at))
        }
        held = [grant_text(each, self._role_name(each.guild_id, each.role_id)) for each in ends.values()]
        return text("Has {roles}", roles=limited(joined(", ", held), _LONGEST_HELD)) if held else NOTHING

    def listed(self, page: SalesPage) -> Card:
        """Sales of the server, as they were asked for."""
        wanted = page.wanted
        items: list[ui.Item[Any]] = [
            Paragraph(headed(State.NEUTRAL, text("Purchases in this server"), self._sales.mark))
        ]
        of = None if wanted.member_id is None else text("Of {member}", member=mention(wanted.member_id))
        state = None if wanted.state is None else SALE_STATES[wanted.state]
        if asked := joined(" · ", (of, state)):
            items.append(Paragraph(asked))
        told = lines(*(sale_line(each, is_held=_is_held(each, page)) for each in page.sales))
        items.append(Paragraph(told or text("No purchases like that.")))
        if page.sales:
            items.append(ui.ActionRow(_open_menu(page)))
        turns = []
        if not page.is_first:
            turns.append(button(text("Newest"), custom_ids.sales(wanted.member_id, wanted.state), _GREY))
        if page.older is not None:
            older = custom_ids.sales(wanted.member_id, wanted.state, page.older)
            turns.append(button(text("Older"), older, _GREY))
        if turns:
            items.append(ui.ActionRow(*turns))
        return Card(*items)

    # --- one sale -------------------------------------------------------------------------------------

    def sale(self, details: SaleDetails) -> Card:
        """All of it, with what can be done about it."""
        facts, sale = details.facts, details.sale
        progress = progress_of(sale, facts.jobs, facts.money)
        given_up = any(job.is_given_up for job in facts.jobs if job.kind in STEPS)
        needs_staff = given_up or facts.is_held
        look = State.ATTENTION if needs_staff else LOOKS.get(progress, State.NEUTRAL)
        state = state_of(sale, is_lost=progress == LOST, is_held=facts.is_held)
        return Card(
            Paragraph(headed(look, text("{sale}: {state}", sale=sale.title, state=state), self._sales.mark)),
            Paragraph(limited(lines(*self._details(details)), MAXIMUM_TEXT - _ROOM)),
            *_rows(self._steps(details)),
            accent=look.colour,
        )

    def _details(self, details: SaleDetails) -> Sequence[Text | None]:
        facts, sale = details.facts, details.sale
        live = {str(grant.id) for grant in facts.grants if grant.state is GrantState.LIVE}
        granted = {str(grant.id) for grant in facts.grants if not grant.is_moved}
        steps = [job for job in facts.jobs if job.kind in STEPS and not _is_told_by_grant(job, granted)]
        subscription = details.subscription
        return [
            sold(sale),  # which invoice it is, its title says
            by_whom(sale),
            amount_paid(sale, facts.orders) or None,
            *map(payment_line, facts.orders[-_MOST_PAYMENTS:]),
            None
            if subscription is None
            else text("Subscription: {state}", state=subscription_text(subscription, self._clock())),
            *(
                text("Role {grant}", grant=grant_text(each, self._role_name(each.guild_id, each.role_id)))
                for each in facts.grants
                if not each.is_moved
            ),
            *steps_counted(steps, live),
        ]

    def _steps(self, details: SaleDetails) -> list[ui.Button[Any]]:
        sale, found = details.sale, list[ui.Button[Any]]()
        if details.facts.is_held:
            found.append(button(text("Quarantine"), custom_ids.opens("quarantine")))
        if sale.status is SaleStatus.PAID:
            found.append(button(text("Deliver again"), custom_ids.sale(sale.reference, "deliver")))
            if any(each.days is not None for each in details.facts.grants):
                found.append(button(text("Add days"), custom_ids.sale(sale.reference, "days"), _GREY))
            is_free = sale.given is not None and sale.given.by is None
            if sale.basket.charge is None and not is_free:
                move = custom_ids.sale(sale.reference, "move")
                found.append(button(text("Move to another account"), move, _GREY))
        if paid_orders(details):
            found.append(button(text("Refund"), custom_ids.sale(sale.reference, "refund"), _RED))
        return found

    # --- questions ------------------------------------------------------------------------------------

    def which_payment(self, details: SaleDetails) -> Card:
        """Of several: which one is to be refunded?"""
        options = [
            Option(
                text("{amount} · {date}", amount=_amount(each), date=each.paid_at or each.created_at),
                each.reference,
            )
            for each in paid_orders(details)[-MOST_OPTIONS:][::-1]
        ]
        menu = Menu(
            text("Choose a payment"),
            custom_id=custom_ids.sale(details.sale.reference, "which"),
            options=options,
        )
        return self._question(details.sale, text("Which payment should be refunded?"), menu)

    def why_refunded(self, sale: Sale, order: OrderRecord) -> Card:
        """The store is told the reason."""
        options = [Option(words, reason.value) for reason, words in REASONS.items()]
        menu = Menu(
            text("Choose a reason"),
            custom_id=custom_ids.sale(sale.reference, "why", order.reference),
            options=options,
        )
        why = text(
            "Why refund **{amount}** (plus its tax)? The store is told the reason.", amount=_amount(order)
        )
        return self._question(sale, why, menu)

    def ask_refund(self, sale: Sale, order: OrderRecord, reason: RefundReason) -> Card:
        asked = text(
            "Refund **{amount}** (plus its tax)? The money goes back to whoever paid. What {member} got is "
            "taken back, unless the product is set to keep it.",
            amount=_amount(order),
            member=_theirs(sale),
        )
        now = custom_ids.sale(sale.reference, "pay", order.reference, reason.value)
        return self._confirm(
            sale, asked, text("Reason: {reason}", reason=REASONS[reason]), button(text("Refund"), now, _RED)
        )

    def to_whom(self, sale: Sale) -> Card:
        menu = MemberMenu(text("Choose a member"), custom_id=custom_ids.sale(sale.reference, "to"))
        return self._question(
            sale, text("Who should have it instead of {member}?", member=_theirs(sale)), menu
        )

    def ask_move(self, sale: Sale, to: int) -> Card:
        asked = text(
            "Move it from {member} to {other}? The roles go with it, and its receipt is sent to {other}.",
            member=_theirs(sale),
            other=mention(to),
        )
        now = custom_ids.sale(sale.reference, "to", sale.recipient_id, to)
        return self._confirm(sale, asked, None, button(text("Move"), now, _RED))

    def _question(self, sale: Sale, asked: Text, menu: ui.Select[Any] | MemberMenu) -> Card:
        return Card(
            Paragraph(headed(State.WAITING, sale.title, self._sales.mark)),
            Paragraph(asked),
            ui.ActionRow(menu),
            ui.ActionRow(_back(sale)),
            accent=State.WAITING.colour,
        )

    def _confirm(self, sale: Sale, asked: Text, fact: Text | None, now: ui.Button[Any]) -> Card:
        return card(
            State.WAITING,
            sale.title,
            asked,
            facts=(fact,),
            buttons=(now, _back(sale)),
            mark=self._sales.mark,
        )


def _is_told_by_grant(job: JobRecord, granted: AbstractSet[str]) -> bool:
    """Whether the step says nothing but what a line about the role does: `granted` have one."""
    is_role = job.kind == JobKind.ROLE and job.key in granted
    return is_role and not job.is_given_up and job.outcome in _LIKE_THE_GRANT


def paid_orders(details: SaleDetails) -> list[OrderRecord]:
    """Those that can be given back, oldest first."""
    return [each for each in details.facts.orders if each.money is MoneyState.PAID and each.amount]


def _theirs(sale: Sale) -> Text:
    return mention(sale.recipient_id)


def _amount(order: OrderRecord) -> Money:
    return Money(order.amount, order.currency)


def _back(sale: Sale) -> ui.Button[Any]:
    return button(text("Back"), custom_ids.sale(sale.reference, "show"), _GREY)


def _rows(buttons: Sequence[ui.Button[Any]]) -> list[ui.ActionRow[Any]]:
    return [ui.ActionRow(*buttons)] if buttons else []


def _is_held(sale: Sale | None, page: MemberPage | SalesPage) -> bool:
    return sale is not None and sale.id in page.in_quarantine


def _open_menu(page: MemberPage | SalesPage) -> Menu:
    """Opens one of its sales below the list."""
    options = [
        Option(
            text(
                "{product} · {state}",
                product=titled(each.basket.titles[0]),
                state=state_of(each, is_held=_is_held(each, page)),
            ),
            each.reference,
            text("{date} · {reference}", date=each.session.created_at, reference=markdown(each.reference)),
        )
        for each in page.sales[:MOST_OPTIONS]
    ]
    return Menu(text("Open a purchase"), custom_id=custom_ids.OPEN_SALE, options=options)
