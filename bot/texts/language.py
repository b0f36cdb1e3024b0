"""How one reader reads: their words, from a gettext catalog, and how they write money and dates.

A catalog is a file `locale/<locale>/LC_MESSAGES/bamboo.po`, compiled beside itself by `make texts`; it is
all that a language takes. English is what the templates are written in, and has none.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_decimal

from bot.money import Money

CATALOGS: Final = Path(__file__).with_name("locale")
DOMAIN: Final = "bamboo"
_ENGLISH: Final = "en"
_DEFAULT_FORMATS: Final = "en_US"


@dataclass(frozen=True, slots=True)
class Language:
    """`locale` is its own, by which `Languages` knows it.

    `formats` is the locale by which amounts and dates are written; `zone` is of instants in plain text.
    """

    formats: str = _DEFAULT_FORMATS
    locale: str = _ENGLISH
    zone: tzinfo = UTC
    catalog: NullTranslations = field(default_factory=NullTranslations, repr=False)
    is_translated: bool = False

    @property
    def is_source(self) -> bool:
        """Whether what is rendered for it reads as it does in the templates' language."""
        return not self.is_translated and (self.formats, str(self.zone)) == (SOURCE.formats, str(SOURCE.zone))

    def template(self, template: str, plural: str = "", count: int = 0) -> str:
        """The template in this language; as it is where the catalog hasn't got it."""
        if not template:
            return template  # gettext would answer with the catalog's header
        if plural:
            return self.catalog.ngettext(template, plural, count)
        return self.catalog.gettext(template)

    def name(self, kind: str, name: str) -> str:
        """What a command or an option is called in this language."""
        return self.catalog.pgettext(kind, name)

    @property
    def endonym(self) -> str:
        """What its speakers call it."""
        name = Locale.parse(self.locale).get_display_name() or self.locale
        return name[:1].upper() + name[1:]

    def money(self, money: Money) -> str:
        return money.format(self.formats)

    def coded_money(self, money: Money) -> str:
        """With the currency's code: `12.50 USD`."""
        if not self.is_translated:
            return f"{money.decimal} {money.currency}"
        decimals = -int(money.decimal.as_tuple().exponent)
        pattern = f"0.{'0' * decimals}" if decimals else "0"
        return f"{format_decimal(money.decimal, pattern, locale=self.formats)} {money.currency}"

    def number(self, value: Decimal) -> str:
        return format_decimal(value, locale=self.formats, decimal_quantization=False)

    def moment(self, instant: datetime, style: str) -> str:
        """An aware instant where Discord shows none by itself; `style` is Discord's letter for it."""
        match style:
            case "t" | "T":
                return format_time(instant, "short", self.zone, locale=self.formats)
            case "d" | "D":
                return format_date(instant.astimezone(self.zone), "medium", locale=self.formats)
        date = format_date(instant.astimezone(self.zone), "medium", locale=self.formats)
        time = format_time(instant, "short", self.zone, locale=self.formats)
        together = str(get_datetime_format("medium", locale=self.formats)).replace("'", "")
        return together.replace("{1}", date).replace("{0}", time)


SOURCE: Final = Language()
"""The language of the templates."""


class Languages:
    """All that there are. `display` is the settings' locale: who reads none of them reads that one.

    In English, amounts are written as `display` says, whatever English the reader has; a translation is read
    with its own locale's.
    """

    def __init__(
        self, display: str = _DEFAULT_FORMATS, zone: tzinfo = UTC, *, folder: Path = CATALOGS
    ) -> None:
        english = Language(display, zone=zone)
        self._known: dict[str, Language] = {_ENGLISH: english}
        for path, catalog in _catalogs(folder):
            locale = str(Locale.parse(path.replace("-", "_")))
            self._known[locale] = Language(locale, locale, zone, catalog, is_translated=True)
        self._found: dict[str, Language | None] = {}
        self.default = self.find(display) or english

    def of(self, *wanted: str | None) -> Language:
        """The first of the locales (`de`, `pt-BR`, `en_US`) that there is a language for."""
        found = (self.find(locale) for locale in wanted if locale)
        return next((language for language in found if language is not None), self.default)

    @property
    def all(self) -> Collection[Language]:
        return self._known.values()

    def find(self, locale: str) -> Language | None:
        """The language of that locale, or of its nearest relative; None where there is neither."""
        if locale not in self._found:  # Discord and the settings name a few dozen
            self._found[locale] = self._looked_up(locale)
        return self._found[locale]

    def _looked_up(self, locale: str) -> Language | None:
        try:
            wanted = Locale.parse(locale.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return None
        exact = self._known.get(str(wanted)) or self._known.get(wanted.language)
        if exact is not None:
            return exact
        # pt reads pt_BR, where that is all there is.
        relatives = (known for known in self._known if Locale.parse(known).language == wanted.language)
        return next((self._known[known] for known in relatives), None)


def _catalogs(folder: Path) -> Iterable[tuple[str, GNUTranslations]]:
    """Locale and catalog of each that is compiled."""
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        yield path.parts[-3], _catalog(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _catalog(path: Path, _written: int) -> GNUTranslations:
    """Parsed once, however often a process builds a bot; it doesn't change once it is compiled."""
    with path.open("rb") as file:
        return GNUTranslations(file)
