"""The kinds of value that a setting can have."""

import re
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    TypeAdapter,
)

from bot.money import has_cents
from bot.snowflakes import ABOVE_ALL_IDS
from bot.storage.address import DatabaseAddress

_ANY_ADDRESS: Final = TypeAdapter(AnyHttpUrl)
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*")
_DECIMAL_AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,2})?")


class Unfit(ValueError):
    """A value that a setting can't have. Its text completes "expected …"; if empty, the description does."""


def _refuse_bool(value: object) -> object:
    # Python counts true as 1; a person who writes true where a number belongs has mixed up two keys.
    if isinstance(value, bool):
        raise Unfit
    return value


Whole = Annotated[int, BeforeValidator(_refuse_bool)]
Snowflake = Annotated[Whole, Field(gt=0, lt=ABOVE_ALL_IDS)]
"""A Discord id."""


def _as_header(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    # Tokens travel in HTTP headers, and a space or line break inside is always a slip in copying.
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise Unfit
    return SecretStr(text)


Secret = Annotated[SecretStr, AfterValidator(_as_header)]


def is_loopback(host: str) -> bool:
    """Whether the host of an address is this machine: `localhost`, 127.0.0.0/8, ::1 or [::1]."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _parsed(text: str) -> AnyHttpUrl:
    try:
        address = _ANY_ADDRESS.validate_python(text)
    except ValueError:
        raise Unfit from None
    if address.host is None or address.username is not None or address.password is not None:
        raise Unfit("an address without a name or password in it")
    return address


def _service_address(text: str) -> str:
    address = _parsed(text)
    if address.scheme != "https" and not is_loopback(address.host or ""):
        raise Unfit("an https address (plain http only on this machine: 127.0.0.1, ::1 or localhost)")
    if address.query is not None or address.fragment is not None:
        raise Unfit("an address without ? or #, such as https://example.org/path")
    return str(address).rstrip("/")


def _page_address(text: str) -> str:
    address = _parsed(text)
    if address.scheme != "https":
        raise Unfit("an https address: the store takes no other")
    return str(address)


def _without_the_path_of_webhooks(address: str) -> str:
    # What is entered at the store is this address with that path; it is easily copied to here as a whole.
    if urlsplit(address).path.rstrip("/").endswith("/webhooks/pandabase"):
        raise Unfit("the address without /webhooks/pandabase, such as https://bot.example.org")
    return address


ServiceAddress = Annotated[str, AfterValidator(_service_address)]
"""Without a slash at its end; https, or plain http on loopback."""
OwnAddress = Annotated[ServiceAddress, AfterValidator(_without_the_path_of_webhooks)]
"""Where the store reaches this bot; the path of webhooks is put after it."""
PageAddress = Annotated[str, AfterValidator(_page_address)]
"""Always https: the store refuses return and cancel pages that aren't."""


def _host_name(text: str) -> str:
    host = text.lower()
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    # A host allows its subdomains, so a bare "io" would allow half the world.
    if not _HOST.fullmatch(host) or ("." not in host and host != "localhost"):
        raise Unfit
    return host


HostName = Annotated[str, AfterValidator(_host_name)]


def _sold_currency(text: str) -> str:
    code = text.upper()
    if code not in list_currencies():
        raise Unfit
    if not has_cents(code):
        raise Unfit("a currency with two decimals: the store counts in cents")
    return code


Currency = Annotated[str, AfterValidator(_sold_currency)]


def _cents(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit
    # str() of a float is what the owner typed, so 19.99 stays 19.99.
    text = str(value).strip()
    if not _DECIMAL_AMOUNT.fullmatch(text):
        raise Unfit
    return int(Decimal(text).scaleb(2))


Cents = Annotated[int, BeforeValidator(_cents)]
"""Written as people write amounts ("500.00", or 500) and kept as integer cents."""


def _database_address(value: object) -> DatabaseAddress:
    if isinstance(value, DatabaseAddress):
        return value
    if not isinstance(value, str):
        raise Unfit
    try:
        address = DatabaseAddress(value)
    except ValueError:
        raise Unfit from None
    database = address.database
    in_memory = ":memory:" in database or "memory" in address.query.get("mode", "")
    if address.is_file and (not database.strip() or in_memory):
        raise Unfit("a database in a file: one in memory forgets every sale when the bot stops")
    return address


AnyDatabase = Annotated[DatabaseAddress, PlainValidator(_database_address)]


def _known_locale(text: str) -> str:
    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        raise Unfit from None


LocaleName = Annotated[str, AfterValidator(_known_locale)]


def _known_zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str):
        raise Unfit
    try:
        return ZoneInfo(value.strip())
    except (KeyError, ValueError, OSError):  # unknown, a path outside the zones, a folder of zones
        raise Unfit from None


TimeZone = Annotated[ZoneInfo, PlainValidator(_known_zone)]


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Upper = BeforeValidator(_upper)
Lower = BeforeValidator(_lower)
