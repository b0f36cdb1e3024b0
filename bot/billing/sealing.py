"""What members gave for the bill, as the database keeps it: sealed with a key that lies outside of it."""

import base64
import json
import logging
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bot.billing.models import BillingDetails
from bot.checkout.draft import NOBODY_KNOWN, Payer

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger(__name__)

_KEY_BYTES: Final = 32


def new_billing_key() -> str:
    """32 random bytes as text, as Fernet takes them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def is_billing_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key.encode())) == _KEY_BYTES
    except ValueError:
        return False


@dataclass(frozen=True)
class Seal:
    """A seal is of one member: moved to another's row, it doesn't open."""

    key: str

    def __repr__(self) -> str:
        return "Seal(***)"

    @cached_property
    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet  # noqa: PLC0415  # most shops' starts don't need it

        return Fernet(self.key)

    def close(self, user_id: int, details: BillingDetails) -> str:
        plain = json.dumps({"user": user_id, "given": details.given})
        return self._fernet.encrypt(plain.encode()).decode("ascii")

    def open(self, user_id: int, sealed: str | None) -> BillingDetails:
        """What was sealed for the member; nothing where that is nothing, or can't be opened with this key."""
        if sealed is None:
            return BillingDetails()
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            kept = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            kept = {}
        if kept.get("user") != user_id:
            log.warning("Billing details can't be opened: is the file with their key another one?")
            return BillingDetails()
        return BillingDetails(**kept["given"])

    def payer(self, user_id: int, sealed: str | None) -> Payer:
        """Who the member is as a payer. Nothing that is kept of them holds up a purchase."""
        return NOBODY_KNOWN if sealed is None else self.open(user_id, sealed).payer
