"""What staff look at and do, each checked on the server and shown in the card that they clicked."""

from bot.access.service import Access
from bot.checkout.models import Sale
from bot.discord.components import Card, notice
from bot.discord.forms import whole_number
from bot.discord.interactions import Answer, Interaction
from bot.discord.staff import Staff
from bot.members.aftercare import MOST_DAYS, Aftercare
from bot.members.models import SalesFilter
from bot.members.refusals import days_unknown, moved_to_bot
from bot.members.service import MemberPages
from bot.payments.provider import RefundReason
from bot.texts import Text, mention, ntext, text
from cogs.access.commands import blocked, unblocked
from cogs.fulfilment.text import refund_made
from cogs.members.view import MembersView, paid_orders

PER_PAGE = 10
"""Lines of a list: each with the longest titles they stay below a message's limit."""


class MemberActions:
    def __init__(
        self, members: MemberPages, aftercare: Aftercare, view: MembersView, staff: Staff, access: Access
    ) -> None:
        self._access = access
        self._members = members
        self._aftercare = aftercare
        self._view = view
        self._staff = staff

    @property
    def staff(self) -> Staff:
        return self._staff

    # --- what they look at ----------------------------------------------------------------------------

    async def member(self, answer: Answer, interaction: Interaction, member_id: int, number: int = 0) -> None:
        """A page of a member's timeline. Raises NotStaff, as all of these do."""
        guild_id = self._staff.require(interaction)
        page = await self._members.page(guild_id, member_id, number, size=PER_PAGE)
        is_blocked = self._access.is_blocked(guild_id, member_id)
        await answer.show(self._view.member(page, is_blocked=is_blocked), announce=False)

    async def listed(
        self, answer: Answer, interaction: Interaction, wanted: SalesFilter, after: str | None = None
    ) -> None:
        guild_id = self._staff.require(interaction)
        page = await self._members.sales(guild_id, wanted, after, size=PER_PAGE)
        await answer.show(self._view.listed(page), announce=False)

    async def sale(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        await answer.show(await self._sale(self._staff.require(interaction), reference), announce=False)

    async def _sale(self, guild_id: int, reference: str) -> Card:
        return self._view.sale(await self._members.sale(guild_id, reference))

    async def block(
        self, answer: Answer, interaction: Interaction, member_id: int, number: int, reason: str
    ) -> None:
        """Block the member, and show their page as it is then; `unblock` is the opposite."""
        guild_id = self._staff.require(interaction)
        await self._access.block(guild_id, member_id, reason.strip(), by=interaction.user.id)
        await self.member(answer, interaction, member_id, number)
        await answer.tell(notice(blocked(member_id)))

    async def unblock(self, answer: Answer, interaction: Interaction, member_id: int, number: int) -> None:
        """Raises not_blocked."""
        guild_id = self._staff.require(interaction)
        await self._access.unblock(guild_id, member_id, by=interaction.user.id)
        await self.member(answer, interaction, member_id, number)
        await answer.tell(notice(unblocked(member_id)))

    # --- what they do ---------------------------------------------------------------------------------

    async def deliver_again(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        guild_id = self._staff.require(interaction)
        await self._aftercare.deliver_again(guild_id, reference, by=interaction.user.id)
        await self._done(
            answer, guild_id, reference, text("Delivering again now: roles and the newest receipt.")
        )

    async def add_days(self, answer: Answer, interaction: Interaction, reference: str, typed: str) -> None:
        """Raises days_unknown for what is no number of days."""
        guild_id = self._staff.require(interaction)
        days = whole_number(typed) or 0
        if not 1 <= days <= MOST_DAYS:
            raise days_unknown(typed)
        await self._aftercare.add_days(guild_id, reference, days, by=interaction.user.id)
        added = ntext("Added {count} day.", "Added {count} days.", days)
        await self._done(answer, guild_id, reference, added)

    async def ask_refund(
        self, answer: Answer, interaction: Interaction, reference: str, order: str | None = None
    ) -> None:
        """Which payment, if there are several, and why."""
        guild_id = self._staff.require(interaction)
        details = await self._members.sale(guild_id, reference)
        payments = paid_orders(details)
        if order is None and len(payments) > 1:
            await answer.show(self._view.which_payment(details))
            return
        # Its refusal says why there is nothing to refund.
        chosen = order or (payments or details.facts.orders)[-1].reference
        await answer.show(
            self._view.why_refunded(details.sale, await self._aftercare.order(guild_id, chosen))
        )

    async def confirm_refund(
        self, answer: Answer, interaction: Interaction, reference: str, order: str, reason: RefundReason
    ) -> None:
        guild_id = self._staff.require(interaction)
        found = await self._aftercare.order(guild_id, order)
        sale = (await self._members.sale(guild_id, reference)).sale
        await answer.show(self._view.ask_refund(sale, found, reason))

    async def refund(
        self, answer: Answer, interaction: Interaction, reference: str, order: str, reason: RefundReason
    ) -> None:
        guild_id = self._staff.require(interaction)
        made = await self._aftercare.refund(guild_id, order, reason, by=interaction.user.id)
        sale = await self._aftercare.sale_of(made.order)
        refunded = refund_made(sale, made.order, is_confirmed=made.is_followed)
        await self._done(answer, guild_id, reference, refunded)

    async def ask_whom(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        guild_id = self._staff.require(interaction)
        await answer.show(self._view.to_whom((await self._members.sale(guild_id, reference)).sale))

    async def ask_move(
        self, answer: Answer, interaction: Interaction, reference: str, to: int, *, is_bot: bool
    ) -> None:
        guild_id = self._staff.require(interaction)
        if is_bot:
            raise moved_to_bot()
        sale = await self._aftercare.movable(guild_id, reference, to, by=interaction.user.id)
        await answer.show(self._view.ask_move(sale, to))

    async def move(self, answer: Answer, interaction: Interaction, reference: str, was: int, to: int) -> None:
        guild_id = self._staff.require(interaction)
        sale: Sale = await self._aftercare.move(guild_id, reference, was=was, to=to, by=interaction.user.id)
        await self._done(
            answer, guild_id, reference, text("It's {member}'s now.", member=mention(sale.recipient_id))
        )

    async def _done(self, answer: Answer, guild_id: int, reference: str, said: Text) -> None:
        """The sale as it is now, and beside it what was done."""
        await answer.show(await self._sale(guild_id, reference), announce=False)
        await answer.tell(notice(said))
