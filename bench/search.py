"""What a search costs in 10,000 products: `python -m bench.search`. CPU time, not time on the clock."""

import asyncio
import random
import statistics
import time
from typing import Final

from bot.catalog.models import CategoryRef, PricingModel, ProductSummary, ProductType
from bot.catalog.search import SearchIndex

PRODUCTS: Final = 10_000
ROUNDS: Final = 20
BUDGET: Final = 5.0
"""Milliseconds of CPU that autocomplete may take where something holds what was typed."""
WORDS: Final = """
    pro plan gold silver ultra mega license key sword shield server boost monthly yearly lifetime access pack
    bundle deluxe starter premium vip coins skin emote course guide template script plugin theme asset sound
    sample crème über straße
"""
USUAL: Final = (
    "p",
    "e",
    "pro",
    "plan",
    "pro plan",
    "plan pro",
    "gold",
    "gold sw",
    "silver shield",
    "ULTRA MEGA",
    "license key",
    "key license",
    "server boost",
    "boost ser",
    "monthly",
    "year",
    "lifetime access",
    "access pack",
    "bundle del",
    "starter premium",
    "vip coins",
    "coins vip",
    "skin emote",
    "course guide 7",
    "template script",
    "plugin theme as",
    "asset sound",
    "sample 99",
    "creme",
    "über straße",
    "4242",
    "plan for sounds",
    "weapons",
    "",
)
FUZZY: Final = (
    "preimum acces",
    "delux swrod",
    "montly",
    "lisence kye",
    "sevrer bosot",
    "tempalte scirpt",
    "liftime acess",
    "yearley pln",
    "starer bundel",
    "xylophone concert",
)


def catalog() -> list[ProductSummary]:
    chance = random.Random(10_000)  # noqa: S311 the same made-up catalog every time
    words = WORDS.split()
    weapons = CategoryRef(id="ctg_1", name="Weapons")
    return [
        ProductSummary(
            id=f"prd_{number}",
            title=" ".join(chance.choices(words, k=chance.randint(2, 5))).title() + f" {number}",
            subtitle="For sounds and more" if number % 10 == 0 else None,
            price=1999,
            in_stock=True,
            currency="USD",
            product_type=ProductType.LICENSE_KEY,
            pricing_model=PricingModel.STANDARD,
            categories=(weapons,) if number % 20 == 0 else (),
        )
        for number in range(PRODUCTS)
    ]


async def measure(index: SearchIndex, queries: tuple[str, ...]) -> list[float]:
    """Milliseconds of CPU for each search, threads included."""
    spent = []
    for _ in range(ROUNDS):
        for query in queries:
            before = time.process_time()
            await index.search(query)
            spent.append((time.process_time() - before) * 1000)
    return spent


async def main() -> None:
    products = catalog()
    before = time.process_time()
    index = SearchIndex(products)
    print(
        f"index of {PRODUCTS} products: {(time.process_time() - before) * 1000:.0f} ms CPU, once per refresh"
    )
    for name, queries in (("usual", USUAL), ("mistyped", FUZZY)):
        await measure(index, queries[:3])  # the first searches pay for imports and caches
        spent = await measure(index, queries)
        p50, p99 = statistics.median(spent), statistics.quantiles(spent, n=100)[98]
        budget = f" (budget {BUDGET:.0f})" if name == "usual" else ""
        print(f"{name:9} {len(queries):3} queries: p50 {p50:5.2f} ms, p99 {p99:5.2f} ms CPU{budget}")


if __name__ == "__main__":
    asyncio.run(main())
