"""Wires how payments are learned of: webhooks, the lists of the store, and what staff decide."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.catalog.catalog import Catalog
from bot.checkout.signing import Signer
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.discord.interactions import Staff
from bot.errors import DatabaseAway
from bot.jobs.worker import Clock, Worker
from bot.pandabase.provider import PandabaseAccount
from bot.pandabase.signature import Signatures
from bot.pandabase.store_api import bearer, signed
from bot.pandabase.transport import Observe, nobody_observes
from bot.pandabase.webhooks import PandabaseDoor, PandabaseWebhooks
from bot.payments.event_repository import EventRepository
from bot.payments.matching import SaleMatching
from bot.payments.orders import Payments
from bot.payments.polling.clearing import ClearingPayments
from bot.payments.polling.orders import OrdersList
from bot.payments.polling.recovery import LostOrders
from bot.payments.polling.refunds import RefundSweep
from bot.payments.polling.store import StoreLists
from bot.payments.polling.subscriptions import SubscriptionsList
from bot.payments.provider import Order, PaymentProvider
from bot.payments.quarantine import Quarantine
from bot.payments.quarantine_notes import QuarantineNotes
from bot.payments.refunds import Refunds
from bot.payments.retention import KEPT_METADATA
from bot.payments.store_lookup import StoreLookup
from bot.payments.subscriptions import Subscriptions
from bot.payments.webhook_inbox import Inbox
from bot.staff.audit import Audit
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from bot.web.metrics import Metrics
from bot.web.receiver import Receiver
from bot.web.server import WEBHOOK_PATH, application, listening, what_to_enter
from bot.wiring.measuring import Measuring, counted_records
from bot.wiring.parts import Parts
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


HOW_TO_HEAR_OF_PAYMENTS: Final = (
    "Either have webhooks sent: set web.enabled = true, web.public_url, and web.webhook_secret to what "
    "Pandabase shows when the webhook is made. Or set pandabase.api_token to a token with ORDERS_READ, "
    "SUBSCRIPTIONS_READ and REFUNDS_WRITE"
)


def hears_webhooks(settings: Settings) -> bool:
    """Whether the store can tell the bot of payments."""
    return settings.web.enabled and bool(settings.web.webhook_secret)


def sees_payments(settings: Settings) -> bool:
    """Whether anything tells the bot what became of a link."""
    return hears_webhooks(settings) or settings.pandabase.api_token is not None


@asynccontextmanager
async def store_api(
    settings: Settings, clock: Clock, observe: Observe = nobody_observes
) -> AsyncIterator[PandabaseAccount | None]:
    """The Store API, if the owner made a token."""
    store = settings.pandabase
    if store.api_token is None:
        yield None
        return
    secret = store.api_token.get_secret_value()
    authorize = bearer(secret) if store.api_token_id is None else signed(store.api_token_id, secret)
    async with PandabaseAccount.open(
        store.store_id, store.base_url, authorize, clock=clock, observe=observe
    ) as api:
        yield api


@dataclass(frozen=True, slots=True)
class _Lists:
    """What reads the store's lists; without the Store API nothing does."""

    workers: tuple[Worker, ...] = ()
    order: Callable[[str], Awaitable[Order]] | None = None
    lost: LostOrders | None = None


async def _store_lists(
    database: UnitOfWork,
    api: PaymentProvider | None,
    *,
    matching: SaleMatching,
    clock: Clock,
    hears_webhooks: bool,
) -> tuple[Payments, _Lists]:
    """The one door, and what knocks at it without being called."""
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
        hears_webhooks=hears_webhooks,
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
async def build_payments(
    settings: Settings,
    bot: ShopBot,
    database: UnitOfWork,
    api: PaymentProvider | None,
    *,
    signer: Signer,
    catalog: Catalog,
    metrics: Metrics,
    staff: Staff,
    audit: Audit,
    mark: Mark,
    clock: Clock,
) -> AsyncIterator[PaymentParts]:
    """Listens, if the settings say so, until the block is left. Raises AddressTaken."""
    payments, lists = await _store_lists(
        database,
        api,
        matching=SaleMatching(signer, clock, kind_of=catalog.kind_of),
        clock=clock,
        hears_webhooks=hears_webhooks(settings),
    )
    inbox = Inbox(
        database,
        payments,
        _WEBHOOKS,
        applied=metrics.applied,
        ask=lists.order,
        servers=bot.served,
        clock=clock,
    )
    quarantine = Quarantine(database, payments, audit, settings.pandabase.currency, clock)
    refunds = Refunds(database, payments, api, mark=mark, clock=clock)
    held_notes = QuarantineNotes(database, bot.served, clock)
    clearing = ClearingPayments(database, payments, clock)
    if not sees_payments(settings):
        log.error(
            "NOTHING TELLS THIS BOT OF PAYMENTS. Members can pay, and get nothing for it. %s",
            HOW_TO_HEAR_OF_PAYMENTS,
        )
    async with AsyncExitStack() as stack:
        web_address = None
        if settings.web.enabled:
            receiver = Receiver(_door(settings), inbox, answered=metrics.answered, clock=clock)

            async def missing() -> str | None:
                return await _not_ready(bot, database, catalog)

            stack.enter_context(counted_records(metrics))
            web = application(receiver, metrics, missing, Measuring(settings, bot, catalog, clock))
            web_address = await stack.enter_async_context(
                listening(web, settings.web.host, settings.web.port)
            )
            if settings.web.public_url is not None:
                log.info("%s", what_to_enter(settings.web.public_url))
        test = settings.pandabase.is_sandbox
        actions = QuarantineActions(quarantine, staff, test=test)
        yield PaymentParts(
            subscriptions=payments.subscriptions,
            refunds=refunds,
            payments=payments,
            items=[Refund, ConfirmRefund, DecideQuarantined, ChooseMember],
            workers=[inbox.worker, *lists.workers, held_notes.worker, clearing.worker],
            services=[actions],
            store_commands=[QuarantineCommand(actions)],
            web_address=web_address,
            lost_orders=lists.lost,
        )


def _door(settings: Settings) -> PandabaseDoor | None:
    """What checks webhooks; None without a secret, and then nobody's webhooks are taken."""
    secrets = [secret.get_secret_value() for secret in settings.web.webhook_secret]
    if secrets:
        return PandabaseDoor(Signatures(secrets), KEPT_METADATA)
    log.warning("web.webhook_secret is not set: no webhooks are accepted (%s answers 404)", WEBHOOK_PATH)
    return None


async def _not_ready(bot: ShopBot, database: UnitOfWork, catalog: Catalog) -> str | None:
    if not bot.is_connected:
        return "The bot isn't connected to Discord."
    try:
        async with database.read() as tx:
            await EventRepository(tx).next()
    except (DatabaseAway, OSError):
        return "The database can't be read."
    if catalog.is_away:
        return "The store can't be reached."
    return None
