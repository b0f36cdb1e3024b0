"""Tells who made an invoice what became of it, where no channel for staff does."""

import logging
from datetime import datetime

from bot.checkout.models import Sale
from bot.discord.cards import State, card, numbered
from bot.discord.client import ShopBot
from bot.discord.components import Card
from bot.discord.direct_messages import (
    DirectMessageHindered,
    DirectMessageRefused,
    DirectMessages,
    DirectMessageUnknown,
)
from bot.invoices.models import Invoice
from bot.invoices.reminders import Ending
from bot.invoices.service import Invoices, page_open_until
from bot.invoices.states import InvoiceState
from bot.jobs.models import Hindrance, Job, Outcome, Result
from bot.jobs.worker import Clock
from bot.staff.models import StaffNote
from bot.texts import Text, lines, mention, moment, text
from cogs.checkout.view import footer
from cogs.invoices.view import InvoiceView
from cogs.staff.sales_log import StaffChannels

log = logging.getLogger(__name__)


class IssuerMessages:
    """One kind of job."""

    def __init__(
        self,
        bot: ShopBot,
        invoices: Invoices,
        view: InvoiceView,
        channels: StaffChannels,
        clock: Clock,
    ) -> None:
        self._direct_messages = DirectMessages(bot)
        self._invoices = invoices
        self._view = view
        self._channels = channels
        self._clock = clock

    async def tell(self, job: Job) -> Result:
        """By direct message; where that isn't taken, by a note to staff."""
        sale, invoice = await self._invoices.with_sale(job.sale_id)
        if invoice is None or self._channels.tells_staff(invoice.guild_id):
            return Result(Outcome.GONE)  # the staff's log channel has a line about it
        ending = Ending(job.topic)
        if await self._channels.has_sales_log(invoice.guild_id):
            # There a payment has a message, but nothing else of an invoice.
            return Result(Outcome.GONE) if ending is Ending.PAID else await self._note(sale, invoice, ending)
        try:
            await self._direct_messages.send(
                invoice.issuer.id,
                numbered(self._card(sale, invoice, ending), job.id),
                guild_id=sale.guild_id,
                nonce=f"{sale.reference}-{job.id}",
                since=job.created_at,
                look_first=job.may_have_happened,
            )
        except DirectMessageRefused:
            return await self._note(sale, invoice, ending)
        except DirectMessageHindered as error:
            return await self._note(sale, invoice, ending, error.hindrance)
        except DirectMessageUnknown:
            return Result(Outcome.UNKNOWN, retry=True)
        return Result(Outcome.DIRECT_MESSAGE)

    async def _note(
        self, sale: Sale, invoice: Invoice, ending: Ending, hindrance: Hindrance | None = None
    ) -> Result:
        news = text(
            "For {member}: {news}",
            member=mention(invoice.issuer.id),
            news=lines(_was(invoice, ending), *self._news(sale, invoice, ending)),
        )
        await self._invoices.write_note(
            StaffNote(invoice.guild_id, f"issuer:{sale.reference}:{ending}", news)
        )
        return Result(Outcome.NOTED, hindrance=hindrance)

    def _card(self, sale: Sale, invoice: Invoice, ending: Ending) -> Card:
        state = State.PAID if ending is Ending.PAID else State.ENDED
        about, *more = self._news(sale, invoice, ending)
        return card(
            state, _was(invoice, ending), about, facts=(*more, footer(sale.reference)), mark=self._view.mark
        )

    def _news(self, sale: Sale, invoice: Invoice, ending: Ending) -> list[Text | None]:
        """What it is about, and what has to be known of it."""
        about = text(
            "{amount}, for {member} ({name}) in **{server}**",
            amount=invoice.subtotal,
            member=mention(invoice.payer.id),
            name=invoice.payer.name,
            server=invoice.guild_name,
        )
        if ending is not Ending.DECLINED or invoice.state is not InvoiceState.DECLINED:
            return [about]
        return [about, _reason(invoice), _still(page_open_until(sale, self._clock()))]


def _was(invoice: Invoice, ending: Ending) -> Text:
    match ending:
        case Ending.DECLINED:
            return text("Invoice #{number} was declined", number=invoice.shown_number)
        case Ending.PAID:
            return text("Invoice #{number} was paid", number=invoice.shown_number)


def _reason(invoice: Invoice) -> Text:
    if invoice.reason:
        return text("Reason: {reason}", reason=invoice.reason)
    return text("They gave no reason.")


def _still(until: datetime | None) -> Text | None:
    if until is None:
        return None
    return text(
        "Its payment page closes at {time}. We'll let you know if they pay anyway.", time=moment(until, "t")
    )
