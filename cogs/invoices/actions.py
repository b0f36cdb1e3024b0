"""What the commands, buttons and forms of invoices do. Who may is checked here, at every one of them."""

from dataclasses import dataclass
from typing import Any

import discord

from bot.catalog.catalog import Catalog
from bot.catalog.models import MAXIMUM_QUANTITY
from bot.checkout.models import CustomLine, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.refusals import quantity_unknown
from bot.checkout.service import Link
from bot.discord.client import ShopBot
from bot.discord.connection import CONNECTION_LOST
from bot.discord.forms import whole_number
from bot.discord.interactions import Answer, Interaction
from bot.discord.refusals import flagged, is_flagged
from bot.discord.roles import find_member
from bot.discord.staff import Staff
from bot.errors import BambooError, Unavailable
from bot.invoices.amounts import parse_amount
from bot.invoices.drafts import Drafts, Estimates
from bot.invoices.due_dates import parse_due_date
from bot.invoices.issuing import STATES, Submitted
from bot.invoices.limits import InvoiceLimits
from bot.invoices.models import Invoice, Person
from bot.invoices.queries import InvoiceQueries
from bot.invoices.refusals import (
    invoice_settled,
    item_without_name,
    notice_not_taken,
    notice_refused,
    notice_unseen,
    payer_has_left,
    payer_is_bot,
    payer_is_this_bot,
)
from bot.invoices.service import Invoices
from bot.invoices.states import InvoiceState
from bot.jobs.models import Outcome
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Clock
from bot.staff.models import AuditAction
from bot.texts import limited, text
from cogs.catalog.autocomplete import meant_product
from cogs.invoices.staff_view import StaffInvoiceView

PER_PAGE = 8
MOST_FOUND = 25


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed of a new invoice, as they typed it."""

    item: str
    amount: str
    quantity: str = "1"
    description: str = ""
    due: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceActions:
    """What staff do: drafts, and what was issued."""

    bot: ShopBot
    staff: Staff
    rules: InvoiceLimits
    locale: str
    drafts: Drafts
    invoices: Invoices
    queries: InvoiceQueries
    estimates: Estimates
    catalog: Catalog
    pricing: Pricing
    queue: JobQueue
    view: StaffInvoiceView
    clock: Clock

    # --- drafts ---------------------------------------------------------------------------------------

    async def create(
        self,
        answer: Answer,
        interaction: Interaction,
        payer: discord.User | discord.Member,
        typed: Typed,
        *,
        product: str | None = None,
    ) -> None:
        """Begin an invoice and show what the member would get; of a `product`, a variant may be asked for.

        Without one there has to be an item. Raises as `payer`, `line` and `meant_product` do.
        """
        guild_id = self.staff.require(interaction)
        self.require_person(payer)
        member = await self.payer(guild_id, payer.id, payer.display_name)
        found = None if product is None else await meant_product(self.catalog, product)
        guild = interaction.guild
        draft = await self.drafts.begin(
            Origin(guild_id, guild.name if guild else "", interaction.channel_id or 0),
            Person(interaction.user.id, interaction.user.display_name),
            Person(member.id, member.display_name),
            (self.line(typed),) if found is None or typed.item or typed.amount else (),
            description=typed.description.strip() or None,
            due_at=parse_due_date(typed.due, self.clock(), self.rules.timezone)
            if typed.due.strip()
            else None,
            note=typed.note.strip() or None,
        )
        if found is None:
            await self.show_draft(answer, draft)
        else:
            await self.add_product(answer, draft, found.id, None, quantity_of(typed.quantity))

    def require_person(self, payer: discord.User | discord.Member) -> None:
        """Raises payer_is_this_bot and payer_is_bot, without asking Discord."""
        if self.bot.user is not None and payer.id == self.bot.user.id:
            raise payer_is_this_bot()
        if payer.bot:
            raise payer_is_bot()

    async def payer(self, guild_id: int, user_id: int, name: str) -> discord.Member:
        """The member who is to pay. Raises payer_has_left, and as `require_person` does."""
        member = await find_member(self.bot, guild_id, user_id)
        if member is None:
            raise payer_has_left(name)
        self.require_person(member)
        return member

    def line(self, typed: Typed) -> CustomLine:
        """The custom line that was typed. Raises item_without_name, AmountRefused and quantity_unknown."""
        item = typed.item.strip()
        if not any(character.isprintable() and not character.isspace() for character in item):
            raise item_without_name()
        amount = parse_amount(typed.amount, self.rules.currency, self.locale)
        return CustomLine(item, amount, quantity_of(typed.quantity), self.rules.currency)

    async def draft(self, interaction: Interaction, reference: str) -> Invoice:
        """The clicking staff member's own draft. Raises NotStaff and draft_gone."""
        guild_id = self.staff.require(interaction)
        return await self.drafts.get(guild_id, reference, interaction.user.id)

    def remembered(self, interaction: Interaction, reference: str) -> Invoice | None:
        """The same from memory, to fill in a form; None after a restart. Raises NotStaff."""
        self.staff.require(interaction)
        return self.drafts.remembered(reference, interaction.user.id)

    async def add_item(self, answer: Answer, interaction: Interaction, reference: str, typed: Typed) -> None:
        draft = await self.draft(interaction, reference)
        draft = await self.drafts.add_line(draft.guild_id, reference, draft.issuer.id, self.line(typed))
        await self.show_draft(answer, draft)

    async def find_product(
        self,
        answer: Answer,
        interaction: Interaction,
        reference: str,
        *,
        typed: str,
        variant: str,
        quantity: str,
    ) -> None:
        """Add what was named without doubt, or have it chosen."""
        draft = await self.draft(interaction, reference)
        count = quantity_of(quantity)
        if self.catalog.age() is None and not await self.catalog.refresh():
            raise Unavailable
        match = await self.catalog.match(typed)
        if match.product is None:
            found = await self.catalog.search(typed, MOST_FOUND)
            await answer.show(self.view.drafts.choose_product(draft, found, count))
            return
        await self.add_product(answer, draft, match.product.id, variant.strip() or None, count)

    async def add_product(
        self, answer: Answer, draft: Invoice, product_id: str, variant: str | None, quantity: int
    ) -> None:
        product = await self.catalog.details(product_id)
        if variant is None and len(product.variants) > 1:
            await answer.show(self.view.drafts.choose_variant(draft, product, quantity))
            return
        line = self.pricing.offered(product, variant, quantity)
        draft = await self.drafts.add_line(draft.guild_id, draft.reference, draft.issuer.id, line)
        await self.show_draft(answer, draft)

    async def remove_line(self, answer: Answer, draft: Invoice, position: int, of: int) -> None:
        draft = await self.drafts.remove_line(draft.guild_id, draft.reference, draft.issuer.id, position, of)
        await self.show_draft(answer, draft)

    async def edit(self, answer: Answer, interaction: Interaction, reference: str, **terms: Any) -> None:
        draft = await self.draft(interaction, reference)
        draft = await self.drafts.edit(draft.guild_id, reference, draft.issuer.id, **terms)
        await self.show_draft(answer, draft)

    async def set_due(self, answer: Answer, interaction: Interaction, reference: str, typed: str) -> None:
        due = parse_due_date(typed, self.clock(), self.rules.timezone) if typed.strip() else None
        await self.edit(answer, interaction, reference, due_at=due)

    async def show_draft(self, answer: Answer, draft: Invoice) -> None:
        """The preview, with what the store says of the coupon."""
        discount, problem = None, None
        try:
            discount = await self.estimates.discount(draft)
        except BambooError as error:
            problem = text("The coupon didn't work: {words}", words=limited(error.sentence, 300))
        await answer.show(self.view.drafts.preview(draft, discount, problem))

    async def discard(self, answer: Answer, draft: Invoice) -> None:
        await self.drafts.discard(draft.guild_id, draft.reference, draft.issuer.id)
        await answer.show(self.view.discarded(draft))

    # --- issued ---------------------------------------------------------------------------------------

    async def send(self, answer: Answer, draft: Invoice) -> None:
        member = await self.payer(draft.guild_id, draft.payer.id, draft.payer.name)
        submitted = await self.invoices.issuing.submit(
            draft.guild_id, draft.reference, draft.issuer.id, member.name
        )
        await self.bring(answer, submitted)

    async def approve(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        invoice = await self.invoice(interaction, reference)
        member = await self.payer(invoice.guild_id, invoice.payer.id, invoice.payer.name)
        submitted = await self.invoices.issuing.approve(
            invoice.guild_id, reference, interaction.user.id, member.name
        )
        await self.bring(answer, submitted)

    async def bring(self, answer: Answer, submitted: Submitted) -> None:
        """Have the member get it, and tell staff the truth about that."""
        if submitted.link is None:
            await answer.show(self.view.awaiting(submitted.invoice))
            return
        outcome = await self._carried_out(submitted.link)
        invoice = await self.invoices.issuing.by_id(submitted.invoice.id)
        if not invoice.is_payable:
            await answer.show(self.view.stopped(invoice))
        elif outcome is Outcome.DIRECT_MESSAGE:
            await answer.show(self.view.sent(invoice))
        else:
            await answer.show(self.view.not_delivered(invoice))

    async def _carried_out(self, link: Link) -> Outcome:
        if link.job is None:
            return Outcome.DIRECT_MESSAGE
        return await self.queue.carry_out(link.job)

    async def invoice(self, interaction: Interaction, reference: str) -> Invoice:
        """An invoice of the server, for its staff. Raises NotStaff and invoice_unknown."""
        return await self.invoices.issuing.here(self.staff.require(interaction), reference)

    async def numbered(self, interaction: Interaction, number: int) -> Invoice:
        """The same by its number."""
        return await self.invoices.numbered(self.staff.require(interaction), number)

    async def refuse(self, answer: Answer, interaction: Interaction, reference: str, reason: str) -> None:
        guild_id = self.staff.require(interaction)
        invoice = await self.invoices.issuing.refuse(
            guild_id, reference, interaction.user.id, reason.strip() or None
        )
        await answer.tell(self.view.refused(invoice))

    async def cancel(self, answer: Answer, interaction: Interaction, invoice: Invoice, reason: str) -> None:
        closed = await self.invoices.cancel(
            invoice.guild_id, invoice.reference, interaction.user.id, reason.strip() or None
        )
        await answer.show(self.view.cancelled(closed))

    async def resend(self, answer: Answer, interaction: Interaction, invoice: Invoice) -> None:
        if not invoice.is_payable:
            raise invoice_settled(invoice.number or 0, STATES[invoice.state])
        member = await self.payer(invoice.guild_id, invoice.payer.id, invoice.payer.name)
        link = await self.invoices.resend(
            invoice.guild_id, invoice.reference, interaction.user.id, member.name
        )
        await self.bring(answer, Submitted(invoice, link))

    async def post_notice(self, answer: Answer, interaction: Interaction, invoice: Invoice) -> None:
        """Post where it was asked for, or where the invoice was written, whichever the member can see.

        Raises notice_unseen, notice_refused and notice_not_taken.
        """
        if not invoice.is_payable:
            raise invoice_settled(invoice.number or 0, STATES[invoice.state])
        member = await self.payer(invoice.guild_id, invoice.payer.id, invoice.payer.name)
        channel_id = _seen_by(member, interaction.channel_id, invoice.channel_id)
        if channel_id is None:
            raise notice_unseen(invoice.payer.name)
        channel = self.bot.get_partial_messageable(channel_id, guild_id=invoice.guild_id)
        try:
            await channel.send(
                view=self.view.payer.public_notice(invoice),
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, users=[discord.Object(invoice.payer.id)]
                ),
            )
        except (discord.Forbidden, discord.NotFound) as error:
            why = flagged(error) if is_flagged(error) else None
            raise notice_refused(channel_id, why) from error
        except (discord.HTTPException, *CONNECTION_LOST) as error:
            raise notice_not_taken(channel_id) from error
        await self.invoices.note(invoice, AuditAction.NOTICE, interaction.user.id)
        await answer.show(self.view.noticed(invoice, channel_id))

    async def show(self, answer: Answer, invoice: Invoice) -> None:
        await answer.show(self.view.details(await self.queries.details(invoice), self.clock()))

    async def list(
        self,
        answer: Answer,
        interaction: Interaction,
        number: int,
        payer_id: int | None,
        state: InvoiceState | None,
    ) -> None:
        guild_id = self.staff.require(interaction)
        page = await self.queries.page(guild_id, number, size=PER_PAGE, payer_id=payer_id, state=state)
        await answer.show(self.view.page(page, payer_id, state))


def _seen_by(member: discord.Member, *channel_ids: int | None) -> int | None:
    """The first of the channels that the member can see; None if there is none."""
    for channel_id in channel_ids:
        channel = member.guild.get_channel_or_thread(channel_id) if channel_id is not None else None
        if channel is not None and channel.permissions_for(member).view_channel:
            return channel_id
    return None


def quantity_of(typed: str) -> int:
    """Raises quantity_unknown for what is no whole number from 1 to 999 in digits."""
    quantity = whole_number(typed.strip())
    if quantity is None or not 1 <= quantity <= MAXIMUM_QUANTITY:
        raise quantity_unknown(typed)
    return quantity
