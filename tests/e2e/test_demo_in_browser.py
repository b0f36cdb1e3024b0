import re
from typing import Any

import pytest

from tests.e2e.demo_process import DemoProcess

# The pages follow the demo every half second; a busy machine gets time.
PATIENCE = 15_000
AT_LEAST_ONE_PICTURE = "images => images.some(image => image.naturalWidth > 0)"


@pytest.fixture
async def page(browser: Any, demo: DemoProcess):
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(demo.address)
    yield page
    await context.close()


class Discord:
    """The simulated one, in its frame."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frame = page.frame_locator("iframe")

    async def command(self, name: str, **options: tuple[str, str]) -> None:
        """Type a command; an option is what is typed and the suggestion to choose."""
        await self.frame.locator("#channel-composer-input").click()
        await self.page.keyboard.type(f"/{name}")
        await self.frame.get_by_role("option", name=f"/{name}").click()
        for typed, chosen in options.values():
            await self.page.keyboard.type(typed)
            await self.frame.get_by_role("option", name=chosen).click()
        await self.frame.get_by_role("button", name="Send").click()

    async def sees(self, text: str) -> None:
        await self.frame.locator("#channel-message-list").get_by_text(text).last.wait_for()


async def shown(locator: Any) -> None:
    await locator.wait_for(state="visible")


async def bought(page: Any) -> Discord:
    """Alice has come from the start page to #shop, and bought something there."""
    await page.get_by_role("navigation").get_by_role("link", name="#shop").first.click()
    discord = Discord(page)
    await discord.command("buy", product=("grove", "GroveGuard"))
    await discord.sees("Your payment link is in your direct messages.")
    return discord


async def test_a_purchase_from_the_start_page_to_the_payment_and_back(page: Any):
    discord = await bought(page)
    await shown(page.get_by_role("link", name="Alice’s DMs new"))
    await page.get_by_role("link", name="Alice’s DMs").click()
    await discord.sees("Your payment link")

    async with page.expect_popup() as opening:
        await discord.frame.get_by_role("link", name=re.compile(r"^Pay \$24\.99")).click()
    store = await opening.value
    await shown(store.get_by_text("GroveGuard"))
    await store.get_by_label("E-mail").fill("alice@example.com")
    await store.get_by_role("button", name="Pay $24.99").click()
    await shown(store.get_by_role("heading", name="Payment received"))
    await store.get_by_role("link", name="Back to the shop").click()
    await shown(store.get_by_role("link", name="Alice’s DMs"))
    await Discord(store).sees("GroveGuard")


async def test_a_link_expires_before_ones_eyes_and_is_renewed(page: Any):
    discord = await bought(page)
    # An address of Discord's, which stays in the demo.
    await discord.frame.get_by_role("link", name="Open the message").click()
    await page.wait_for_url("**/room/dm-alice")
    await discord.sees("Your payment link")
    await discord.frame.locator("body").evaluate("body => { body.dataset.sameAsBefore = 'yes'; }")
    await page.get_by_role("button", name="+6 h").click()
    await discord.sees("This payment link has expired")
    await discord.frame.get_by_role("button", name="Get a new link").click()
    await shown(discord.frame.get_by_role("link", name=re.compile(r"^Pay \$24\.99")))
    assert await discord.frame.locator("body").get_attribute("data-same-as-before") == "yes", (
        "it was reloaded"
    )


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
