"""A subscription as its payer sees it: how it stands, and what they can do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.discord.cards import State, card
from bot.discord.components import Card, button, link_button
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionRecord, SubscriptionStatus
from bot.subscriptions.refusals import ManagedElsewhere
from bot.subscriptions.service import ManagedSubscription, Step
from bot.texts import Text, lines, moment, text
from cogs import custom_ids
from cogs.checkout.view import SaleView, footer
from cogs.fulfilment.subscription_text import standing
from cogs.fulfilment.view import titles

_GREY: Final = discord.ButtonStyle.secondary
_STATES: Final[Mapping[SubscriptionStatus, State]] = {
    SubscriptionStatus.PAST_DUE: State.ATTENTION,
    SubscriptionStatus.PAUSED: State.WAITING,
    SubscriptionStatus.CANCELLED: State.ENDED,
}
_LABELS: Final[Mapping[Step, Text]] = {
    Step.CANCEL: text("Cancel subscription"),
    Step.RESUME: text("Resume subscription"),
}
_QUESTIONS: Final[Mapping[Step, Text]] = {
    Step.CANCEL: text("Cancel this subscription?"),
    Step.RESUME: text("Resume this subscription?"),
}
_DONE: Final[Mapping[Step, Text]] = {
    Step.CANCEL: text("Subscription cancelled"),
    Step.RESUME: text("Subscription resumed. Good to have you back!"),
}
_STYLES: Final[Mapping[Step, discord.ButtonStyle]] = {
    Step.CANCEL: discord.ButtonStyle.danger,
    Step.RESUME: discord.ButtonStyle.success,
}


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    sales: SaleView
    clock: Clock

    def page(self, managed: ManagedSubscription, done: Step | None = None) -> Card:
        """How it stands; `done` is what has just been done with it."""
        title = text("Your subscription") if done is None else _DONE[done]
        step = managed.step
        buttons = [
            None
            if step is None
            else button(_LABELS[step], custom_ids.subscription(managed.sale.reference, step), _GREY),
            self._at_the_store,
        ]
        state = _STATES.get(managed.subscription.status, State.PAID)
        return self._card(state, title, managed.sale, [self._standing(managed)], buttons)

    def question(self, managed: ManagedSubscription, step: Step) -> Card:
        sale, reference = managed.sale, managed.sale.reference
        if step is Step.CANCEL:
            said = _if_cancelled(managed.subscription)
            back = text("Keep subscription")
        else:
            said = text("It goes on as before, and renews until you cancel.")
            back = text("Leave it cancelled")
        sure = button(_LABELS[step], custom_ids.subscription(reference, step, "sure"), _STYLES[step])
        buttons = [sure, button(back, custom_ids.subscription(reference, "show"), _GREY)]
        return self._card(State.ATTENTION, _QUESTIONS[step], sale, [said], buttons)

    def elsewhere(self, refused: ManagedElsewhere) -> Card:
        """Where it can be managed all the same."""
        buttons = [each for each in [self._at_the_store] if each is not None]
        return card(
            State.ATTENTION,
            text("You can't change it here"),
            refused.sentence,
            buttons=buttons,
            mark=self.sales.mark,
        )

    @property
    def _at_the_store(self) -> ui.Button[Any] | None:
        return link_button(text("Cards and invoices"), self.sales.portal) if self.sales.portal else None

    def _standing(self, managed: ManagedSubscription) -> Text | None:
        now = standing(managed.sale, managed.subscription, self.clock(), begun=None)
        if managed.step is not Step.RESUME or managed.subscription.access_until is None:
            return now
        return lines(now, text("Changed your mind? Resume it until then, and nothing is interrupted."))

    def _card(
        self,
        state: State,
        title: Text,
        sale: Sale,
        facts: Sequence[Text | None],
        buttons: Sequence[ui.Button[Any] | None],
    ) -> Card:
        return card(
            state,
            title,
            titles(sale),
            picture=self.sales.picture_of(sale.basket),
            facts=(*facts, footer(sale.reference)),
            buttons=[each for each in buttons if each is not None],
            mark=self.sales.mark,
        )


def _if_cancelled(subscription: SubscriptionRecord) -> Text:
    """What comes of it, as far as that is known before the store is asked."""
    until = subscription.current_period_end
    match subscription.status:
        case SubscriptionStatus.PAST_DUE:
            return text("Its last payment failed, so it may end at once. You won't be charged again.")
        case SubscriptionStatus.TRIALING if end := subscription.trial_end or until:
            return text(
                "You keep it until your trial ends on {date}, and pay nothing.", date=moment(end, "D")
            )
        case SubscriptionStatus.ACTIVE if until is not None:
            return text(
                "You keep it until {date}, and won't be charged again. What you've paid isn't refunded.",
                date=moment(until, "D"),
            )
    return text("You won't be charged again. What you've paid isn't refunded.")
