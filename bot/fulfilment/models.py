"""What payments earn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from bot.checkout.models import AnyLine, Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.states import GrantState
from bot.jobs.models import JobRecord, LiveMessage
from bot.payments.models import OrderRecord
from bot.staff.repository import LogMessage
from bot.texts import Text, text

_CHARGED_BACK: Final = frozenset({MoneyState.DISPUTED, MoneyState.LOST})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a benefit gives. Without `days` (for each unit) it is for ever, or while a subscription lives.

    `kept` says that a refund doesn't take it back, nor a chargeback, unless `kept_at_chargeback` says
    otherwise of that. `message` has `{placeholders}`; `channel_id` is where it is posted, too, as a welcome.
    `replaces` is a role that is taken once the other is given.
    """

    role_id: int
    days: int | None = None
    kept: bool = False
    message: str | None = None
    replaces: int | None = None
    channel_id: int | None = None
    kept_at_chargeback: bool | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """`variant_id` is None where every variant earns it; `title` is what it is for, as the store has it.

    `reference` is its name in custom_ids.
    """

    id: int
    reference: str
    guild_id: int
    product_id: str
    variant_id: str | None
    title: str
    terms: Terms

    def is_earned_by(self, line: AnyLine) -> bool:
        return line.product_id == self.product_id and self.variant_id in (None, line.variant_id)


@dataclass(frozen=True, slots=True)
class EarnedBenefit:
    """What somebody would earn; `is_held` says that they have its role already, for ever."""

    benefit: Benefit
    is_held: bool


@dataclass(frozen=True, slots=True)
class AddedBenefit:
    """A benefit that is in use now; `before` is what it was, if it was there."""

    benefit: Benefit
    before: Benefit | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A benefit that waits for its staff member's yes, as its role gives power over others.

    `reference` is its name in custom_ids. `powers` are what they were told that the role allows, by
    discord.py's names; `asked_at` is UTC.
    """

    reference: str
    guild_id: int
    asked_by: int
    product_id: str
    variant_id: str | None
    title: str
    terms: Terms
    powers: tuple[str, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody holds because of an order. Times are aware UTC; no end means for ever.

    `days` is how long it lasts if it is timed, whatever its benefit says by now. `given_at` is when the
    member got the role; None while they wait for it, or are away.
    """

    id: int
    sale_id: int
    benefit_id: int
    order_id: int
    guild_id: int
    user_id: int
    role_id: int
    money: MoneyState
    kept: bool
    state: GrantState
    earned_at: datetime
    days: int | None
    begins_at: datetime
    ends_at: datetime | None
    given_at: datetime | None
    follows_subscription: bool
    is_moved: bool = False
    """Whether staff moved it to another account: that one's grant goes on in its place."""
    kept_at_chargeback: bool | None = None
    """None: as it is `kept`."""

    def outlives(self, money: MoneyState) -> bool:
        """Whether it stays although its money has come to this."""
        if money in _CHARGED_BACK and self.kept_at_chargeback is not None:
            return self.kept_at_chargeback
        return self.kept


class Obstacle(Enum):
    """Why a role can't be given."""

    ROLE_GONE = auto()
    ROLE_ABOVE = auto()
    ROLE_MANAGED = auto()
    ROLE_EVERYONE = auto()
    NO_PERMISSION = auto()
    SERVER_AWAY = auto()

    def of(self, role: str) -> Text:
        """In a sentence, for staff; `role` is its name."""
        match self:
            case Obstacle.ROLE_GONE:
                return text("The **{role}** role no longer exists.", role=role)
            case Obstacle.ROLE_ABOVE:
                return text("The **{role}** role is above the bot's highest role.", role=role)
            case Obstacle.ROLE_MANAGED:
                return text(
                    "The **{role}** role belongs to an integration, and only that can give it.", role=role
                )
            case Obstacle.ROLE_EVERYONE:
                return text("The **{role}** role is the one everyone has.", role=role)
            case Obstacle.NO_PERMISSION:
                return text(
                    "The bot needs the Manage Roles permission to give the **{role}** role.",
                    role=role,
                )
            case Obstacle.SERVER_AWAY:
                return text(
                    "The bot can't check the **{role}** role right now: the server is unavailable.", role=role
                )


def filled(message: str, values: Mapping[str, str]) -> str:
    """The message with its placeholders filled; what isn't one stays as it is written."""
    for name, value in values.items():
        message = message.replace(f"{{{name}}}", value)
    return message


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """`sales_log` is the channel of its server's log, if there is one. Jobs, orders and grants: oldest first.

    `benefits` are those that earned the grants, by their ids.
    """

    sale: Sale
    message: LiveMessage | None
    sales_log: int | None
    log_message: LogMessage | None
    jobs: tuple[JobRecord, ...]
    orders: tuple[OrderRecord, ...]
    grants: tuple[Grant, ...]
    benefits: Mapping[int, Benefit]
    is_held: bool = False
    """Whether nothing was paid that counts, and staff have to decide about a payment."""

    @property
    def money(self) -> list[MoneyState]:
        """Of its orders."""
        return [order.money for order in self.orders]

    def order(self, row: int) -> OrderRecord:
        """Raises LookupError for one that isn't the sale's."""
        for order in self.orders:
            if order.id == row:
                return order
        raise LookupError(f"order {row} of sale {self.sale.id}")

    def grant(self, row: int) -> Grant:
        """Raises LookupError for one that isn't the sale's."""
        for grant in self.grants:
            if grant.id == row:
                return grant
        raise LookupError(f"grant {row} of sale {self.sale.id}")
