"""How something that cost nothing reads, right after it was given or taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.discord.cards import State, card
from bot.discord.components import Card
from bot.discord.roles import RoleKeeper
from bot.fulfilment.models import Benefit
from bot.giving.service import HandedOut
from bot.texts import Text, joined, limited, lines, mention, ntext, text
from cogs.checkout.view import SaleView, footer
from cogs.fulfilment.view import titles

_LONGEST_ROLES: Final = 1500
"""Characters of the roles that a product gives: a message has room for them beside the rest."""


@dataclass(frozen=True, slots=True)
class GivingView:
    sales: SaleView
    roles: RoleKeeper

    def given(self, handed: HandedOut) -> Card:
        """For the staff member who gave it."""
        sale, given = handed.sale, handed.sale.given
        days = given.days if given is not None else None
        to = text("For {member}, who is told by direct message.", member=mention(sale.recipient_id))
        why = None
        if given is not None and given.reason:
            why = text("Reason: {reason}", reason=given.reason)
        return card(
            State.DELIVERED,
            text("Given"),
            titles(sale),
            picture=self.sales.picture_of(sale.basket),
            facts=(to, self._roles(handed.benefits, days), why, footer(sale.reference)),
            mark=self.sales.mark,
        )

    def taken(self, handed: HandedOut) -> Card:
        """For the member who took what is free."""
        return card(
            State.DELIVERED,
            text("It's yours"),
            titles(handed.sale),
            picture=self.sales.picture_of(handed.sale.basket),
            facts=(
                self._roles(handed.benefits, None),
                text("-# It's on its way, and stays in /purchases."),
                footer(handed.sale.reference),
            ),
            mark=self.sales.mark,
        )

    def _roles(self, benefits: Sequence[Benefit], days: int | None) -> Text:
        roles = (self._role(benefit, days or benefit.terms.days) for benefit in benefits)
        return limited(lines(*roles), _LONGEST_ROLES)

    def _role(self, benefit: Benefit, days: int | None) -> Text:
        role = text("**{role}** role", role=self.roles.name(benefit.guild_id, benefit.terms.role_id))
        if days is None:
            return role
        return joined(" ", (role, ntext("for {count} day", "for {count} days", days)))
