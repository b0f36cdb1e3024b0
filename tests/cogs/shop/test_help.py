"""`/help`: what members can do and, for staff, how to run the shop; its buttons begin."""

import pytest

from tests.harness.invoicing import staff_member, told
from tests.harness.shop import Shop, buttons_of

pytestmark = pytest.mark.kept_shop


async def test_members_read_how_to_shop_and_nothing_of_staff(shop: Shop) -> None:
    shown = await shop.alice.slash(shop.channel, "help")

    for command in ("/shop", "/buy", "/purchases"):
        assert f"**{command}**" in told(shown)
    assert "staff**" not in told(shown)
    assert "/store" not in told(shown)
    assert list(buttons_of(shown.response)) == ["Open the shop", "My purchases"]


async def test_staff_read_what_to_set_up_first_and_the_rest(shop: Shop) -> None:
    shown = await staff_member(shop, "bo").slash(shop.channel, "help")

    said = told(shown)
    steps = [said.index(each) for each in ("1. **/store settings", "2. **/store benefit add", "3. **/shop")]
    assert steps == sorted(steps)
    for command in ("/invoice create", "/invoice list", "/store member", "/store quarantine", "/purchases"):
        assert f"**{command}**" in said
    assert "Settings" in buttons_of(shown.response)


@pytest.mark.parametrize(
    ("label", "opened"),
    [
        ("Open the shop", "VIP membership"),
        ("My purchases", "No purchases yet"),
        ("Settings", "Invoice reminders"),
        ("Invoices", "/invoice create"),
        ("Roles", "/store benefit add"),
        ("Quarantine", "Every payment matches"),
    ],
)
async def test_the_buttons_open_what_they_say_also_after_a_restart(
    shop: Shop, label: str, opened: str
) -> None:
    bo = staff_member(shop, "bo")
    shown = await bo.slash(shop.channel, "help")
    await shop.restart()

    page = await bo.click(shown.response, label=label)

    assert opened in told(page)


async def test_members_cannot_open_what_is_for_staff(shop: Shop) -> None:
    shown = await staff_member(shop, "bo").slash(shop.channel, "help")
    settings = buttons_of(shown.response)["Settings"]["custom_id"]
    message = await shop.button_for(shop.alice, settings)

    refused = await shop.alice.user.click(message, custom_id=settings)

    assert "Invoice reminders" not in told(refused)
    assert "staff" in told(refused)
