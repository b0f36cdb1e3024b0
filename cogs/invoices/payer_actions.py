"""What the one does who is to pay an invoice: look at it, pay it, decline it."""

from dataclasses import dataclass

from bot.checkout.models import Buyer
from bot.discord.interactions import Answer
from bot.invoices.models import Invoice
from bot.invoices.refusals import invoice_not_yours
from bot.invoices.service import Invoices
from bot.jobs.queue import JobQueue
from bot.jobs.worker import Clock
from bot.purchases.history import History
from cogs.invoices.delivery import InvoiceMessages
from cogs.invoices.view import InvoiceView


@dataclass(frozen=True, slots=True)
class PayerActions:
    invoices: Invoices
    messages: InvoiceMessages
    history: History
    queue: JobQueue
    view: InvoiceView
    clock: Clock

    async def get_link(self, answer: Answer, buyer: Buyer, reference: str) -> None:
        """Give the payer, and nobody else, a link that is open."""
        link = await self.invoices.link(reference, buyer, answer.reply)
        if link.job is not None:
            await self.queue.carry_out(link.job)
            return
        await self.show_payer(answer, await self.invoices.for_payer(reference, buyer.id))

    async def look(self, answer: Answer, user_id: int, reference: str) -> bool:
        """Show the payer an invoice that can't be paid (any more); False for one that can."""
        invoice = await self.invoices.for_payer(reference, user_id)
        if invoice.is_payable:
            return False
        await self.show_payer(answer, invoice)
        return True

    async def show_payer(self, answer: Answer, invoice: Invoice) -> None:
        """Show the payer the invoice as it stands. Raises invoice_not_yours for one that was never sent."""
        sale = await self.invoices.sale_of(invoice)
        if sale is None:
            raise invoice_not_yours()
        answer.guild_id = invoice.guild_id
        # It may be what waits: there is nothing to announce beside it.
        lives = await self.messages.lives_in(sale, answer.reply.message_id)
        shown = self.view.live if lives else self.view.private
        await answer.show(shown(invoice, sale, self.clock()), announce=False)
        await self.history.link_seen(sale.id)

    async def decline(self, user_id: int, reference: str, reason: str) -> Invoice:
        """Raises invoice_unknown, invoice_not_yours and invoice_closed."""
        return (await self.invoices.decline(reference, user_id, reason.strip() or None)).invoice
