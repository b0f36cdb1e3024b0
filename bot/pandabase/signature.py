"""Whether the store sent a webhook: its signature over the raw bytes, and when it was made."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from standardwebhooks import Webhook

from bot.payments.provider import BadSignature

TOLERANCE: Final = timedelta(minutes=5)
"""How far a delivery's time may be from ours, before or after; source: the Standard Webhooks text."""
_PREFIX: Final = "whsec_"
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,11}")
_MILLISECONDS: Final = re.compile(r"[1-9][0-9]{0,14}")
_V1: Final = re.compile(r"[0-9a-fA-F]{64}")
_ID: Final = re.compile(r"[!-~]{1,256}")
_MOST_SIGNATURES: Final = 16
"""Tried of one delivery; a rotation needs two."""


class Signatures:
    """Checks deliveries with any of the secrets; without one, nothing is right."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._legacy_keys = [secret.encode() for secret in secrets if secret]
        keys = [key for secret in secrets if secret for key in _readings(secret)]
        self._webhooks = [Webhook(key) for key in keys]

    def check(self, body: bytes, headers: Mapping[str, str], now: datetime) -> str | None:
        """Return quietly if the store signed the body within five minutes of `now` (aware UTC).

        The id that was signed with it is returned; a V1 signature covers none. Header names are in small
        letters. Raises BadSignature.
        """
        given = headers.get("webhook-signature", "")
        stamp = headers.get("webhook-timestamp", "")
        if not given:
            raise BadSignature("it carries no signature")
        if any(part.startswith("v1,") for part in given.split()):
            identity = headers.get("webhook-id", "")
            self._check_v2(body, identity, stamp, given.split(), now)
            return identity
        self._check_v1(body, stamp, given, now)
        return None

    def _check_v2(self, body: bytes, identity: str, stamp: str, given: Sequence[str], now: datetime) -> None:
        if not _ID.fullmatch(identity):
            raise BadSignature("its id is missing or malformed")
        if not _SECONDS.fullmatch(stamp):
            raise BadSignature("its time is missing or malformed")
        sent = _instant(int(stamp), now)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise BadSignature("its body isn't UTF-8") from None
        offered = [raw for part in given[:_MOST_SIGNATURES] if (raw := _decoded(part)) is not None]
        # The package's own `verify` reads the wall clock, and fails with errors of all kinds.
        expected = [_decoded(webhook.sign(identity, sent, text)) or b"" for webhook in self._webhooks]
        matches = [hmac.compare_digest(right, one) for right in expected for one in offered]
        if not any(matches):
            raise BadSignature("its signature is wrong")

    def _check_v1(self, body: bytes, stamp: str, given: str, now: datetime) -> None:
        """The store's first scheme: bare hex over time and body, the time in milliseconds."""
        if not _V1.fullmatch(given):
            raise BadSignature("its signature is malformed")
        if not _MILLISECONDS.fullmatch(stamp):
            raise BadSignature("its time is missing or malformed")
        _instant(int(stamp) / 1000, now)
        signed = b".".join((stamp.encode(), body))
        matches = [
            hmac.compare_digest(hmac.new(key, signed, hashlib.sha256).digest(), bytes.fromhex(given))
            for key in self._legacy_keys
        ]
        if not any(matches):
            raise BadSignature("its signature is wrong")


def _readings(secret: str) -> list[bytes]:
    """The keys that a secret may stand for: its own bytes, or what it holds as base64.

    The store's SDK reads a `whsec_…` secret as base64, its examples for doing without take the text.
    """
    keys = [secret.encode()]
    if secret.startswith(_PREFIX):
        encoded = secret.removeprefix(_PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        keys += [key] if key else []
    return keys


def _decoded(part: str) -> bytes | None:
    version, _, encoded = part.partition(",")
    if version != "v1":
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _instant(seconds: float, now: datetime) -> datetime:
    try:
        sent = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadSignature("its time is no time") from None
    if abs(sent - now) > TOLERANCE:
        raise BadSignature(f"it was sent at {sent:%Y-%m-%d %H:%M:%S} UTC, too far from now")
    return sent
