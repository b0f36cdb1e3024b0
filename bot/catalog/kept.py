"""The catalog of the last time, in a file: what is shown when the store is away at the start."""

import logging
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.catalog.models import Category, ProductSummary, Storefront

log = logging.getLogger(__name__)

_NAME_BYTES: Final = 4


class KeptCatalog(BaseModel):
    """What the store answered at `fetched_at` (UTC); `base_url` and `store_id` say which store."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    base_url: str
    store_id: str
    fetched_at: datetime
    store: Storefront
    products: tuple[ProductSummary, ...]
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """The file of one store. Both methods take a while with a large catalog: they belong into a thread."""

    path: Path
    base_url: str
    store_id: str

    def read(self, now: datetime) -> KeptCatalog | None:
        """What is kept of this store; None if there is nothing that can be used.

        What a process left that died over writing goes.
        """
        with suppress(OSError):
            for draft in self.path.parent.glob(f".{self.path.name}.*"):
                draft.unlink(missing_ok=True)
        try:
            kept = KeptCatalog.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("%s: this catalog can't be read and isn't used (%s)", self.path, error.strerror)
            return None
        except ValidationError:
            log.warning("%s: this catalog is damaged and isn't used", self.path)
            return None
        if (kept.base_url, kept.store_id) != (self.base_url, self.store_id):
            log.warning("%s: this is the catalog of another store and isn't used", self.path)
            return None
        if kept.fetched_at.tzinfo is None or kept.fetched_at > now:
            log.warning("%s: this catalog is from the future and isn't used", self.path)
            return None
        return kept

    def write(
        self,
        fetched_at: datetime,
        store: Storefront,
        products: tuple[ProductSummary, ...],
        categories: tuple[Category, ...],
    ) -> None:
        """Keep this in place of what was kept; a process that dies over it leaves the old. Never raises."""
        kept = KeptCatalog(
            base_url=self.base_url,
            store_id=self.store_id,
            fetched_at=fetched_at,
            store=store,
            products=products,
            categories=categories,
        )
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(_NAME_BYTES)}")
        try:
            try:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(kept.model_dump_json(exclude_defaults=True).encode())
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self.path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s: the catalog can't be kept there (%s)", self.path, error.strerror)
