"""The SQL of people's locales and servers' languages. Nothing here commits: the caller does."""

from collections.abc import Mapping
from typing import Final

from bot.storage.transaction import Transaction

_LOCALE: Final = "SELECT locale FROM readers WHERE user_id = :user_id"
_REMEMBER: Final = """
    INSERT INTO readers (user_id, locale) VALUES (:user_id, :locale)
    ON CONFLICT (user_id) DO UPDATE SET locale = excluded.locale
"""
_FORGET: Final = "DELETE FROM readers WHERE user_id = :user_id"
_LANGUAGES: Final = "SELECT guild_id, language FROM guild_settings WHERE language IS NOT NULL"
_CHOOSE: Final = """
    INSERT INTO guild_settings (guild_id, language) VALUES (:guild_id, :language)
    ON CONFLICT (guild_id) DO UPDATE SET language = excluded.language
"""


class ReaderRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def locale(self, user_id: int) -> str | None:
        """The locale in which the person used Discord when they were last seen."""
        locale: str | None = await self._tx.value(_LOCALE, user_id=user_id)
        return locale

    async def remember(self, locales: Mapping[int, str]) -> None:
        """Keep the locales of these people."""
        await self._tx.execute_many(
            _REMEMBER, ({"user_id": person, "locale": locale} for person, locale in locales.items())
        )

    async def forget(self, user_id: int) -> None:
        await self._tx.execute(_FORGET, user_id=user_id)

    async def languages(self) -> dict[int, str]:
        """The languages that were chosen, by server."""
        return {row["guild_id"]: row["language"] for row in await self._tx.rows(_LANGUAGES)}

    async def choose(self, guild_id: int, language: str | None) -> None:
        """Have the server's public messages in this language; None leaves it to the settings."""
        await self._tx.execute(_CHOOSE, guild_id=guild_id, language=language)
