"""What somebody was told about a purchase, once more: its receipts and notices, newest first."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.discord.components import Card, Stack, button
from bot.discord.localized import Paragraph, localized
from bot.fulfilment.receipts import Receipts, ReceiptsOfSale
from bot.jobs.models import JobRecord
from bot.texts import SOURCE, Language, text
from cogs import custom_ids
from cogs.fulfilment.delivery import FulfilmentMessages

MOST: Final = 4
"""Of them in one message: with dates, the buttons below and one for help they are its 40 components."""
_DATE: Final = 40
"""Characters that the date of one takes, at most."""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """`receipts` are those that the message holds."""

    message: Stack
    receipts: Sequence[JobRecord]


class ReceiptView:
    def __init__(self, receipts: Receipts, messages: FulfilmentMessages) -> None:
        self._receipts = receipts
        self._messages = messages

    async def page(
        self, reference: str, reader_id: int, start: int, language: Language = SOURCE
    ) -> ReceiptPage:
        """Those from the one at `start` on. Raises purchase_unknown, not_yours and no_receipt."""
        told = await self._receipts.of(reference, reader_id)
        return await receipt_page(told, start, self._messages.card_of, language)

    async def shown(self, page: ReceiptPage) -> None:
        """The reader has it before their eyes."""
        await self._receipts.shown(page.receipts)


async def receipt_page(
    told: ReceiptsOfSale,
    start: int,
    card_of: Callable[[Sale, JobRecord], Awaitable[Card]],
    language: Language = SOURCE,
) -> ReceiptPage:
    """As many as fit one message in the reader's language; 0 is the newest. Only those are made."""
    start = min(start, len(told.jobs) - 1)
    message, shown = Stack(), list[JobRecord]()
    for job in told.jobs[start : start + MOST]:
        card = localized(await card_of(told.sale, job), language)
        if shown:
            _without_help(card)
        if shown and not message.takes(card, reserved=_DATE):
            break
        message.add_item(Paragraph(text("-# {date}", date=job.created_at)))
        message.put(card)
        shown.append(job)
    if turns := _turns(told, start, start + len(shown)):
        message.add_item(ui.ActionRow(*turns))
    return ReceiptPage(message, shown)


def _without_help(card: Card) -> None:
    """All are of one purchase: the newest one's button for help is enough, and no two may be the same."""
    for item in list(card.walk_children()):
        if isinstance(item, ui.ActionRow):
            for each in list(item.children):
                if custom_ids.SUPPORT.fullmatch(getattr(each, "custom_id", None) or ""):
                    item.remove_item(each)
            if not item.children and isinstance(item.parent, ui.Container):
                item.parent.remove_item(item)


def _turns(told: ReceiptsOfSale, start: int, end: int) -> list[ui.Button[Any]]:
    grey = discord.ButtonStyle.secondary
    reference = told.sale.reference
    turns = []
    if start > 0:
        turns.append(button(text("Newest"), custom_ids.receipts(reference, 0), grey))
    if end < len(told.jobs):
        turns.append(button(text("Older"), custom_ids.receipts(reference, end), grey))
    return turns
