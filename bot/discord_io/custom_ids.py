"""What the buttons that outlive the process carry: a sale's public name, checked again at every click."""

import re
from typing import Final

REFERENCE: Final = r"[a-z0-9]{10}"
ROW: Final = r"[a-z0-9]{1,19}"
"""A row's reference. Also its number, as in earlier versions: no row is found by it, and people are told."""

GET_LINK: Final = re.compile(
    rf"bamboo:link:(?P<reference>{REFERENCE})(?::(?P<accepted>\d+))?(?P<plain>:plain)?"
)
"""Get a link for a sale: at the subtotal `accepted` (cents), without its coupon if `plain`."""
GET_LINK_BELOW: Final = re.compile(rf"bamboo:link:(?P<reference>{REFERENCE}):mine")
"""The same as an answer below the list of /purchases, which stays."""


BUY_ANYWAY: Final = re.compile(rf"bamboo:anyway:(?P<reference>{REFERENCE})")
"""Buy what somebody has already: a wish's public name."""


def buy_anyway(wish: str) -> str:
    return f"bamboo:anyway:{wish}"


def get_link(reference: str, *, accepted: int | None = None, without_coupon: bool = False) -> str:
    price = "" if accepted is None else f":{accepted}"
    return f"bamboo:link:{reference}{price}{':plain' if without_coupon else ''}"


def get_link_below(reference: str) -> str:
    return f"bamboo:link:{reference}:mine"


LONGEST_CUSTOM_ID: Final = 100
"""Characters; source: Discord's component reference."""
_STORES_ID: Final = r"[\w-]+"
BUY_AGAIN: Final = re.compile(
    rf"bamboo:anew:(?P<product>{_STORES_ID}):(?P<variant>{_STORES_ID})?:(?P<quantity>\d{{1,3}})"
)
"""Buy what /buy was used for, when nothing came of that."""


def buy_again(product: str, variant: str | None, quantity: int) -> str | None:
    """None for what was typed instead of chosen, or is too long for a button."""
    custom_id = f"bamboo:anew:{product}:{variant or ''}:{quantity}"
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and BUY_AGAIN.fullmatch(custom_id) else None


_VISIT: Final = r"(?P<key>[\w-]{8})"
SHOP: Final = re.compile(rf"bamboo:shop:{_VISIT}:(?P<action>[a-z]+)")
"""Turn a private storefront page: the visit's key, and to what."""
SHOP_FORM: Final = re.compile(rf"bamboo:form:{_VISIT}:(?P<action>[a-z]+)")
"""Ask for something by a form; the form has the same, and its answer turns the page."""
SHOP_BUY: Final = re.compile(rf"bamboo:buy:{_VISIT}:(?P<mark>[0-9a-f]{{8}})(?::(?P<amount>\d+))?")
"""Buy what the page shows: `mark` tells it from anything else, `amount` (cents) is what it costs."""


def shop(key: str, action: str) -> str:
    return f"bamboo:shop:{key}:{action}"


def shop_form(key: str, action: str) -> str:
    return f"bamboo:form:{key}:{action}"


def shop_buy(key: str, mark: str, amount: int | None) -> str:
    return f"bamboo:buy:{key}:{mark}" + ("" if amount is None else f":{amount}")


PURCHASES: Final = re.compile(rf"bamboo:mine:(?P<page>\d+)(?::(?P<reference>{REFERENCE}))?")
"""Show a page of one's purchases, after giving up the link of `reference` if there is one."""
PURCHASE_LINK: Final = re.compile(rf"bamboo:mylink:(?P<reference>{REFERENCE})")
"""Show the link of a purchase again."""


RECEIPT: Final = re.compile(rf"bamboo:receipt:(?P<reference>{REFERENCE})")
"""Show the receipts of a purchase as an answer below the list."""
RECEIPTS: Final = re.compile(rf"bamboo:receipt:(?P<reference>{REFERENCE}):(?P<start>\d{{1,9}})")
"""Turn to others of them, from the one at `start` on; 0 is the newest."""


def purchases(page: int, give_up: str | None = None) -> str:
    return f"bamboo:mine:{page}" + (f":{give_up}" if give_up else "")


def purchase_link(reference: str) -> str:
    return f"bamboo:mylink:{reference}"


def receipt(reference: str) -> str:
    return f"bamboo:receipt:{reference}"


def receipts(reference: str, start: int) -> str:
    return f"bamboo:receipt:{reference}:{start}"


REVEAL: Final = re.compile(rf"bamboo:reveal:(?P<reference>{REFERENCE}):(?P<order>{ROW})")
"""Show what an order holds: keys, downloads, the store's message."""
RETRY: Final = re.compile(rf"bamboo:retry:(?P<delivery>{ROW})")
"""Have a delivery that was given up tried again; for staff."""
BENEFITS: Final = re.compile(r"bamboo:benefits:(?P<page>\d{1,6})")
"""Show a page of what products earn here; for staff."""
PAST_BUYERS: Final = re.compile(rf"bamboo:past:(?P<benefit>{ROW})")
"""Give a benefit to those who bought before it was added; for staff."""

SELL_ROLE: Final = re.compile(rf"bamboo:sell:(?P<proposal>{REFERENCE}):(?P<answer>yes|no)")
"""Sell a role with power over others, as it was proposed, or don't; for the staff member who proposed it."""


def reveal(reference: str, order: str) -> str:
    return f"bamboo:reveal:{reference}:{order}"


def retry(delivery: str) -> str:
    return f"bamboo:retry:{delivery}"


def sell_role(proposal: str, answer: str) -> str:
    return f"bamboo:sell:{proposal}:{answer}"


def past_buyers(benefit: str) -> str:
    return f"bamboo:past:{benefit}"


def benefits(page: int) -> str:
    return f"bamboo:benefits:{page}"
