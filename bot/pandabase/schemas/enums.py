"""The store's own words. A word that is new to this version reads as UNKNOWN instead of failing."""

from enum import StrEnum
from typing import Self


class _StoreEnum(StrEnum):
    @classmethod
    def _missing_(cls, _value: object) -> Self:
        return cls("UNKNOWN")


class StoreProductType(_StoreEnum):
    SERIAL = "SERIAL"
    SERVICE = "SERVICE"
    ONE_TIME = "ONE_TIME"
    PHYSICAL = "PHYSICAL"
    SUBSCRIPTION = "SUBSCRIPTION"
    DIGITAL_DOWNLOAD = "DIGITAL_DOWNLOAD"
    LICENSE_KEY = "LICENSE_KEY"
    UNKNOWN = "UNKNOWN"


class StorePricingModel(_StoreEnum):
    STANDARD = "STANDARD"
    PAY_WHAT_YOU_WANT = "PAY_WHAT_YOU_WANT"
    FREE = "FREE"
    UNKNOWN = "UNKNOWN"


class StoreBillingInterval(_StoreEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"
    UNKNOWN = "UNKNOWN"


class FulfilmentMode(_StoreEnum):
    MANAGED_LICENSE = "MANAGED_LICENSE"
    LICENSE_POOL = "LICENSE_POOL"
    LICENSE_WEBHOOK = "LICENSE_WEBHOOK"
    INSTANT_DOWNLOAD = "INSTANT_DOWNLOAD"
    REDIRECT = "REDIRECT"
    MANUAL = "MANUAL"
    UNKNOWN = "UNKNOWN"
