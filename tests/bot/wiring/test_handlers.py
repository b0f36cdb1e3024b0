"""One table says who reacts to what; a reaction is part of what it reacts to."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.billing.service import MemberBilling
from bot.cart.service import Carts
from bot.checkout.draft import CheckoutDraft, CheckoutPage
from bot.fulfilment.end_reminders import EndReminders
from bot.fulfilment.failed_jobs import GivenUp
from bot.fulfilment.service import FulfilmentService
from bot.invoices.service import Invoices
from bot.pandabase.provider import PandabaseShop
from bot.payments.events import OrderChanged
from bot.payments.subscriptions import Subscriptions
from bot.readers.service import Readers
from bot.storage.events import Event, Events, Reaction, on
from bot.storage.transaction import Transaction
from bot.wiring.handlers import reactions
from tests.harness.books import Books, open_books
from tests.harness.grove import Grove
from tests.harness.visitor import Visitor
from tests.meta.source import modules

pytestmark = pytest.mark.kept_shop


# The handlers are named, and no service is needed for that.
TABLE: tuple[Reaction[Any], ...] = reactions(
    fulfilment=FulfilmentService,  # type: ignore[arg-type]
    invoices=Invoices,  # type: ignore[arg-type]
    subscriptions=Subscriptions,  # type: ignore[arg-type]
    given_up=GivenUp,  # type: ignore[arg-type]
    reminders=EndReminders,  # type: ignore[arg-type]
    carts=Carts,  # type: ignore[arg-type]
    billing=MemberBilling,  # type: ignore[arg-type]
    readers=Readers,  # type: ignore[arg-type]
)


def test_each_event_has_one_place_in_the_table_and_somebody_who_reacts() -> None:
    names = [each.event.__name__ for each in TABLE]
    events = {event.__name__ for event in Event.__subclasses__() if event.__module__.startswith("bot.")}
    assert sorted(names) == sorted(events)
    assert [each.event.__name__ for each in TABLE if not each.handlers] == []


def test_each_event_is_published_by_somebody() -> None:
    published = {
        ast.unparse(call.args[0]).partition("(")[0]
        for module in modules("bot")
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "publish"
        if isinstance(call.args[0], ast.Call)
    }
    assert published == {each.event.__name__ for each in TABLE}


async def test_what_is_in_no_table_is_no_event() -> None:
    class Unheard(Event):
        pass

    transaction: Any = None
    with pytest.raises(LookupError, match="Unheard"):
        await Events().publish(transaction, Unheard())
    events = Events()
    events.handle(on(Unheard))
    with pytest.raises(ValueError, match="twice"):
        events.handle(on(Unheard))


class Interrupted(Books):
    """The last of those who react to an order can't, until it is mended."""

    is_mended = False

    def reactions(self) -> tuple[Reaction[Any], ...]:
        async def fail(tx: Transaction, _event: OrderChanged) -> None:
            await tx.execute("UPDATE sales SET buyer_id = 1")
            if not self.is_mended:
                raise ValueError("what reacts is broken")

        of_orders, *others = super().reactions()
        return on(OrderChanged, *of_orders.handlers, fail), *others


async def test_what_a_handler_raises_undoes_all_of_it(tmp_path: Path) -> None:
    async with open_books(tmp_path, Interrupted) as books:
        assert isinstance(books, Interrupted)
        sale = await books.sale()
        await books.expire()
        event = books.event("PAYMENT_COMPLETED", books.order(sale))
        await books.receive(event)

        assert books.heard.changes == ["paid"]  # the first who reacted had no trouble
        assert await books.rows("SELECT * FROM orders") == []
        assert await books.session_state(sale) == "open"
        assert await books.sale_status(sale) == "open"
        assert await books.rows("SELECT id FROM sales WHERE buyer_id = 1") == []
        [kept] = await books.rows("SELECT applied_at, error FROM events")
        assert kept["applied_at"] is None
        assert "what reacts is broken" in kept["error"]

        books.is_mended = True
        books.pass_time(minutes=1)
        await books.inbox.apply_due()
        assert await books.money() == ["paid"]
        assert await books.sale_status(sale) == "paid"
        assert len(await books.rows("SELECT id FROM sales WHERE buyer_id = 1")) == 1


async def test_a_refund_is_followed_by_all_who_have_part_in_the_sale(grove: Grove) -> None:
    """Role, notice, staff's note, sales log and the buyer's message, in one transaction."""
    await grove.benefit()
    await grove.keep_log()
    order = await grove.bought()
    assert grove.roles() == {"VIP"}

    await grove.at_the_store("refund", order)

    assert grove.roles() == set()
    told = grove.told()
    assert [text for text in told if "refunded" in text.lower()] != []
    assert "refunded" in told[0].lower()  # the receipt, in the place of the message that brought the link
    notes = [text for text in grove.logged() if "was refunded" in text]
    assert len(notes) == 1
    assert [text for text in grove.logged() if "refunded" in text and text not in notes]  # the sales log


async def test_staff_are_told_of_a_payment_that_came_when_its_link_was_given_up(grove: Grove) -> None:
    await grove.keep_log()
    session = await grove.till.link()
    visitor = await Visitor(grove.shop).open_purchases()
    await visitor.click("Cancel purchase")

    await grove.till.pay_on_page(session)

    assert grove.till.sale()["status"] == "paid"
    [note] = [text for text in grove.logged() if "paid after their link was cancelled" in text]
    assert grove.till.sale()["reference"] in note


async def test_a_payment_that_is_told_of_before_the_store_has_named_its_session_counts(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it say whose it is: all that it has is a session of which nobody knows until our commit."""
    create, told = PandabaseShop.create_checkout, list[tuple[str, str]]()

    async def paid_meanwhile(shop: PandabaseShop, draft: CheckoutDraft) -> CheckoutPage:
        page = await create(shop, draft)
        session = grove.shop.sandbox.sessions[page.session_id]
        session.metadata = None
        grove.shop.sandbox.store.pay(session.id, email="alice@example.com")
        await grove.shop.sandbox.webhooks.settled()
        while not (outcomes := grove.till.outcomes()) or outcomes[-1][1] is None:
            await asyncio.sleep(0.01)
        told.extend(outcomes)
        return page

    monkeypatch.setattr(PandabaseShop, "create_checkout", paid_meanwhile)
    await grove.till.link()
    await grove.till.settled()

    assert told == [("PAYMENT_COMPLETED", "unmatched")]
    assert grove.till.outcomes() == [("PAYMENT_COMPLETED", "applied")]
    assert grove.till.sale()["status"] == "paid"
    assert "Payment received. Thank you!" in grove.told()[0]
