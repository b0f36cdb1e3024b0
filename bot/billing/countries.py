"""Countries by what people call them: codes of ISO 3166-1 alpha-2, names in their language and in English."""

import re
import unicodedata
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

_CODE: Final = re.compile(r"[A-Z]{2}")
_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes of CLDR's that stand for no country."""
_ALSO: Final = {"uk": "GB", "usa": "US", "u.s.": "US", "u.s.a.": "US", "england": "GB", "holland": "NL"}
_ENGLISH: Final = "en"


def country_of(typed: str, locale: str) -> str | None:
    """The code of what somebody who reads that locale typed: a code or a name; None if it is neither."""
    code = typed.strip().upper()
    if code in _names(_ENGLISH):
        return code
    wanted = _folded(typed)
    if wanted in _ALSO:
        return _ALSO[wanted]
    for known in (locale, _ENGLISH):
        for found, name in _names(known).items():
            if _folded(name) == wanted:
                return found
    return None


def country_name(code: str, locale: str) -> str:
    """What readers of the locale call it."""
    return _names(locale).get(code, code)


@cache
def _names(locale: str) -> dict[str, str]:
    try:
        territories = Locale.parse(locale.replace("-", "_")).territories
    except (ValueError, UnknownLocaleError):
        territories = Locale.parse(_ENGLISH).territories
    return {
        code: name
        for code, name in territories.items()
        if _CODE.fullmatch(code) and code not in _NO_COUNTRIES
    }


def _folded(name: str) -> str:
    """Without case, accents and the space around it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())
