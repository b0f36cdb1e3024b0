"""The store owner's page: what was sold, and the catalog with its prices and stock to change."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sandbox import payer
from sandbox.models import Order, OrderStatus, Product, Session, Variant
from sandbox.owner_money import OwnerMoney
from sandbox.pages import Templates, clock_time, time_left
from sandbox.payer import money
from sandbox.store import Store

SHOWN_SESSIONS: Final = 50
SHOWN_PRODUCTS: Final = 200
_AFTER_PAYMENT: Final = {OrderStatus.REFUNDED: "refunded", OrderStatus.CHARGEBACK: "disputed"}


class OwnerPages:
    """The routes below /owner. Nobody logs in: the sandbox listens on this machine only."""

    def __init__(
        self, store: Store, templates: Templates, money: OwnerMoney, names: Mapping[str, str]
    ) -> None:
        """`names` are those of Discord's users, as far as they are known, by their ids."""
        self.store = store
        self.names = names
        self.templates = templates
        self.money = money

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/owner", self.show)
        app.router.add_get("/owner/activity", self.activity)
        app.router.add_post("/owner/products/{product}/price", self.set_price)
        app.router.add_post("/owner/products/{product}/stock", self.set_stock)
        self.money.add_to(app)

    async def show(self, _: web.Request) -> web.Response:
        products = sorted(self.store.products.values(), key=lambda each: each.created_at, reverse=True)
        return self.templates.page(
            "owner.html",
            products=[product_view(each) for each in products[:SHOWN_PRODUCTS]],
            product_count=len(products),
            coupons=list(self.store.coupons.values()),
            **self._activity(),
        )

    async def activity(self, _: web.Request) -> web.Response:
        """The part of the page that is fetched again every few seconds."""
        return self.templates.page("activity.html", **self._activity())

    async def set_price(self, request: web.Request) -> web.StreamResponse:
        product = self._product(request)
        given = await request.post()
        price = payer.minor_units(str(given.get("price", "")), product.currency)
        if price is None:
            raise web.HTTPBadRequest(text="The price must be an amount, such as 12.50.")
        self.store.set_price(product.id, price, variant=self._variant(product, given.get("variant")))
        raise web.HTTPSeeOther(f"/owner#{product.handle}")

    async def set_stock(self, request: web.Request) -> web.StreamResponse:
        product = self._product(request)
        given = await request.post()
        stock = 0 if given.get("stock") == "none" else None
        self.store.set_stock(product.id, stock, variant=self._variant(product, given.get("variant")))
        raise web.HTTPSeeOther(f"/owner#{product.handle}")

    def _product(self, request: web.Request) -> Product:
        try:
            return self.store.products[request.match_info["product"]]
        except KeyError:
            raise web.HTTPNotFound(text="There is no such product.") from None

    def _variant(self, product: Product, given: Any) -> str | None:
        if not given:
            return None
        try:
            return self.store.variant(product.id, str(given)).id
        except KeyError:
            raise web.HTTPNotFound(text="There is no such variant.") from None

    def _activity(self) -> dict[str, Any]:
        newest = list(self.store.sessions.values())[: -SHOWN_SESSIONS - 1 : -1]
        return {
            "sessions": [self._session_view(each) for each in newest],
            "session_count": len(self.store.sessions),
            "paid_count": sum(map(self.store.is_paid, self.store.sessions.values())),
            **self.money.views(),
        }

    def _session_view(self, session: Session) -> dict[str, Any]:
        orders = self.store.orders_of(session.id)
        paid = next((order for order in orders if order.was_paid), None)
        quote = paid.quote if paid else session.quote
        return {
            "id": session.id,
            "names": ", ".join(f"{line.quantity} × {line.name}" for line in quote.lines),
            "amount": money(paid.due if paid else quote.total, quote.currency),
            "state": self._state(session, paid),
            "declined": sum(order.status is OrderStatus.FAILED for order in orders),
            "made": clock_time(session.created_at),
            "left": time_left(self.store.clock(), session.expires_at),
            "who": self._who(session.metadata or {}),
            "metadata": session.metadata or {},
            "buttons": self.money.session_buttons(session),
            "orders": self.money.order_views(orders),
            "email": paid.email if paid else None,
            "custom_fields": paid.custom_fields if paid else {},
        }

    def _who(self, metadata: Mapping[str, Any]) -> str:
        """Who buys in Discord, and for whom; empty for what is bought elsewhere."""
        buyer, recipient = (
            str(metadata.get(key) or "") for key in ("discord_user_id", "discord_recipient_id")
        )
        buyer, recipient = (self.names.get(each, each) for each in (buyer, recipient))
        return f"{buyer}, a gift for {recipient}" if recipient else buyer

    def _state(self, session: Session, paid: Order | None) -> str:
        if paid is not None:
            return _AFTER_PAYMENT.get(paid.status, "paid")
        if self.store.is_clearing(session):
            return "clearing"
        return "expired" if self.store.is_expired(session) else "open"


def product_view(product: Product) -> dict[str, Any]:
    """A product as the owner's page shows it."""
    return {
        "product": product,
        "price": money(product.price, product.currency),
        "value": payer.plain_amount(product.price, product.currency),
        "step": payer.plain_amount(1, product.currency),
        "stock": stock_text(product),
        "variants": [
            {
                "variant": each,
                "price": money(each.price, product.currency),
                "value": payer.plain_amount(each.price, product.currency),
                "stock": stock_text(each),
            }
            for each in product.variants
        ],
    }


def stock_text(stocked: Product | Variant) -> str:
    if not stocked.in_stock:
        return "sold out"
    return f"{stocked.stock} left" if stocked.stock is not None else "in stock"
