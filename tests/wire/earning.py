"""A shop in which a payment earns something, its buyers, and what must be true of what they paid for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.harness.staff_notes import NOTES
from tests.wire.kills import Point, at_discord
from tests.wire.shop_process import ShopProcess, eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.models import Order
    from tests.wire.faults import Hold, Moment
    from tests.wire.world import Channel, Message, Role, User

ROLE, MESSAGE, LIVING, LOG, NOTE = "role", "message", "living message", "sales log", "note"
LINK_GONE = "the link's message, whose place the receipt has taken"
"""The steps of a payment's way that reach Discord. The message is a receipt or a notice."""
THANKS = "Payment received. Thank you!"
GIVEN_BACK = "Paid, then refunded"
"""What a receipt says, and what it says later."""


class Ended(NamedTuple):
    """What the buyer and the staff read of what became of the money."""

    told: str
    noted: str


REFUNDED = Ended("You got a refund", "was refunded")
DISPUTED = Ended("Payment disputed", "is disputed by the payer")
WON = Ended("The payment stands", "you won the dispute")


@dataclass(frozen=True)
class Benefits:
    """What the shop gives for its product, and where its staff read of it."""

    shop: ShopProcess
    boss: User
    role: Role
    log: Channel

    @classmethod
    async def of(cls, shop: ShopProcess) -> Benefits:
        """Have staff set them up by their commands."""
        boss = shop.welcome_staff("boss")
        role = shop.discord.role(shop.guild, "VIP")
        log = shop.discord.channel(shop.guild, "sales-log")
        benefits = cls(shop, boss, role, log)
        await benefits.store_command("benefit add", "Role added", product=shop.product.id, role=role)
        await benefits.store_command("saleslog", "Sales are now logged", channel=log)
        return benefits

    async def store_command(self, command: str, words: str, **options: Any) -> None:
        answer = await self.shop.discord.slash(self.boss, self.shop.channel, f"store {command}", **options)
        await answer.answered_with(words)

    async def buyer(self) -> Buyer:
        """Somebody who has bought the product and not paid for it yet."""
        made = len(self.shop.sandbox.sessions)
        member = self.shop.welcome_another_alice()
        living = await self.shop.bought()
        await eventually(lambda: self.shop.rows("SELECT 1 FROM messages WHERE message_id = ?", living.id))
        return Buyer(self, member, list(self.shop.sandbox.sessions)[made], living)


@dataclass(frozen=True)
class Buyer:
    benefits: Benefits
    member: User
    session: str
    living: Message

    @property
    def shop(self) -> ShopProcess:
        return self.benefits.shop

    @property
    def sale(self) -> dict[str, Any]:
        [sale] = self.shop.rows("SELECT * FROM sales WHERE buyer_id = ?", self.member.id)
        return sale

    @property
    def order(self) -> Order:
        [order] = self.shop.sandbox.store.orders_of(self.session)
        return order

    @property
    def logged(self) -> list[Message]:
        """The messages of the sales log about this sale."""
        mark = f"Purchase {self.sale['reference']}"
        return [one for one in self.shop.discord.messages(self.benefits.log) if mark in one.text]

    @property
    def noted(self) -> list[str]:
        """The notes to staff about this sale."""
        texts = [one.text for one in self.shop.discord.messages(self.shop.staff_log)]
        return [text for text in texts if self.sale["reference"] in text]

    def pay(self) -> None:
        self.shop.sandbox.store.pay(self.session)

    async def paid(self) -> None:
        """Pay, and wait for all that follows."""
        self.pay()
        await self.shop.settled()

    def point(self, step: str, moment: Any, *, anew: bool = False) -> Point:
        """Where a step towards Discord stands; `anew` says that the money has moved before."""
        return at_discord(
            f"{step}: {moment}",
            *self._address(step, anew=anew),
            moment,
            recorded=lambda: self._recorded(step, anew=anew),
        )

    def hold(self, step: str, moment: Moment) -> Hold:
        return self.shop.discord.hold(*self._address(step, anew=False), moment)

    def _address(self, step: str, *, anew: bool) -> tuple[str, str]:
        direct, log = self.living.channel.id, self.benefits.log.id
        there = self.shop.guild.members[self.member.id].has(self.benefits.role)
        return {
            ROLE: ("DELETE" if there else "PUT", f"/guilds/*/members/{self.member.id}/roles/*"),
            MESSAGE: ("POST", f"/channels/{direct}/messages"),
            LIVING: ("PATCH", f"/channels/{direct}/messages/*"),
            LINK_GONE: ("DELETE", f"/channels/{direct}/messages/*"),
            LOG: ("PATCH", f"/channels/{log}/messages/*") if anew else ("POST", f"/channels/{log}/messages"),
            NOTE: ("POST", f"/channels/{self.shop.staff_log.id}/messages"),
        }[step]

    def _recorded(self, step: str, *, anew: bool) -> bool:
        """Whether a step's end can be read in the database; an edit of the sales log leaves no trace."""
        traces = {
            ROLE: "SELECT 1 FROM jobs WHERE sale_id = ? AND kind = 'role' AND done_at IS NOT NULL",
            MESSAGE: f"SELECT 1 FROM jobs WHERE sale_id = ? AND kind = '{'notice' if anew else 'receipt'}'"
            " GROUP BY sale_id HAVING count(*) = count(done_at)",
            # Once the receipt is there, it is what lives on: the link's message goes.
            LIVING: "SELECT 1 FROM jobs WHERE sale_id = ? AND kind = 'receipt' AND done_at IS NOT NULL"
            if anew
            else "SELECT 1 FROM sales WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM messages WHERE sale_id = sales.id AND shows <> status)",
            LINK_GONE: "SELECT 1 FROM sales WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM messages WHERE sale_id = sales.id)",
            LOG: "SELECT 1 FROM sale_logs WHERE sale_id = ?",
            NOTE: f"SELECT 1 WHERE ? > 0 AND NOT EXISTS (SELECT 1 FROM {NOTES} WHERE done_at IS NULL)",
        }
        return bool(self.shop.rows(traces[step], self.sale["id"]))

    # --- what must be true ----------------------------------------------------------------------------

    def assert_holds_it(self, *, told: Sequence[str], noted: Sequence[str] = ()) -> None:
        """The buyer has what they paid for, once, and everybody was told so, once."""
        self._assert_told("Purchase paid and delivered", "Role: given", told, noted)
        assert self.shop.guild.members[self.member.id].has(self.benefits.role)
        [grant] = self.shop.rows("SELECT * FROM grants WHERE sale_id = ?", self.sale["id"])
        assert (grant["state"], grant["given_at"] is not None) == ("live", True)

    def assert_gave_it_back(self, *, told: Sequence[str], noted: Sequence[str]) -> None:
        """It was refunded, and everybody was told so, once."""
        self._assert_told("Purchase refunded", "Role: taken back", told, noted)
        assert not self.shop.guild.members[self.member.id].has(self.benefits.role)
        [grant] = self.shop.rows("SELECT * FROM grants WHERE sale_id = ?", self.sale["id"])
        assert grant["state"] != "live"

    def _assert_told(self, logged: str, role: str, told: Sequence[str], noted: Sequence[str]) -> None:
        """The link's message has given way to the receipt."""
        messages = [one.text for one in self.shop.discord.dms(self.member)]
        assert len(messages) == len(told), messages
        for text, words in zip(messages, told, strict=True):
            assert words in text
        [log] = self.logged
        for words in (logged, role, "Receipt: sent"):
            assert words in log.text
        assert "in progress" not in log.text
        assert len(self.noted) == len(noted), self.noted
        for text, words in zip(self.noted, noted, strict=True):
            assert words in text
