"""A database with sales in it, and the store's words about them: payments without Discord and HTTP."""

from __future__ import annotations

import itertools
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.checkout.models import AnyLine, Basket, Buyer, Charge, Origin
from bot.checkout.repository import SaleRepository
from bot.checkout.service import FIRST_POLL
from bot.checkout.signing import Signer, new_nonce
from bot.checkout.states import SessionState
from bot.fulfilment.live_messages import message_of_order, message_of_quarantine
from bot.invoices.service import keep_number
from bot.pandabase.webhooks import PandabaseWebhooks
from bot.payments.event_repository import EventRepository
from bot.payments.events import OrderChanged, QuarantineChanged, SaleRecovered, SubscriptionChanged
from bot.payments.matching import SaleMatching
from bot.payments.models import KeptEvent, PaymentEvent
from bot.payments.orders import Payments
from bot.payments.payment_notes import note_of_late_payment, note_of_second_payment
from bot.payments.quarantine import Quarantine
from bot.payments.webhook_inbox import Inbox
from bot.staff.audit import Audit
from bot.storage.engine import open_database
from bot.storage.events import Events, Reaction, on
from bot.storage.transaction import UnitOfWork
from tests.harness.database import address_of, on_a_server, put_database
from tests.harness.ids import discord_id
from tests.harness.queues import MarkedQueues

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.payments.models import OrderRecord, SubscriptionRecord
    from bot.storage.transaction import Transaction

START: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ALICE: Final = Buyer(discord_id(1001), "alice", "Alice")
SHOP: Final = Origin(discord_id(2001), "Bamboo Grove", discord_id(3001))
STAFF: Final = discord_id(7)
KEY: Final = "a-key-that-only-tests-use"


TOLD_OF_SUBSCRIPTIONS: Final = frozenset(
    {
        "id",
        "status",
        "billingInterval",
        "amount",
        "currency",
        "currentPeriodStart",
        "currentPeriodEnd",
        "nextChargeAt",
        "trialEnd",
        "cancelledAt",
    }
)
"""All that an event tells of one."""
CLUB: Final = "prd_club"


def club(**changes: Any) -> Line:
    """A subscription by the month."""
    values = {
        "product_id": CLUB,
        "title": "Club",
        "quantity": 1,
        "billing_interval": BillingInterval.MONTHLY,
        "product_type": ProductType.SUBSCRIPTION,
    }
    return line(**{**values, **changes})


def subscription(began: datetime = START, **changes: Any) -> dict[str, Any]:
    """One of the club, as an event tells of it that began then (UTC)."""
    values = {
        "id": "sub_1",
        "status": "ACTIVE",
        "billingInterval": "MONTHLY",
        "amount": 2500,
        "currency": "USD",
        "currentPeriodStart": began.isoformat(),
        "currentPeriodEnd": (began + timedelta(days=30)).isoformat(),
        "nextChargeAt": (began + timedelta(days=30)).isoformat(),
        "trialEnd": None,
        "cancelledAt": None,
    }
    if changes.get("status") == "TRIALING":
        values["trialEnd"] = values["currentPeriodEnd"]
    return {**values, **changes}


def line(**changes: Any) -> Line:
    values: dict[str, Any] = {
        "product_id": "prd_guard",
        "variant_id": None,
        "title": "GroveGuard",
        "unit_amount": 2500,
        "quantity": 2,
        "currency": "USD",
        "product_type": ProductType.LICENSE_KEY,
        "pricing_model": PricingModel.STANDARD,
    }
    return Line(**{**values, **changes})


WEBHOOKS: Final = PandabaseWebhooks()


def _named(change: PaymentEvent, order: OrderRecord) -> str:
    """What is told of an order, with what a payment is by the order itself."""
    if change is not PaymentEvent.PAID:
        return change
    return "renewed" if order.subscription_id else "paid_again" if order.again else change


@dataclass
class Heard:
    """A fulfilment that only listens."""

    orders: list[tuple[str, OrderRecord]] = field(default_factory=list)
    subscriptions: list[tuple[str, SubscriptionRecord]] = field(default_factory=list)

    async def order_changed(self, _tx: Transaction, event: OrderChanged) -> None:
        assert event.sale.id == event.order.sale_id
        self.orders.append((_named(event.change, event.order), event.order))

    async def subscription_changed(self, _tx: Transaction, event: SubscriptionChanged) -> None:
        self.subscriptions.append((event.change, event.subscription))

    @property
    def changes(self) -> list[str]:
        return [change for change, _ in self.orders]


@dataclass
class Opened:
    """A sale with a link that is out."""

    sale_id: int
    session_row: int
    session_id: str
    metadata: dict[str, str]
    basket: Basket
    buyer: Buyer
    reference: str


class Books:
    def __init__(self, database: UnitOfWork, events: Events, marked: MarkedQueues) -> None:
        self.database = database
        self.marked = marked
        self.now = START
        self.heard = Heard()
        self.signer = Signer(KEY)
        self.matching = SaleMatching(self.signer, self.clock)
        self.payments = Payments(self.matching, self.clock, reader=WEBHOOKS)
        self.inbox = Inbox(database, self.payments, WEBHOOKS, clock=self.clock)
        self.quarantine = Quarantine(
            database, self.payments, Audit(self.clock, is_read=False), "USD", self.clock
        )
        self._numbers = itertools.count(1)
        events.handle(*self.reactions())

    def reactions(self) -> tuple[Reaction[Any], ...]:
        """What follows from what is told: nothing but what payments do themselves."""
        return (
            on(
                OrderChanged,
                self.heard.order_changed,
                message_of_order,
                note_of_second_payment,
                note_of_late_payment,
                self.payments.subscriptions.follow_order,
            ),
            on(QuarantineChanged, message_of_quarantine),
            on(SubscriptionChanged, self.heard.subscription_changed),
            on(SaleRecovered, keep_number),
        )

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    # --- what the shop did ----------------------------------------------------------------------------

    async def sale(
        self,
        *lines: AnyLine,
        coupon: str | None = None,
        discount: int = 0,
        charge: Charge | None = None,
        made: bool = True,
    ) -> Opened:
        """A sale whose session is open, or, if it isn't `made` yet, about to be."""
        basket = Basket(lines or (line(),), coupon, charge=charge)
        kind = "purchase" if charge is None else "invoice"
        buyer = Buyer(discord_id(next(self._numbers)), "member", "Member")
        session_id, nonce = f"cs_{next(self._numbers):016}", new_nonce()
        async with self.database.write() as tx:
            sale_id, reference = await SaleRepository(tx).add(buyer, SHOP, basket, kind=kind, now=self.now)
            row = await SaleRepository(tx).add_session(sale_id, {}, nonce=nonce, lease=self.now, now=self.now)
        metadata = self.signer.metadata(reference, buyer, SHOP, basket, nonce)
        opened = Opened(sale_id, row, session_id, metadata, basket, buyer, reference)
        if made:
            await self.make(opened, discount=discount)
        return opened

    async def next_session(self, sale: Opened, *, made: bool = False) -> Opened:
        """Another session of the sale, whose link is given up; nothing was heard of it unless `made`."""
        session_id, nonce = f"cs_{next(self._numbers):016}", new_nonce()
        async with self.database.write() as tx:
            await SaleRepository(tx).move(sale.session_row, SessionState.WITHDRAWN)
            await SaleRepository(tx).reopen(sale.sale_id, sale.basket)
            row = await SaleRepository(tx).add_session(
                sale.sale_id, {}, nonce=nonce, lease=self.now, now=self.now
            )
        metadata = self.signer.metadata(sale.reference, sale.buyer, SHOP, sale.basket, nonce)
        opened = replace(sale, session_row=row, session_id=session_id, metadata=metadata)
        if made:
            await self.make(opened)
        return opened

    async def make(self, opened: Opened, *, discount: int = 0) -> bool:
        """The store's answer to our call arrives: the session is open."""
        subtotal = opened.basket.subtotal
        async with self.database.write() as tx:
            await SaleRepository(tx).move(
                opened.session_row,
                SessionState.OPEN,
                session_id=opened.session_id,
                url=f"https://pay.pandabase.io/c/{opened.session_id}",
                amount=subtotal.amount if subtotal else 0,
                discount=discount,
                expires_at=self.now + timedelta(hours=6),
                next_poll_at=self.now + FIRST_POLL,
            )
            return await EventRepository(tx).reconsider(self.now, order_numbers=[opened.session_id])

    async def lose(self) -> None:
        """The database is lost, and a new one is there."""
        async with self.database.write() as tx:
            for table in ("sessions", "sales"):
                await tx.execute(f"DELETE FROM {table}")
                if on_a_server():  # a new one counts from 1
                    await tx.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")

    async def forget(self, opened: Opened) -> None:
        """What was written last of a sale never reached the disk."""
        async with self.database.write() as tx:
            await tx.execute("DELETE FROM sessions WHERE sale_id = :sale", sale=opened.sale_id)
            await tx.execute("DELETE FROM sales WHERE id = :sale", sale=opened.sale_id)

    async def expire(self) -> None:
        async with self.database.write() as tx:
            await SaleRepository(tx).expire(self.now, limit=100)

    # --- what the store says --------------------------------------------------------------------------

    def order(self, opened: Opened, **changes: Any) -> dict[str, Any]:
        """The order of a payment that fits, as a webhook has it."""
        subtotal = opened.basket.subtotal
        order = {
            "id": f"ord_{opened.session_id}",
            "orderNumber": opened.session_id,
            "status": "COMPLETED",
            "amount": subtotal.amount if subtotal else 0,
            "currency": opened.basket.currency,
            "customFields": None,
            "metadata": opened.metadata,
            "items": [
                {
                    "id": f"itm_{number}",
                    "productId": each.product_id,
                    "variantId": each.variant_id,
                    "name": each.title,
                    "quantity": each.quantity,
                    "amount": each.unit_amount,
                }
                for number, each in enumerate(opened.basket.lines)
            ],
        }
        return {**order, **changes}

    def event(
        self,
        kind: str,
        order: Any = None,
        *,
        subscription: Any = None,
        at: datetime | None = None,
        identity: str | None = None,
        beside: bool = False,
    ) -> KeptEvent:
        """A webhook as the inbox keeps it: of an order or of a subscription, unless it tells of both.

        No event that the store's documentation shows has one `beside` the other.
        """
        identity = identity or f"evt_{next(self._numbers)}"
        if kind.startswith("SUBSCRIPTION_") and order is None:
            order = {}
        assert beside or not order or subscription is None
        data = {"order": order, "customer": None, "geo": None}
        if subscription is not None:
            assert beside or set(subscription) <= TOLD_OF_SUBSCRIPTIONS
            data["subscription"] = subscription
        stamp = (at or self.now).isoformat().replace("+00:00", "Z")
        payload = json.dumps({"event": kind, "id": identity, "timestamp": stamp, "data": data})
        number = order.get("orderNumber") if isinstance(order, dict) else None
        named = number if isinstance(number, str) else None
        about = subscription.get("id") if isinstance(subscription, dict) else None
        subscription_id = about if isinstance(about, str) else None
        return KeptEvent(identity, kind, payload.encode(), named, self.now, subscription_id)

    async def tell(self, kind: str, order: Any = None, **more: Any) -> str:
        """Keep an event and apply it; returns what came of it."""
        event = self.event(kind, order, **more)
        await self.receive(event)
        return await self.outcome(event)

    async def begin(self, sale: Opened, given: dict[str, Any] | None = None, **changes: Any) -> None:
        """A subscription is paid and begins: two events."""
        given = subscription(self.now) if given is None else given
        await self.tell("PAYMENT_COMPLETED", self.order(sale, **changes))
        await self.tell("SUBSCRIPTION_CREATED", subscription=given)

    async def receive(self, *events: KeptEvent) -> None:
        for event in events:
            await self.inbox.keep(event)
        await self.inbox.apply_due()

    async def outcome(self, event: KeptEvent) -> str:
        [row] = await self.rows(
            f"SELECT outcome FROM events WHERE event_id = '{event.event_id}' AND type = '{event.type}'"
        )
        return str(row["outcome"])

    # --- what staff decide ----------------------------------------------------------------------------

    async def accept(self, member_id: int | None = None) -> None:
        """Staff accept the first payment that waits, for that member or whom it claims to be for."""
        shown = await self.quarantine.waiting(SHOP.guild_id)
        assert shown is not None
        member_id = member_id or shown.quarantined.member_id
        assert member_id is not None
        await self.quarantine.accept(SHOP, shown.quarantined.reference, member_id, by=STAFF)
        await self.inbox.apply_due()

    async def dismiss(self) -> None:
        shown = await self.quarantine.waiting(SHOP.guild_id)
        assert shown is not None
        await self.quarantine.dismiss(SHOP.guild_id, shown.quarantined.reference, by=STAFF)

    # --- what is written ------------------------------------------------------------------------------

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.database.read() as tx:
            return [dict(row) for row in await tx.rows(query)]

    async def sale_status(self, opened: Opened) -> str:
        [row] = await self.rows(f"SELECT status FROM sales WHERE id = {opened.sale_id}")
        return str(row["status"])

    async def session_state(self, opened: Opened) -> str:
        [row] = await self.rows(f"SELECT state FROM sessions WHERE id = {opened.session_row}")
        return str(row["state"])

    async def money(self) -> list[str]:
        return [row["money"] for row in await self.rows("SELECT money FROM orders ORDER BY id")]

    async def reasons(self) -> list[list[str]]:
        """Why each payment that waits is in quarantine."""
        rows = await self.rows("SELECT reasons FROM quarantine WHERE decision IS NULL ORDER BY id")
        return [json.loads(row["reasons"]) for row in rows]


@asynccontextmanager
async def open_books(folder: Path, kind: type[Books] = Books) -> AsyncIterator[Books]:
    """A new database by the real migrations."""
    file = folder / "bamboo.db"
    await put_database(file)
    async with open_database(address_of(file)) as database:
        events, marked = Events(), MarkedQueues()
        yield kind(UnitOfWork(database, marked.mark, events.publish), events, marked)
