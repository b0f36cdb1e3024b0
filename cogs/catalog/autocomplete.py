"""Products, variants and quantities as people choose them by a command's options."""

from collections.abc import Iterable
from typing import Final

from discord import app_commands

from bot.catalog.catalog import Catalog
from bot.catalog.models import MAXIMUM_QUANTITY, Product, ProductSummary, Variant
from bot.catalog.refusals import product_unknown, variant_unknown
from bot.catalog.search import fold
from bot.errors import Unavailable
from bot.markdown import cut
from cogs.catalog.product_text import plain

MOST_CHOICES: Final = 25
"""Choices of an autocomplete; source: Discord's application command reference."""
LONGEST_CHOICE: Final = 100
"""Characters of a choice's name and of its value; same source."""

LONGEST_QUANTITY: Final = len(str(MAXIMUM_QUANTITY))
"""Digits."""

Choice = app_commands.Choice[str]
Quantity = app_commands.Range[int, 1, MAXIMUM_QUANTITY]


def choice(name: str, value: str) -> Choice:
    """As Discord takes it: the name in one line, and both cut to what fits."""
    return Choice(name=plain(name, LONGEST_CHOICE), value=value[:LONGEST_CHOICE])


def matching_choices(offered: Iterable[tuple[str, str]], typed: str) -> list[Choice]:
    """Those whose name holds what was typed; `offered` are names and values."""
    return [choice(name, value) for name, value in offered if fold(typed) in fold(name)][:MOST_CHOICES]


async def product_choices(catalog: Catalog, typed: str) -> list[Choice]:
    return [choice(product.title, product.id) for product in await catalog.search(typed, MOST_CHOICES)]


async def variant_choices(catalog: Catalog, product: str, typed: str) -> list[Choice]:
    """The variants of the product that was chosen, or is meant by what was typed."""
    match = await catalog.match(product)
    if match.product is None:
        return []
    details = await catalog.details(match.product.id)
    return matching_choices(((variant.title, variant.id) for variant in details.variants), typed)


async def meant_product(catalog: Catalog, typed: str) -> ProductSummary:
    """The product that was chosen, or is meant by what was typed. Raises product_unknown and Unavailable."""
    if catalog.age() is None and not await catalog.refresh():
        raise Unavailable
    match = await catalog.match(typed)
    if match.product is None:
        raise product_unknown(cut(typed, LONGEST_CHOICE), [product.title for product in match.candidates])
    return match.product


async def chosen_product(catalog: Catalog, typed: str) -> Product:
    """Raises product_unknown, and the PandabaseErrors."""
    return await catalog.details((await meant_product(catalog, typed)).id)


def chosen_variant(product: Product, typed: str | None) -> Variant | None:
    """None where every variant is meant. Raises variant_unknown."""
    if typed is None:
        return None
    for variant in product.variants:
        if variant.id == typed:
            return variant
    named = [variant for variant in product.variants if fold(variant.title) == fold(typed)]
    if len(named) != 1:
        raise variant_unknown(product.title, [variant.title for variant in product.variants])
    return named[0]
