"""Finding a product by what a person typed."""

import asyncio
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from typing import Final

from bot.catalog.models import ProductSummary

CHOICES: Final = 25
"""The most choices that Discord's autocomplete shows."""
CANDIDATES: Final = 5
"""How many "did you mean" offers: more wouldn't be read."""
SHORTEST_FUZZY: Final = 3
"""Characters. Anything resembles one or two letters."""
LEAST_LIKENESS: Final = 75
"""Of 100, by rapidfuzz's partial ratio: one wrong letter in four."""
_CHUNK: Final = 1_000
"""Titles per call of rapidfuzz. It keeps the interpreter to itself for the length of a call (half a
millisecond here), so a thread alone would still hold up the event loop."""
_SHORTER_BY: Final = 0.6
"""A title that is shorter than this part of what was typed resembles it by chance."""


def fold(text: str) -> str:
    """The text without case, accents and surplus spaces: what two spellings of one title have in common."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


@dataclass(frozen=True, slots=True)
class Match:
    """What typed text stands for: `product` if there is no doubt, else what may have been meant."""

    product: ProductSummary | None
    candidates: tuple[ProductSummary, ...] = ()


class SearchIndex:
    """Made once for a list of products; where nothing ranks them they come back in the list's order."""

    def __init__(self, products: Sequence[ProductSummary]) -> None:
        self.products = tuple(products)
        self.by_id = {product.id: product for product in products}
        # The space before makes the beginning of every word look the same.
        self._titles = [f" {fold(product.title)}" for product in products]
        self._surroundings = list(map(_surroundings, products))

    async def search(self, text: str, limit: int = CHOICES) -> list[ProductSummary]:
        """The products that fit best, at most `limit`; what only resembles the text if nothing holds it."""
        typed = fold(text)
        found = self._containing(typed, limit)
        if not found and len(typed) >= SHORTEST_FUZZY:
            found = await asyncio.to_thread(self._resembling, typed, limit)
        return [self.products[position] for position in found]

    async def match(self, text: str) -> Match:
        """What is meant by text that was typed instead of chosen: an id, a title or a part of one."""
        if (product := self.by_id.get(text.strip())) is not None:
            return Match(product)
        typed = fold(text)
        if not typed:
            return Match(None)
        held = self._holding(typed)
        likely = [position for position in held if self._titles[position] == f" {typed}"] or held
        if len(likely) == 1:
            return Match(self.products[likely[0]])
        # What only resembles a title is never bought unasked.
        return Match(None, tuple(await self.search(text, CANDIDATES)))

    def _holding(self, typed: str) -> list[int]:
        return [position for position, title in enumerate(self._titles) if typed in title]

    def _containing(self, typed: str, limit: int) -> list[int]:
        """Positions by title: the same, the same start, the same start of a word, the same somewhere.

        After those come products that hold every word somewhere in title, subtitle or categories.
        """
        if not typed:
            return list(range(min(limit, len(self.products))))
        held = self._holding(typed)
        whole = f" {typed}"

        def rank(position: int) -> int:
            title = self._titles[position]
            return 0 if title == whole else 1 if title.startswith(whole) else 2 if whole in title else 3

        best = nsmallest(limit, held, key=rank)
        if len(best) < limit:
            left: Sequence[int] = range(len(self._titles))
            for word in typed.split():
                left = [
                    position
                    for position in left
                    if word in self._titles[position] or word in self._surroundings[position]
                ]
            best = list(dict.fromkeys(chain(best, left)))[:limit]
        return best

    def _resembling(self, typed: str, limit: int) -> list[int]:
        """Positions of the products whose title comes close to the text, closest first; takes a while."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415  # most processes never come here

        shortest = len(typed) * _SHORTER_BY
        likeness: dict[int, float] = {}
        for start in range(0, len(self._titles), _CHUNK):
            chunk = self._titles[start : start + _CHUNK]
            near = process.extract(
                typed, chunk, scorer=fuzz.partial_ratio, score_cutoff=LEAST_LIKENESS, limit=None
            )
            for title, score, offset in near:
                if len(title) >= shortest:
                    # The part that fits best counts, and so does how much else there is on both sides.
                    likeness[start + offset] = score + fuzz.ratio(typed, title)
            time.sleep(0)  # lets the event loop have the interpreter
        return nsmallest(limit, likeness, key=lambda position: -likeness[position])


def _surroundings(product: ProductSummary) -> str:
    around = [product.subtitle or "", *(category.name for category in product.categories)]
    return sys.intern(fold(" ".join(around)))  # many are of the same categories, with nothing else to say
