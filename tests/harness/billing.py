"""Somebody who says who pays: types it into the forms of `/billing`, and looks at what is shown of it."""

from typing import Any

from tests.harness.shop import Shop
from tests.harness.visitor import Visitor
from tests.openapi import validate_estimate_body

MINA = {"name": "Mina Tanaka", "email": "mina@example.com", "country": "Germany", "tax_id": ""}
HOME = {"line1": "Hauptstr. 1", "line2": "", "postal_code": "10115", "city": "Berlin", "state": ""}
SECRETS = ("Mina", "Tanaka", "mina@example.com", "Hauptstr", "10115", "DE129273398")
CUSTOMER = {
    "name": "Mina Tanaka",
    "email": "mina@example.com",
    "billing": {
        "line1": "Hauptstr. 1",
        "city": "Berlin",
        "state": "",
        "postal_code": "10115",
        "country": "DE",
    },
}


async def billing(shop: Shop) -> Visitor:
    visitor = Visitor(shop)
    visitor.last = await shop.alice.slash(shop.channel, "billing")
    visitor.page = visitor.last.response
    return visitor


async def typed(visitor: Visitor, label: str, fields: dict[str, str]) -> Visitor:
    """What came of typing this into the form behind a button."""
    form = (await visitor.click(label)).last
    visitor.last = await visitor.member.submit_modal(form, fields)
    return visitor


async def with_details(shop: Shop, *, address: bool = True, **changes: str) -> Visitor:
    page = await billing(shop)
    await typed(page, "Name, email, country", {**MINA, **changes})
    return await typed(page, "Address", HOME) if address else page


async def with_country(shop: Shop, country: str = "DE", **changes: str) -> Visitor:
    """All that is needed to know the tax."""
    return await with_details(shop, address=False, name="", email="", country=country, **changes)


def estimates(shop: Shop) -> list[Any]:
    """What the store was asked to estimate, each as its documentation has it."""
    found = [request.body for request in shop.sandbox.requests_to("POST", "/checkouts/estimate")]
    for body in found:
        validate_estimate_body(body)
    return found
