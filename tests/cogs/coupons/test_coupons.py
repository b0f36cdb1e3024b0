"""`/store coupon`: staff create, see and disable the store's coupons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.coupons.service import Coupons
from bot.errors import Refusal
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.leases import Leases
from bot.texts import Languages
from cogs import custom_ids
from cogs.staff.audit_text import audit_sentence
from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from sandbox.models import Coupon, CouponType
from tests.harness.at_once import commands_at_once
from tests.harness.grove import PRODUCT
from tests.harness.pseudo import bracketed, pseudo
from tests.harness.sale_pages import at_once, told, with_button
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}
CODE: Final = "LAUNCH20"

pytestmark = [pytest.mark.settings(pandabase=WITH_TOKEN), pytest.mark.kept_shop]


async def create(grove: Grove, code: str = CODE, **options: Any) -> str:
    return await grove.store("coupon create", code=code, **options)


def at_the_store(grove: Grove) -> dict[str, Coupon]:
    return grove.shop.sandbox.store.coupons


def sentence_of(action: AuditAction, details: dict[str, Any]) -> str:
    return str(audit_sentence(AuditEntry(1, action, 1, details=details)))


def audit(grove: Grove) -> list[tuple[str, int, Any]]:
    rows = grove.shop.rows("SELECT action, actor_id, details FROM audit ORDER BY id")
    return [(row["action"], row["actor_id"], json.loads(row["details"])) for row in rows]


async def test_what_staff_create_is_in_the_store_shown_and_written_down(grove: Grove) -> None:
    product = grove.till.product()

    said = await create(grove, percent=20, uses=5, ends="3d", product=product.id)

    assert "Coupon created" in said
    assert f"`{CODE}` · **20% off** · 🟢 Running" in said
    assert "used 0 of 5 times · ends <t:" in said
    assert f"only for {PRODUCT}" in said
    made = at_the_store(grove)[CODE]
    assert (made.type, made.value, made.max_uses) == (CouponType.PERCENTAGE, 20, 5)
    assert made.product_ids == [product.id]
    assert made.expires_at is not None
    assert round((made.expires_at - grove.shop.clock()).total_seconds() / 86400, 3) == 3
    [(action, actor, details)] = audit(grove)
    assert (action, actor) == ("coupon_asked", grove.boss.id)
    assert (details["code"], details["percent"], details["uses"]) == (CODE, 20, 5)


async def test_a_products_name_formats_nothing_in_the_list(grove: Grove) -> None:
    product = grove.till.product()
    product.title = "**GroveGuard** [free](https://example.com)"
    await grove.shop.app.catalog.refresh()

    said = await create(grove, percent=20, product=product.id)

    assert r"only for \*\*GroveGuard\*\* \[free" in said


async def test_a_member_buys_with_the_coupon_that_was_made(grove: Grove) -> None:
    assert "$5.00 off" in await create(grove, amount="5")

    session = await grove.till.link(PRODUCT, coupon=CODE)
    await grove.till.pay_on_page(session)

    assert session.quote.discount == 500
    [order] = grove.till.orders()
    assert order["money"] == "paid"
    assert at_the_store(grove)[CODE].times_used == 1
    assert "used 1 time" in await grove.store("coupon list")


async def test_the_list_says_how_each_stands_on_pages(grove: Grove) -> None:
    coupons = at_the_store(grove)
    coupons["FIVEOFF"].enabled = False
    coupons["WELCOME10"].max_uses = coupons["WELCOME10"].times_used = 7
    first = await grove.store_result("coupon list")

    said = text_of(first.response)
    assert "`WELCOME10` · **10% off** · ⚪ Used up" in said
    assert "used 7 of 7 times" in said
    assert "`FIVEOFF` · **$5.00 off** · ⚪ Disabled" in said
    assert "`EXPIRED` · **50% off** · ⚪ Ended" in said
    assert "`ATOLL5` · **$5.00 off** · 🟢 Running" in said
    assert buttons_of(first.response) == {}

    for number in range(9):
        await create(grove, f"MORE{number}", percent=5)
    page = await grove.store_result("coupon list")
    assert "MORE8" in text_of(page.response)
    assert "EXPIRED" not in text_of(page.response)
    turned = await grove.boss.click(page.response, label="Next")
    assert "WELCOME10" in text_of(turned.response)
    assert "2 / 2" in buttons_of(turned.response)


async def test_a_store_without_coupons_says_so(grove: Grove) -> None:
    at_the_store(grove).clear()

    assert "The store has no coupons yet." in await grove.store("coupon list")


async def test_a_coupon_is_disabled_once(grove: Grove) -> None:
    said = await grove.store("coupon disable", code="welcome10")

    assert "Coupon disabled" in said
    assert "`WELCOME10` · **10% off** · ⚪ Disabled" in said
    assert not at_the_store(grove)["WELCOME10"].enabled
    assert audit(grove) == [("coupon_disabled", grove.boss.id, {"code": "WELCOME10"})]
    assert "already disabled" in await grove.store("coupon disable", code="WELCOME10")
    assert len(audit(grove)) == 1
    answer = await grove.shop.buy("grove-guard", coupon="WELCOME10")
    assert "not active" in text_of(answer.response)


async def test_two_who_disable_it_at_once_disable_it_once(grove: Grove) -> None:
    other = grove.shop.guild.add_member(grove.shop.env.create_user("carol"), roles=[grove.staff_role])
    both = ((staff, {"code": "WELCOME10"}) for staff in (grove.boss, other))

    answers = await commands_at_once(grove.shop, "store coupon disable", *both)

    assert sum("already disabled" in answer for answer in answers) == 1, answers
    assert len(audit(grove)) == 1


@pytest.mark.postgres
async def test_of_two_processes_one_disables_it_and_tells(grove: Grove) -> None:
    here = grove.shop.app.bot.service(Coupons)
    other = Coupons(
        here._database,
        here._api,
        here._audit,
        Leases(here._database, here.clock),
        currency=here.currency,
        zone=here._zone,
        clock=here.clock,
    )
    guild = grove.shop.guild.id

    ended = await at_once(grove, *(each.disable(guild, "WELCOME10", by=1) for each in (here, other)))

    assert sorted(getattr(each, "code", "?") for each in ended) == ["WELCOME10", "coupon_disabled_already"]
    assert len(audit(grove)) == 1
    changes = [each for each in grove.shop.sandbox.requests if each.method == "PATCH"]
    assert len(changes) == 1
    assert grove.shop.rows("SELECT * FROM leases") == []


async def test_who_finds_another_at_it_for_long_is_told_so(grove: Grove) -> None:
    taken = "INSERT INTO leases (name, holder, until) VALUES ('coupon:welcome10', 'another', ?)"
    grove.shop.write(taken, 10**15)

    said = await grove.store("coupon disable", code="WELCOME10")

    assert "disabling the coupon `WELCOME10` right now" in said
    assert at_the_store(grove)["WELCOME10"].enabled


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "either percent or amount"),
        ({"percent": 5, "amount": "5"}, "either percent or amount"),
        ({"code": "A", "percent": 5}, "2 to 64 characters"),
        ({"code": "SÜSS 10", "percent": 5}, "letters from A to Z"),
        ({"amount": "five"}, "isn't an amount"),
        ({"percent": 5, "ends": "soon"}, "isn't a date"),
        ({"percent": 5, "ends": "2020-01-01"}, "has already passed"),
        ({"percent": 5, "product": "No such thing"}, "No such thing"),
    ],
)
async def test_what_cant_be_a_coupon_is_refused_before_the_store_is_asked(
    grove: Grove, options: dict[str, Any], said: str
) -> None:
    before = set(at_the_store(grove))

    assert said in await create(grove, **options)

    assert set(at_the_store(grove)) == before
    assert audit(grove) == []


@pytest.mark.parametrize("percent", [0, 101])
async def test_no_percentage_outside_1_to_100_is_asked_for(grove: Grove, percent: int) -> None:
    """Discord lets nobody type it; what a client sends all the same is refused here."""
    coupons = grove.shop.app.bot.service(Coupons)

    with pytest.raises(Refusal, match="1 to 100"):
        coupons.read(CODE, percent=percent, amount=None, ends=None, locale="en_US")


async def test_what_the_store_refuses_is_said_in_its_words(grove: Grove) -> None:
    said = await create(grove, "WELCOME10", percent=5)

    assert "A coupon with the code WELCOME10 already exists." in said
    assert at_the_store(grove)["WELCOME10"].value == 10
    assert "no coupon `NOPE`" in await grove.store("coupon disable", code="NOPE")


@pytest.mark.parametrize(
    ("command", "options", "scope"),
    [
        ("create", {"code": CODE, "percent": 5}, "COUPONS_WRITE"),
        ("list", {}, "COUPONS_READ"),
        ("disable", {"code": "WELCOME10"}, "COUPONS_READ"),
    ],
)
async def test_a_scope_that_the_token_lacks_is_named(
    grove: Grove, command: str, options: dict[str, Any], scope: str
) -> None:
    grove.take_token_back()
    grove.shop.sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=ALL_SCOPES - {scope}))

    said = await grove.store(f"coupon {command}", **options)

    assert f"lacks the scope {scope}" in said.replace("\\", "")
    assert CODE not in at_the_store(grove)
    assert at_the_store(grove)["WELCOME10"].enabled


async def test_a_token_for_all_but_coupons_is_no_trouble_for_payments(grove: Grove) -> None:
    grove.take_token_back()
    scopes = ALL_SCOPES - {"COUPONS_READ", "COUPONS_WRITE"}
    grove.shop.sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=scopes))

    assert "COUPONS" in await grove.store("coupon list")

    assert "lacks a scope" not in await grove.store("setup")


@pytest.mark.parametrize(("lost", "said"), [(False, "isn't answering"), (True, "didn't confirm it")])
async def test_a_store_that_does_not_answer_is_told_of(grove: Grove, lost: bool, said: str) -> None:  # noqa: FBT001
    command = ("coupon create", {"code": CODE, "percent": 5}) if lost else ("coupon list", {})
    grove.shop.sandbox.fail_next("POST" if lost else "GET", "*/coupons/*", status=503, times=8)

    assert said in await grove.store(command[0], **command[1])


@pytest.mark.settings(pandabase={})
@pytest.mark.parametrize(
    ("command", "options"),
    [("create", {"code": CODE, "percent": 5}), ("list", {}), ("disable", {"code": CODE})],
)
async def test_without_a_token_it_says_so(grove: Grove, command: str, options: dict[str, Any]) -> None:
    said = await grove.store(f"coupon {command}", **options)

    assert "without pandabase.api_token" in said.replace("\\", "")


@pytest.mark.settings(pandabase=WITH_TOKEN, staff={"role_ids": [1]})
@pytest.mark.parametrize(
    ("command", "options"),
    [("create", {"code": CODE, "percent": 5}), ("list", {}), ("disable", {"code": "WELCOME10"})],
)
async def test_members_may_none_of_it(grove: Grove, command: str, options: dict[str, Any]) -> None:
    """Where staff are known by their roles, everybody sees the commands."""
    answer = await grove.shop.alice.slash(grove.shop.channel, f"store coupon {command}", **options)

    assert "Only staff can do this" in text_of(answer.response)
    assert CODE not in at_the_store(grove)
    assert at_the_store(grove)["WELCOME10"].enabled


async def test_members_turn_no_page(grove: Grove) -> None:
    button = await with_button(grove, custom_ids.coupons(0))

    clicked = await grove.shop.alice.click(button, label="?")

    assert "Only staff can do this" in told(clicked)


def test_the_log_says_what_was_asked_of_the_store() -> None:
    asked = {"code": CODE, "percent": None, "amount": 500, "currency": "USD"}

    assert sentence_of(AuditAction.COUPON_ASKED, asked) == (
        f"<@1> asked the store for the coupon `{CODE}`: $5.00 off"
    )
    assert sentence_of(AuditAction.COUPON_DISABLED, {"code": CODE}) == (
        f"<@1> asked the store to disable the coupon `{CODE}`"
    )


async def test_only_coupons_that_run_are_offered_to_be_disabled(grove: Grove) -> None:
    at_the_store(grove)["FIVEOFF"].enabled = False

    async def offered(typed: str) -> list[str]:
        found = await grove.boss.autocomplete(grove.shop.channel, "store coupon disable", "code", typed)
        return [str(choice["value"]) for choice in found]

    assert "WELCOME10" in await offered("")
    assert "FIVEOFF" not in await offered("")
    grove.shop.sandbox.fail_next("GET", "*/coupons/*", status=503, times=4)
    assert await offered("welc") == ["WELCOME10"], "the store isn't asked at every letter"
    await grove.shop.pass_time(minutes=1)
    assert await offered("welc") == []


async def test_percent_are_written_as_the_reader_does(grove: Grove, tmp_path: Path) -> None:
    details = {"code": CODE, "percent": 20, "amount": None, "currency": "EUR"}
    asked = audit_sentence(AuditEntry(1, AuditAction.COUPON_ASKED, 1, details=details))
    assert "20\u00a0%" in asked.render(Languages().of("de"))
    grove.shop.app.bot.languages = pseudo(tmp_path / "languages")

    said = await grove.store("coupon create", code=CODE, percent=20)
    [shown] = await grove.boss.autocomplete(grove.shop.channel, "store coupon disable", "code", CODE)

    assert f"**{bracketed('20%')} off**" in said
    assert shown["name"] == bracketed(f"{CODE} (−{bracketed('20%')})")


async def test_an_end_that_is_no_date_is_called_that(grove: Grove) -> None:
    said = await create(grove, percent=20, ends="someday")

    assert "“someday” isn't a date. Enter a time from now, such as 3 days" in said
    assert at_the_store(grove).get(CODE) is None
