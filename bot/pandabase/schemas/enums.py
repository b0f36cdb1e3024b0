"""The store's own words. A word that is new to this version reads as UNKNOWN instead of failing."""

from enum import StrEnum
from typing import Self


class _OpenEnum(StrEnum):
    @classmethod
    def _missing_(cls, _value: object) -> Self:
        return cls("UNKNOWN")


class ProductType(_OpenEnum):
    SERIAL = "SERIAL"
    SERVICE = "SERVICE"
    ONE_TIME = "ONE_TIME"
    PHYSICAL = "PHYSICAL"
    SUBSCRIPTION = "SUBSCRIPTION"
    DIGITAL_DOWNLOAD = "DIGITAL_DOWNLOAD"
    LICENSE_KEY = "LICENSE_KEY"
    UNKNOWN = "UNKNOWN"


class PricingModel(_OpenEnum):
    STANDARD = "STANDARD"
    PAY_WHAT_YOU_WANT = "PAY_WHAT_YOU_WANT"
    FREE = "FREE"
    UNKNOWN = "UNKNOWN"


class BillingInterval(_OpenEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"
    UNKNOWN = "UNKNOWN"


class FulfilmentMode(_OpenEnum):
    MANAGED_LICENSE = "MANAGED_LICENSE"
    LICENSE_POOL = "LICENSE_POOL"
    LICENSE_WEBHOOK = "LICENSE_WEBHOOK"
    INSTANT_DOWNLOAD = "INSTANT_DOWNLOAD"
    REDIRECT = "REDIRECT"
    MANUAL = "MANUAL"
    UNKNOWN = "UNKNOWN"
