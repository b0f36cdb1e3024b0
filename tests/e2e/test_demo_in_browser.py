import re
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.demo_process import DemoProcess
from tests.harness.patience import PATIENCE

playwright = pytest.importorskip("playwright.async_api", reason="Playwright isn't installed")
pytestmark = pytest.mark.asyncio(loop_scope="module")
_A_LIST_STAYS = 5_000
"""Milliseconds that a list of suggestions may take until it is pressed or has closed."""
_IT_MAY_STILL_MOVE = 700
"""Milliseconds: SimCord scrolls when a room is ready."""
AT_LEAST_ONE_PICTURE = "images => images.some(image => image.naturalWidth > 0)"


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Any, demo: DemoProcess):
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    await page.goto(demo.address)
    yield page
    await context.close()


class Discord:
    """The simulated one, in its frame."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frame = page.frame_locator("iframe")

    async def command(self, name: str, **options: tuple[str, str] | str) -> None:
        """Type a command; an option is what is typed, and the suggestion to choose where there are some."""
        await self.frame.locator("#channel-composer-input").click()
        await self.page.keyboard.type(f"/{name}")
        await self.frame.get_by_role("option", name=f"/{name}").click()
        for number, (name_of_option, option) in enumerate(options.items(), 1):
            typed, chosen = option if isinstance(option, tuple) else (option, None)
            await self._begin(name_of_option)
            await self.page.keyboard.type(typed)
            if chosen is not None:
                await self.frame.get_by_role("option", name=chosen).first.click()
            elif number < len(options):
                await self.page.keyboard.press("Tab")
        await self.frame.locator("#channel-composer").get_by_role("button", name="Send").click()

    async def _begin(self, option: str) -> None:
        """Have the cursor in an option; one that may be left out is in a list that closes when news comes."""
        begun = self.frame.locator(f'[data-option="{option}"]')
        listed = self.frame.get_by_role("option", name=option).first
        while not await begun.count():
            if not await listed.count():
                await self.frame.locator("#channel-composer .command-ghost").click()
            with suppress(playwright.TimeoutError):
                await listed.click(timeout=_A_LIST_STAYS)

    async def press(self, label: str) -> None:
        await self.frame.locator("#channel-message-list").get_by_role("button", name=label).last.click()

    async def sees(self, text: str) -> None:
        await self.frame.locator("#channel-message-list").get_by_text(text).last.wait_for()


async def shown(locator: Any) -> None:
    await locator.wait_for(state="visible")


def room(page: Any, person: str, name: str) -> Any:
    """The bar's link to a room."""
    return page.get_by_role("group", name=person).get_by_role("link", name=name)


async def has_roles(page: Any, person: str, roles: str) -> None:
    await shown(page.get_by_role("group", name=person).get_by_text(roles, exact=True))


async def paid(page: Any, discord: Discord) -> None:
    """Alice has paid on the page that her newest link leads to."""
    async with page.expect_popup() as opening:
        await discord.frame.get_by_role("link", name=re.compile(r"^Pay \$")).last.click()
    store = await opening.value
    await store.get_by_label("Email").fill("alice@example.com")
    await store.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    await shown(store.get_by_role("heading", name="Payment received"))
    await store.close()


async def bought(page: Any) -> Discord:
    """Alice has come from the start page to #shop, and bought something there."""
    await page.get_by_role("navigation").get_by_role("link", name="#shop").first.click()
    discord = Discord(page)
    await discord.command("buy", product=("grove", "GroveGuard"))
    await discord.sees("We sent it to you as a direct message, too.")
    return discord


async def test_a_purchase_from_the_start_page_to_the_payment_and_back(page: Any):
    discord = await bought(page)
    await room(page, "Alice", "DMs new").click()
    await discord.sees("Your payment link")

    async with page.expect_popup() as opening:
        await discord.frame.get_by_role("link", name=re.compile(r"^Pay \$24\.99")).click()
    store = await opening.value
    await shown(store.get_by_text("GroveGuard"))
    await store.get_by_label("Email").fill("alice@example.com")
    await store.get_by_role("button", name="Pay $24.99").click()
    await shown(store.get_by_role("heading", name="Payment received"))
    await store.get_by_role("link", name="Back to the shop").click()
    await shown(room(store, "Alice", "DMs"))
    await Discord(store).sees("GroveGuard")


async def test_a_link_expires_before_ones_eyes_and_is_renewed(page: Any):
    discord = await bought(page)
    # An address of Discord's, which stays in the demo.
    await discord.frame.get_by_role("link", name="Open the message").click()
    await page.wait_for_url("**/room/dm-alice")
    await discord.sees("Your payment link")
    await discord.frame.locator("body").evaluate("body => { body.dataset.sameAsBefore = 'yes'; }")
    await page.get_by_role("button", name="+6 h").click()
    await discord.sees("Payment link expired")
    await discord.frame.get_by_role("button", name="Get a new link").click()
    await shown(discord.frame.get_by_role("link", name=re.compile(r"^Pay \$24\.99")))
    assert await discord.frame.locator("body").get_attribute("data-same-as-before") == "yes", (
        "it was reloaded"
    )


async def test_a_payment_earns_the_role_and_the_key_and_a_refund_takes_the_role_back(page: Any):
    discord = await bought(page)
    await has_roles(page, "Alice", "none yet")
    await room(page, "Alice", "DMs new").click()
    await paid(page, discord)
    await discord.sees("Payment received. Thank you!")
    await has_roles(page, "Alice", "Guardian")
    await discord.press("Show key")
    await discord.sees("Your key")
    await room(page, "Robin", "#sales-log new").click()
    await discord.sees("Purchase paid and delivered")

    async with page.expect_popup() as opening:
        await page.get_by_role("link", name="The store").click()
    owner = await opening.value
    await owner.get_by_role("button", name="Refund").first.click()  # the newest sale
    await shown(owner.get_by_text("PAYMENT_REFUNDED"))
    await discord.sees("Purchase refunded")
    await has_roles(page, "Alice", "none yet")
    await room(page, "Alice", "DMs new").click()
    await discord.sees("You got a refund")


async def test_after_a_restart_the_visitor_is_where_they_were_and_old_buttons_work(page: Any):
    discord = await bought(page)
    await room(page, "Alice", "DMs new").click()
    await paid(page, discord)
    await discord.sees("Payment received. Thank you!")
    await page.get_by_role("button", name="Restart the bot").click()
    await shown(page.get_by_role("button", name="Restarted"))
    await discord.press("Show key")
    await discord.sees("Your key")


async def test_staff_send_an_invoice_that_is_paid_and_one_that_is_declined(page: Any):
    await page.goto(f"{page.url}room/shop-robin")
    discord = Discord(page)
    for number, item in enumerate(("Logo", "Banner"), 1):
        await discord.command("invoice create", member=("Ali", "Alice"), item=item, amount="12,50")
        await discord.press("Send")
        await discord.sees(f"Invoice #{number} for")
    await room(page, "Alice", "DMs new").click()
    await discord.sees("Invoice #2")

    await discord.press("Decline")
    await discord.frame.get_by_role("textbox", name="Reason").fill("I never ordered a banner")
    await discord.frame.get_by_role("button", name="Submit").click()
    await discord.sees("You declined this invoice.")
    await paid(page, discord)  # the only one that still has a link
    await discord.sees("Paid.")
    await room(page, "Robin", "#shop").click()
    await discord.command("invoice list")
    await discord.sees("declined")
    await discord.sees("paid")


async def test_the_storefront_shows_its_pictures(page: Any):
    await page.goto(f"{page.url}room/shop-robin")
    discord = Discord(page)
    await discord.command("shop")
    await discord.sees("38 products")
    pictures = discord.frame.locator("#channel-message-list img")
    await pictures.first.wait_for()
    assert await pictures.evaluate_all(AT_LEAST_ONE_PICTURE)


async def test_a_window_whose_room_is_no_longer_on_show_offers_it_again(page: Any):
    await page.goto(f"{page.url}room/shop-alice")
    await shown(Discord(page).frame.locator("#channel-composer-input"))
    await page.evaluate("document.hasFocus = () => false")
    other = await page.context.new_page()
    await other.goto(page.url.replace("shop-alice", "dm-robin"))
    await shown(Discord(other).frame.locator("#channel-composer-input"))
    await page.get_by_role("button", name="Show #shop as Alice here").click()
    await Discord(page).frame.get_by_placeholder("Message #shop").wait_for()


async def test_a_room_opens_at_the_end_of_its_newest_message_and_none_of_its_switches_is_cut(page: Any):
    await page.goto(f"{page.url}room/shop-alice")
    frame = next(frame for frame in page.frames if frame.parent_frame)
    await frame.wait_for_function("() => window.simcordPreview?.ready")
    await frame.wait_for_timeout(_IT_MAY_STILL_MOVE)
    at_the_end = "each => each.scrollHeight - each.scrollTop - each.clientHeight < 2"
    assert await frame.locator("#channel-timeline").evaluate(at_the_end), "Browse the shop is out of sight"

    for width in (1280, 430):
        await page.set_viewport_size({"width": width, "height": 800})
        for switch in await page.locator(".small-button:visible, .small-link").all():
            box = await switch.bounding_box()
            assert box is not None
            assert box["x"] >= 0, await switch.inner_text()
            assert box["x"] + box["width"] <= width, await switch.inner_text()


async def test_a_thread_for_help_is_called_by_its_name_and_announced_to_nobody(page: Any):
    discord = await bought(page)
    await room(page, "Alice", "DMs new").click()
    await paid(page, discord)
    await discord.sees("Payment received. Thank you!")
    await discord.press("Problem with this purchase")
    await discord.sees("private thread with staff in #shop")
    await room(page, "Robin", "#sales-log new").click()
    await discord.sees("Help them in #Help: ")
    await room(page, "Mia", "#shop").click()
    await discord.sees("Browse the shop")
    assert not await discord.frame.get_by_text("started a thread").last.is_visible()
