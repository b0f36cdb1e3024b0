"""Wires how payment links reach who asked for them, and how long they live."""

from dataclasses import dataclass

from bot.discord.undelivered_hint import UndeliveredHint
from bot.jobs.handlers import Handler, saying
from bot.jobs.models import JobKind
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.checkout.delivery import MESSAGE_FAILED, ChargeMessages, LinkMessages


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParts(Parts):
    """What brings them, and what else the bot is equipped with."""

    messages: LinkMessages


def build_links(shared: Shared, invoices: ChargeMessages) -> LinkParts:
    announcer = UndeliveredHint(shared.history.waiting)
    links = LinkMessages(
        shared.bot,
        shared.messages,
        shared.view,
        shared.replies,
        invoices=invoices,
        announcer=announcer,
        clock=shared.clock,
    )
    return LinkParts(
        messages=links,
        workers=(shared.sales.expiry, shared.sales.abandoned),
        services=(announcer,),
        handlers={
            JobKind.LINK: Handler(links.deliver),
            JobKind.MESSAGE: Handler(links.refresh, saying(MESSAGE_FAILED)),
        },
    )
