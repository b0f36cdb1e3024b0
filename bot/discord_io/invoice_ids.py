"""What the buttons of invoices carry: an invoice's opaque reference, checked again at every click."""

import re
from typing import Final

from bot.discord_io.custom_ids import REFERENCE
from bot.snowflakes import DIGITS

_OF: Final = rf"(?P<reference>{REFERENCE})"

PAY: Final = re.compile(rf"bamboo:inv:pay:{_OF}")
"""Get a payment link in the message itself."""
PAY_BELOW: Final = re.compile(rf"bamboo:inv:pay:{_OF}:(?P<where>before|overdue|notice|mine)")
"""The same as an answer below a message that stays: a reminder, a public notice, the list of /purchases."""
DECLINE: Final = re.compile(rf"bamboo:inv:decline:{_OF}(?::(?P<page>\d+))?")
"""Decline in the invoice's own message, or on a page of /purchases."""
STAFF: Final = re.compile(rf"bamboo:inv:staff:{_OF}:(?P<action>approve|resend|notice|show)")
"""What staff do with an invoice that was issued."""
STAFF_FORM: Final = re.compile(rf"bamboo:inv:staff:{_OF}:(?P<action>refuse|cancel)")
"""The same, after a form has asked for the reason."""
DRAFT: Final = re.compile(rf"bamboo:inv:draft:{_OF}:(?P<action>[a-z]+)(?::(?P<quantity>\d+))?")
"""Change, send or discard a draft."""
FORM: Final = re.compile(rf"bamboo:inv:form:{_OF}:(?P<action>[a-z]+)")
"""Ask for something by a form, and change the draft by it."""
LIST: Final = re.compile(rf"bamboo:inv:list:(?P<page>\d+):(?P<member>0|{DIGITS}):(?P<state>[a-z]+)")
"""Show a page of the list; member 0 and state `all` stand for everything."""


def pay(reference: str, where: str | None = None) -> str:
    return f"bamboo:inv:pay:{reference}" + (f":{where}" if where else "")


def decline(reference: str, page: int | None = None) -> str:
    return f"bamboo:inv:decline:{reference}" + (f":{page}" if page is not None else "")


def staff(reference: str, action: str) -> str:
    return f"bamboo:inv:staff:{reference}:{action}"


def draft(reference: str, action: str, quantity: int | None = None) -> str:
    return f"bamboo:inv:draft:{reference}:{action}" + (f":{quantity}" if quantity is not None else "")


def form(reference: str, action: str) -> str:
    return f"bamboo:inv:form:{reference}:{action}"


def page(number: int, member_id: int | None, state: str | None) -> str:
    return f"bamboo:inv:list:{number}:{member_id or 0}:{state or 'all'}"
