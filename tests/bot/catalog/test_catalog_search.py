import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.models import ProductSummary
from bot.catalog.search import SearchIndex, fold
from bot.pandabase import schemas
from bot.pandabase.catalog import product_summary
from tests.harness.scripted_store import summary

TITLES = (
    "Ultra Pro Plan",
    "Improvised Theatre",
    "Pro Plan Yearly",
    "Pro Plan",
    "Plan for Professionals",
    "Crème Brûlée",
    "ＦＵＬＬ  Width",
    "Straße 8",
    "🔥🔥",
)


def listed(title: str, **changes) -> ProductSummary:
    return product_summary(
        schemas.StoreProductSummary.model_validate(summary(f"prd_{title}", title=title, **changes))
    )


def index_of(*titles: str) -> SearchIndex:
    return SearchIndex([listed(title) for title in titles])


async def found(text: str, *titles: str, limit: int = 25) -> list[str]:
    return [product.title for product in await index_of(*(titles or TITLES)).search(text, limit)]


async def test_the_closest_comes_first_then_beginnings_then_words_then_parts():
    titles = ("Improve", "The Pro", "Pro Plan", "Pro", "Approval")
    assert await found("pro", *titles) == ["Pro", "Pro Plan", "The Pro", "Improve", "Approval"]


async def test_words_are_found_in_any_order_after_what_was_typed_as_it_stands():
    titles = ("Pro Plan", "Plan for Professionals", "Plan Pro", "Profile")
    assert await found("plan pro", *titles) == ["Plan Pro", "Pro Plan", "Plan for Professionals"]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("creme brulee", "Crème Brûlée"),
        ("CRÈME", "Crème Brûlée"),
        ("cre\u0300me", "Crème Brûlée"),
        ("full width", "ＦＵＬＬ  Width"),
        ("  straSSE   8 ", "Straße 8"),
        ("🔥", "🔥🔥"),
    ],
)
async def test_case_accents_and_spaces_make_no_difference(typed: str, title: str):
    assert (await found(typed))[0] == title


async def test_subtitle_and_categories_are_searched_after_titles():
    index = SearchIndex(
        [
            listed("One", subtitle="For swords"),
            listed("Two", categories=[{"id": "ctg_1", "name": "Swords", "slug": "swords"}]),
            listed("Swords"),
        ]
    )
    assert [product.title for product in await index.search("swords")] == ["Swords", "One", "Two"]


@pytest.mark.parametrize("typed", ["pro plam yearly", "proplan yearly", "pro plan yaerly", "po plan yearly"])
async def test_a_slip_of_the_finger_still_finds_it(typed: str):
    assert (await found(typed))[0] == "Pro Plan Yearly"


@pytest.mark.parametrize("typed", ["qq", "xylophone concert", "zzz", "🦄"])
async def test_what_resembles_nothing_finds_nothing(typed: str):
    assert await found(typed) == []


async def test_a_short_title_is_not_found_by_chance_in_a_long_text():
    assert await found("improperly", "Pro") == []


async def test_what_only_resembles_is_left_out_where_something_fits():
    assert await found("plan", "Plan", "Plam") == ["Plan"]


async def test_nothing_typed_shows_the_first_ones_in_the_stores_order():
    assert await found("  ", limit=3) == list(TITLES[:3])


@pytest.mark.parametrize("typed", ["", "p", "pro", "plan pro", "prp plan"])
async def test_never_more_than_asked_for(typed: str):
    assert len(await found(typed, limit=2)) <= 2


@pytest.mark.parametrize("typed", ["pro plan", " PRO  PLAN ", "prd_Pro Plan", "prd_Pro Plan "])
async def test_typed_text_that_is_a_title_or_an_id_means_that_product(typed: str):
    match = await index_of(*TITLES).match(typed)
    assert match.product is not None
    assert match.product.title == "Pro Plan"


async def test_a_part_that_only_one_title_has_means_that_product():
    match = await index_of(*TITLES).match("brul")
    assert match.product is not None
    assert match.product.title == "Crème Brûlée"


@pytest.mark.parametrize(
    ("typed", "first"), [("plan", "Plan for Professionals"), ("pro plam yearly", "Pro Plan Yearly")]
)
async def test_what_may_mean_several_or_was_mistyped_is_asked_about(typed: str, first: str):
    match = await index_of(*TITLES).match(typed)
    assert match.product is None
    assert match.candidates[0].title == first
    assert len(match.candidates) <= 5


async def test_a_title_that_two_products_share_is_asked_about():
    twins = [listed("Pro"), listed("Pro", subtitle="the other"), listed("Pro Plan")]
    match = await SearchIndex(twins).match("pro")
    assert match.product is None
    assert list(match.candidates[:2]) == twins[:2]


@pytest.mark.parametrize("typed", ["", "   ", "xylophone concert"])
async def test_text_that_means_nothing_matches_nothing(typed: str):
    match = await index_of(*TITLES).match(typed)
    assert (match.product, match.candidates) == (None, ())


async def test_a_mistyped_search_in_ten_thousand_products_lets_others_go_on():
    index = SearchIndex([listed(f"Product number {number}", price=number) for number in range(10_000)])
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count_turns())
    started = time.perf_counter()
    assert await index.search("prodcut nmuber 77")
    spent = time.perf_counter() - started
    counting.cancel()
    # Ten chunks, and the loop had its turn in between; a search on the loop would leave it none.
    assert turns >= 5, spent


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(fold))
def test_every_title_is_found_by_itself_and_by_each_of_its_words(title: str):
    index = SearchIndex([listed("Something else"), listed(title)])

    async def search_for(text: str) -> list[str]:
        return [product.title for product in await index.search(text)]

    assert asyncio.run(search_for(title))[0] == title
    for word in title.split():
        if fold(word):
            assert title in asyncio.run(search_for(word))
