"""The hosted payment page: what a person sees at a session's checkout_url."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from mako.lookup import TemplateLookup  # type: ignore[import-untyped]  # Mako has no types

from sandbox import payer
from sandbox.errors import Refused
from sandbox.models import Line, Order, Quote, Session
from sandbox.payer import PayerForm, country_name, money
from sandbox.shapes import Shapes
from sandbox.store import Store, due_now

HERE: Final = Path(__file__).parent
PERIODS: Final = {"WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
# Links to payment pages are secrets: they are neither cached nor told to the shop's site.
PAGE_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Templates:
    """Everything that is written into a page is escaped, unless the template says otherwise."""

    def __init__(self, store: Store, shapes: Shapes) -> None:
        self._store = store
        self._shapes = shapes

    def page(self, name: str, *, status: int = 200, **values: Any) -> web.Response:
        logo = self._shapes.logo()
        text = (
            _lookup()
            .get_template(name)
            .render(info=self._store.info, logo=logo, money=money, picture=self._shapes.picture, **values)
        )
        return web.Response(text=text, status=status, content_type="text/html", headers=PAGE_HEADERS)


@cache
def _lookup() -> TemplateLookup:
    """A template is compiled once, however many sandboxes a process has."""
    return TemplateLookup(directories=[str(HERE / "templates")], default_filters=["h"], strict_undefined=True)


class CheckoutPages:
    """The routes of the payment page."""

    def __init__(self, store: Store, templates: Templates, home_url: str = "") -> None:
        self.store = store
        self.templates = templates
        self._home_url = home_url

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/c/{session}", self.show)
        app.router.add_post("/c/{session}", self.submit)
        app.router.add_get("/c/{session}/totals", self.totals)
        app.router.add_get("/c/{session}/done", self.done)
        app.router.add_get("/c/{session}/left", self.left)
        app.router.add_get("/pay/{session}", self.redirect)

    async def redirect(self, request: web.Request) -> web.StreamResponse:
        """`pay_redirect_url`: leads to the same page."""
        raise web.HTTPSeeOther(f"/c/{request.match_info['session']}")

    async def show(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session is None:
            return self._unknown()
        return self._closed(session) or self._form(session, payer.blank_form(session))

    async def submit(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        if session is None:
            return self._unknown()
        if closed := self._closed(session):
            return closed
        given = await request.post()
        form = payer.read_form(session, given)
        if given.get("action") == "decline":
            self.store.decline(session.id, email=form.email or None, country=form.country)
            return self._form(session, form, alert="declined", status=402)
        if form.errors:
            return self._form(session, form, alert="invalid", status=400)
        if form.shown_total not in {None, self._due(session, form)}:
            return self._form(session, form, alert="changed", status=409)
        try:
            self.store.pay(
                session.id,
                email=form.email,
                country=form.country,
                chosen=form.chosen,
                custom_fields={key: value for key, value in form.custom.items() if value},
            )
        except Refused as error:
            return self._form(session, form, alert=str(error), status=409)
        raise web.HTTPSeeOther(f"/c/{session.id}/done")

    async def totals(self, request: web.Request) -> web.Response:
        """The part of the page that follows the country and the prices that the payer chooses."""
        session = self._session(request)
        if session is None:
            return self._unknown()
        form = payer.read_form(session, request.query)
        return self.templates.page("totals.html", **self._totals(session, form))

    async def done(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        if session is None:
            return self._unknown()
        if not self.store.is_paid(session):
            raise web.HTTPSeeOther(f"/c/{session.id}")
        return self._paid(session, heading="Payment received")

    async def left(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session is None:
            return self._unknown()
        return self._closed(session) or self.templates.page(
            "notice.html",
            tone="plain",
            heading="You left the checkout",
            text="Nothing was charged. You can close this window, or go on with the payment.",
            link=f"/c/{session.id}",
            link_text="Go on with the payment",
        )

    def _session(self, request: web.Request) -> Session | None:
        return self.store.sessions.get(request.match_info["session"])

    # --- pages ---------------------------------------------------------------------------------------

    def _unknown(self) -> web.Response:
        return self.templates.page(
            "notice.html",
            status=404,
            tone="bad",
            heading="There is no such checkout",
            text="Check that the whole link was copied, or ask the shop for a new one.",
            link=None,
            link_text=None,
        )

    def _closed(self, session: Session) -> web.Response | None:
        """What is shown instead of the form once the session can't be paid any more."""
        if self.store.is_paid(session):
            return self._paid(session, heading="This checkout is already paid")
        back: dict[str, Any] = {
            "link": self._home_url or session.cancel_url or session.return_url,
            "link_text": f"Back to {self.store.info.name}",
        }
        if self.store.is_clearing(session):
            return self.templates.page(
                "notice.html",
                tone="plain",
                heading="Your payment is on its way",
                text="With some banks that takes days. There is no need to pay again.",
                **back,
            )
        if not self.store.is_expired(session):
            return None
        return self.templates.page(
            "notice.html",
            status=410,
            tone="bad",
            heading="This payment link has expired",
            text=f"It was open until {clock_time(session.expires_at)}. Nothing was charged. "
            "Ask the shop for a new link.",
            **back,
        )

    def _paid(self, session: Session, *, heading: str) -> web.Response:
        order = next(order for order in self.store.orders_of(session.id) if order.is_paid)
        return self.templates.page(
            "done.html",
            heading=heading,
            order=order,
            lines=[line_view(line, order.quote) for line in order.quote.lines],
            messages=_messages(order),
            paid_at=clock_time(order.updated_at),
            return_url=self._home_url or session.return_url,
        )

    def _form(
        self, session: Session, form: PayerForm, *, alert: str | None = None, status: int = 200
    ) -> web.Response:
        totals = self._totals(session, form)
        if alert != "invalid":
            # Nobody is told off before they have pressed the button.
            form.errors.clear()
        return self.templates.page(
            "checkout.html",
            status=status,
            session=session,
            leave=self._home_url or session.cancel_url or f"/c/{session.id}/left",
            form=form,
            alert=ALERTS.get(alert or "", alert),
            countries=payer.countries(),
            lines=[line_view(line, session.quote) for line in session.quote.lines],
            fields=[field_view(each, form) for each in session.fields],
            left=time_left(self.store.clock(), session.expires_at),
            **totals,
        )

    def _quote(self, session: Session, form: PayerForm) -> Quote:
        return self.store.quote_for_payer(session, country=form.country, chosen=form.chosen)

    def _due(self, session: Session, form: PayerForm) -> int:
        return due_now(self._quote(session, form))

    def _totals(self, session: Session, form: PayerForm) -> dict[str, Any]:
        quote = self._quote(session, form)
        due = due_now(quote)
        button = f"Pay {money(due, quote.currency)}" if due else "Start the free trial"
        tax = f"Tax, {country_name(form.country)}"
        if quote.tax_rate:
            tax += f" ({quote.tax_rate * 100:g} %)"
        return {"quote": quote, "due": due, "button": button, "tax": tax}


ALERTS: Final = {
    "declined": "Your card was declined. Nothing was charged; try again or use another card.",
    "invalid": "Something is missing or not right. Please look at the marked fields.",
    "changed": "The total has changed since you saw it. Look at it again before you pay.",
}


def line_view(line: Line, quote: Quote) -> dict[str, Any]:
    """A line as the page shows it: name, what it is made of, how it renews."""
    product, currency = line.product, quote.currency
    notes = [f"{line.quantity} × {money(line.unit_amount, currency)}"] if line.quantity > 1 else []
    if product is not None and (period := PERIODS.get(product.billing_interval or "")):
        renews = f"{money(line.unit_amount, currency)} a {period}"
        notes.append(f"{product.trial_days} days free, then {renews}" if product.trial_days else renews)
    if line.payer_chooses:
        notes = [f"{line.quantity} ×"] if line.quantity > 1 else []
    return {
        "name": line.name,
        "amount": money(line.amount, currency),
        "notes": notes,
        "product": product,
        "payer_chooses": line.payer_chooses,
        "minimum": payer.plain_amount(line.unit_amount, currency),
        "minimum_text": money(line.unit_amount, currency),
        "step": payer.plain_amount(1, currency),
        "initial": line.name.strip()[:1].upper(),
    }


def field_view(definition: Mapping[str, Any], form: PayerForm) -> dict[str, Any]:
    """A custom field as the page shows it."""
    rules = definition.get(definition["type"]) or {}
    return {
        "name": f"field-{definition['key']}",
        "label": definition["label"]["custom"],
        "type": definition["type"],
        "optional": bool(definition.get("optional")),
        "value": form.custom.get(definition["key"], ""),
        "options": rules.get("options", ()),
        "minimum": rules.get("minimum_length"),
        "maximum": rules.get("maximum_length"),
    }


def _messages(order: Order) -> list[str]:
    """What the products say after the purchase, each once."""
    said = [line.product.message for line in order.quote.lines if line.product and line.product.message]
    return list(dict.fromkeys(said))


def clock_time(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def time_left(now: datetime, end: datetime) -> str:
    """Time until `end`, in hours and minutes."""
    hours, minutes = divmod(max(0, int((end - now).total_seconds()) // 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
