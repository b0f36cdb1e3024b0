"""What staff do is written down, with who did it, and reads as a sentence in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.staff.models import NOT_POSTED, AuditAction, AuditEntry
from bot.texts.language import Languages
from cogs.invoices.audit_text import HAPPENED, sentence
from cogs.staff.audit_text import SENTENCES
from tests.harness.sale_pages import audited
from tests.harness.shop import buttons_of, walk

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


_ROLE: Final = {"product": "GroveGuard", "role": 7}
_SALE: Final = {"sale": "abcdefghij", "member": 5}


async def test_a_benefit_that_is_added_changed_or_removed(grove: Grove) -> None:
    await grove.benefit()
    await grove.benefit(days=30)
    shown = grove.shop.rows("SELECT reference FROM benefits WHERE removed_at IS NULL")
    await grove.store("benefit remove", benefit=shown[0]["reference"])

    said = {"product": "GroveGuard", "role": grove.role.id}
    assert audited(grove, setting_up=True) == [
        ("benefit_added", grove.boss.id, said),
        ("benefit_added", grove.boss.id, said),
        ("benefit_removed", grove.boss.id, said),
    ]


async def test_what_past_buyers_are_given(grove: Grove) -> None:
    await grove.bought()
    added = await grove.store_result("benefit add", product=grove.till.product().id, role=grove.role)
    [give] = [label for label in buttons_of(added.response) if label.startswith("Give")]

    await grove.boss.click(added.response, label=give)

    assert [entry[:2] for entry in audited(grove, setting_up=True)][1:] == [("past_buyers", grove.boss.id)]


async def test_where_the_sales_log_is(grove: Grove) -> None:
    await grove.store("saleslog", channel=grove.log_channel)
    await grove.store("saleslog", off=True)
    page = await grove.store_result("settings")
    menu = next(part for part in walk(page.response.components) if part["type"] == 8)
    await grove.boss.select(page.response, [grove.log_channel], custom_id=menu["custom_id"])
    await grove.boss.click(page.response, label="Turn off the sales log")

    assert audited(grove, setting_up=True) == [
        ("settings", grove.boss.id, {"sales log": channel})
        for channel in (grove.log_channel.id, None, grove.log_channel.id, None)
    ]


def test_every_action_that_is_posted_has_a_sentence() -> None:
    assert set(AuditAction) == {*NOT_POSTED, *SENTENCES, *HAPPENED}


@pytest.mark.parametrize(
    ("action", "details", "said"),
    [
        (AuditAction.BENEFIT_ADDED, _ROLE, "Role added: **GroveGuard** gives <@&7> · by <@9>"),
        (AuditAction.BENEFIT_REMOVED, _ROLE, "Role removed: **GroveGuard** gives <@&7> · by <@9>"),
        (AuditAction.PAST_BUYERS, _ROLE, "Given to earlier buyers: **GroveGuard** gives <@&7> · by <@9>"),
        (
            AuditAction.PAYMENT_ACCEPTED,
            {"order": "ord_1", "member": 5},
            "Payment `ord_1` accepted for <@5> by <@9>",
        ),
        (AuditAction.PAYMENT_DISMISSED, {"order": "ord_1"}, "Payment `ord_1` dismissed by <@9>"),
        (
            AuditAction.RETRIED,
            _SALE,
            "Purchase `abcdefghij` of <@5> had a failed delivery retried by <@9>",
        ),
        (
            AuditAction.PAUSE_ENDED,
            _SALE,
            "Purchase `abcdefghij` of <@5> lost its access while the subscription is paused by <@9>",
        ),
        (AuditAction.SETTINGS, {"sales log": 8}, "Sales log set to <#8> by <@9>"),
        (AuditAction.SETTINGS, {"sales log": None}, "Sales log turned off by <@9>"),
        (AuditAction.SETTINGS, {"end reminders": "on"}, "Expiry reminders turned on by <@9>"),
        (AuditAction.SETTINGS, {"end reminders": "off"}, "Expiry reminders turned off by <@9>"),
    ],
)
def test_how_it_reads(action: AuditAction, details: dict[str, Any], said: str) -> None:
    told = sentence(AuditEntry(1, action, 9, details=details), None)

    assert str(told) == said
    in_all = {told.render(language) for language in Languages().all}
    assert len(in_all) == len(Languages().all)
