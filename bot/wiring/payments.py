"""Wires how payments are learned of: webhooks, the lists of the store, and what staff decide."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.config import Settings
from bot.errors import DatabaseAway
from bot.jobs.worker import Worker
from bot.pandabase.signature import Signatures
from bot.pandabase.webhooks import PandabaseWebhooks, PandabaseWebhookVerifier
from bot.payments.event_repository import EventRepository
from bot.payments.matching import SaleMatching
from bot.payments.orders import Payments
from bot.payments.polling.clearing import ClearingPayments
from bot.payments.polling.orders import OrdersList
from bot.payments.polling.recovery import LostOrders
from bot.payments.polling.refunds import RefundSweep
from bot.payments.polling.store import StoreLists
from bot.payments.polling.subscriptions import SubscriptionsList
from bot.payments.provider import Order
from bot.payments.quarantine import Quarantine
from bot.payments.quarantine_notes import QuarantineNotes
from bot.payments.refunds import Refunds
from bot.payments.retention import KEPT_METADATA
from bot.payments.store_lookup import StoreLookup
from bot.payments.subscriptions import Subscriptions
from bot.payments.webhook_inbox import Inbox
from bot.web.receiver import Receiver
from bot.web.server import WEBHOOK_PATH, application, listening, what_to_enter
from bot.wiring.foundation import Foundation
from bot.wiring.measuring import Measuring, counted_records
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from bot.wiring.store import HOW_TO_HEAR_OF_PAYMENTS, hears_webhooks, sees_payments
from cogs.staff.quarantine import ChooseMember, DecideQuarantined, QuarantineActions, QuarantineCommand
from cogs.staff.refunds import ConfirmRefund, Refund

log = logging.getLogger(__name__)

_WEBHOOKS: Final = PandabaseWebhooks()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentParts(Parts):
    """What reacts to orders, and what the bot is equipped with."""

    subscriptions: Subscriptions
    refunds: Refunds
    payments: Payments
    web_address: str | None
    lost_orders: LostOrders | None


@dataclass(frozen=True, slots=True)
class _Lists:
    """What reads the store's lists; without the Store API nothing does."""

    workers: tuple[Worker, ...] = ()
    order: Callable[[str], Awaitable[Order]] | None = None
    lost: LostOrders | None = None


async def _store_lists(base: Foundation) -> tuple[Payments, _Lists]:
    """What applies the store's word, and what asks the store's lists for it."""
    database, api, clock = base.database, base.api, base.clock
    matching = SaleMatching(base.signer, clock, kind_of=base.catalog.kind_of)
    if api is None:
        return Payments(matching, clock, reader=_WEBHOOKS), _Lists()
    reader = StoreLists(api, clock)
    store_lookup = StoreLookup(database, reader, clock)
    payments = Payments(matching, clock, lookup=store_lookup, reader=_WEBHOOKS)
    subscriptions = SubscriptionsList(database, reader, payments, clock)
    orders = OrdersList(
        database,
        reader,
        payments,
        begun_by=subscriptions.begun_by,
        clock=clock,
        hears_webhooks=hears_webhooks(base.settings),
    )
    refunds = RefundSweep(database, reader, orders.observe, clock)
    lost = LostOrders(database, reader, orders.observe, clock)
    await lost.begin()
    return payments, _Lists(
        workers=(orders.worker, refunds.worker, subscriptions.worker, lost.worker, store_lookup.worker),
        order=reader.order,
        lost=lost,
    )


@asynccontextmanager
async def build_payments(base: Foundation, shared: Shared) -> AsyncIterator[PaymentParts]:
    """Listens, if the settings say so, until the block is left. Raises AddressTaken."""
    settings, database, bot, clock = base.settings, base.database, base.bot, base.clock
    payments, lists = await _store_lists(base)
    inbox = Inbox(
        database,
        payments,
        _WEBHOOKS,
        applied=base.metrics.applied,
        ask=lists.order,
        servers=bot.served,
        clock=clock,
    )
    quarantine = Quarantine(database, payments, base.audit, settings.pandabase.currency, clock)
    refunds = Refunds(database, payments, base.api, mark=base.mark, clock=clock)
    quarantine_notes = QuarantineNotes(database, bot.served, clock)
    clearing = ClearingPayments(database, payments, clock)
    if not sees_payments(settings):
        log.error(
            "NOTHING TELLS THIS BOT OF PAYMENTS. Members can pay, and get nothing for it. %s",
            HOW_TO_HEAR_OF_PAYMENTS,
        )
    test = settings.pandabase.is_sandbox
    actions = QuarantineActions(quarantine, shared.benefits, shared.staff, test=test)
    async with _web_server(base, inbox) as web_address:
        yield PaymentParts(
            subscriptions=payments.subscriptions,
            refunds=refunds,
            payments=payments,
            items=[Refund, ConfirmRefund, DecideQuarantined, ChooseMember],
            workers=[inbox.worker, *lists.workers, quarantine_notes.worker, clearing.worker],
            services=[actions],
            store_commands=[QuarantineCommand(actions)],
            web_address=web_address,
            lost_orders=lists.lost,
        )


@asynccontextmanager
async def _web_server(base: Foundation, inbox: Inbox) -> AsyncIterator[str | None]:
    """Its address while it listens; None where the settings want none. Raises AddressTaken."""
    web = base.settings.web
    if not web.enabled:
        yield None
        return
    receiver = Receiver(_verifier(base.settings), inbox, answered=base.metrics.answered, clock=base.clock)
    measuring = Measuring(base.settings, base.bot, base.catalog, base.clock)
    served = application(receiver, base.metrics, partial(_not_ready, base), measuring)
    with counted_records(base.metrics):
        async with listening(served, web.host, web.port) as address:
            if web.public_url is not None:
                log.info("%s", what_to_enter(web.public_url))
            yield address


def _verifier(settings: Settings) -> PandabaseWebhookVerifier | None:
    """What checks webhooks; None without a secret, and then nobody's webhooks are taken."""
    secrets = [secret.get_secret_value() for secret in settings.web.webhook_secret]
    if secrets:
        return PandabaseWebhookVerifier(Signatures(secrets), KEPT_METADATA)
    log.warning("web.webhook_secret is not set: no webhooks are accepted (%s answers 404)", WEBHOOK_PATH)
    return None


async def _not_ready(base: Foundation) -> str | None:
    if not base.bot.is_connected:
        return "The bot isn't connected to Discord."
    try:
        async with base.database.read() as tx:
            await EventRepository(tx).next()
    except (DatabaseAway, OSError):
        return "The database can't be read."
    if base.catalog.is_away:
        return "The store can't be reached."
    return None
