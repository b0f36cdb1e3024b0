"""What the store is told about a sale, signed: anyone can create a session with any metadata."""

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.checkout.models import AnyLine, Basket, Buyer, CustomLine, Origin
from bot.private_files import kept_or_made

log = logging.getLogger(__name__)

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 16
_SIGNED: Final = re.compile(r"v2\.([A-Za-z0-9_-]{22})\.[0-9a-f]{64}")
"""A signature of one session: its nonce, and the code over that and everything else."""
SIGNED_KEYS: Final = (
    "discord_user_id",
    "discord_recipient_id",
    "discord_guild_id",
    "discord_channel_id",
    "sale",
    "invoice",
    "source",
)
"""What of the metadata the signature covers; each is there only where it applies."""


def new_nonce() -> str:
    """A value that one session's signature has to itself: 128 bits, as text that a URL takes."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def nonce_of(metadata: Mapping[str, str]) -> str | None:
    """The nonce that the metadata's signature names, whether that is right or not.

    None for the bare signatures of links from before there were nonces: they say of no session that it is
    the one. Those links are paid within hours, and found by the lists for 30 days.
    """
    found = _SIGNED.fullmatch(metadata.get("signature", ""))
    return found[1] if found else None


class Signer:
    """Signs what binds a session to a sale: reference, people, server, lines, amount and currency.

    Each session's signature has a nonce of its own, so that what was copied from one proves nothing of
    another.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def metadata(
        self, reference: str, buyer: Buyer, origin: Origin, basket: Basket, nonce: str
    ) -> dict[str, str]:
        """The session's metadata; it flows to the order and to every webhook."""
        facts = {
            "discord_user_id": str(buyer.id),
            "discord_guild_id": str(origin.guild_id),
            "discord_channel_id": str(origin.channel_id),
            "sale": reference,
            "source": "discord",
        }
        if basket.gift_to is not None:
            facts["discord_recipient_id"] = str(basket.gift_to)
        if basket.charge is not None:
            facts["invoice"] = str(basket.charge.number)
        return {**facts, "signature": self.signature(facts, basket, nonce)}

    def signature(self, facts: Mapping[str, str], basket: Basket, nonce: str | None = None) -> str:
        """Hex HMAC-SHA256 over the facts, what is sold and the nonce, as `v2.<nonce>.<code>`.

        Without a nonce it is the bare code, as older links have it.
        """
        subtotal = basket.subtotal
        bound: dict[str, Any] = {
            "facts": dict(facts),
            # In an order of their own: an order's items may come in another than the checkout's.
            "lines": sorted(_bound(line) for line in basket.lines),
            "amount": subtotal.amount if subtotal else None,
            "currency": basket.currency,
        }
        if nonce is not None:
            bound["nonce"] = nonce
        text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
        code = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
        return code if nonce is None else f"v2.{nonce}.{code}"

    def verifies(self, metadata: Mapping[str, str], basket: Basket) -> bool:
        """Whether this key signed the metadata for these things."""
        facts = {key: metadata[key] for key in SIGNED_KEYS if key in metadata}
        expected = self.signature(facts, basket, nonce_of(metadata))
        given = metadata.get("signature", "")
        return hmac.compare_digest(expected.encode(), given.encode(errors="replace"))


def _bound(line: AnyLine) -> tuple[str, str, int, int, str]:
    name = line.title if isinstance(line, CustomLine) else ""
    return line.product_id or "", line.variant_id or "", line.quantity, line.unit_amount or 0, name


def key_from_file(path: Path) -> str:
    """The signing key kept in a file; it is made on the first start.

    Raises OSError when the file can't be read or made, or has lost its key.
    """
    key, is_new = kept_or_made(path, lambda: secrets.token_urlsafe(_KEY_BYTES))
    if is_new:
        log.warning(
            "Made a signing key in %s. Keep a copy apart from the database: "
            "with it, payments can be told from forgeries even when the database is lost.",
            path,
        )
    return key
