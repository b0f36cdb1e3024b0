"""`python -m sandbox.demo.screenshots FOLDER`: the README's pictures, taken from the demo itself.

Needs Playwright's Python package and Chromium.
"""

import asyncio
import io
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright

from bot.errors import BambooError
from sandbox.demo.serve import listen, running_demo

# No sandbox: this may run as root in a container, and it sees the demo's own pages only.
OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
PATIENCE: Final = 30_000
"""Milliseconds."""
NARROW: Final = 720
WIDE: Final = 1000
MARGIN: Final = 8
"""Pixels."""
COLOURS: Final = 256
"""Enough for pages like these, at a third of the size."""


class PictureMissed(BambooError):
    """The demo didn't come to what was to be in it."""


class Photographer:
    """Goes through the demo as whoever is in the picture."""

    def __init__(self, page: Page, address: str, folder: Path) -> None:
        self._page = page
        self._address = address
        self._folder = folder
        self._discord = page.frame_locator("iframe")
        self._messages = self._discord.locator("#channel-message-list > article")
        self._message = self._messages.last

    async def take_all(self) -> None:
        await self._page.set_viewport_size({"width": WIDE, "height": 700})
        await self._page.goto(self._address)
        await self._save("demo", await self._page.screenshot())

        pay = await self._buy()
        await self._page.set_viewport_size({"width": WIDE, "height": 700})
        await self._page.goto(pay)
        await self._save("checkout", await self._page.screenshot())
        await self._get_what_was_bought()
        await self._charge()

    async def _buy(self) -> str:
        """The address of the payment page."""
        await self._page.set_viewport_size({"width": NARROW, "height": 1300})
        await self._page.goto(f"{self._address}room/shop-alice")
        await self._type("/shop")
        await self._send.click()
        menu = self._message.get_by_role("combobox", name="Choose a product")
        await self._take("storefront", menu)

        await menu.click()
        await self._discord.get_by_role("option", name="Harbour Castle schematic").click()
        buy = self._message.get_by_role("button", name="Buy")
        await self._take("product", buy)

        await buy.click()
        await self._message.get_by_text("Your payment link is ready").wait_for()
        await self._page.goto(f"{self._address}room/dm-alice")
        pay = self._message.get_by_role("link", name="Pay")
        await self._take("direct-message", pay)
        return await pay.get_attribute("href") or ""

    async def _get_what_was_bought(self) -> None:
        """What comes of a payment that earns a role: Mia's direct messages from the receipt to the key."""
        await self._page.set_viewport_size({"width": NARROW, "height": 1300})
        await self._page.goto(f"{self._address}room/shop-mia")
        await self._type("/buy")
        await self._page.keyboard.type("GroveGuard")
        await self._discord.get_by_role("option", name="GroveGuard").click()
        await self._send.click()
        await self._message.get_by_text("Your payment link is ready").wait_for()
        await self._page.goto(f"{self._address}room/dm-mia")
        pay = self._message.get_by_role("link", name="Pay")
        await self._page.goto(await pay.get_attribute("href") or "")
        await self._page.get_by_label("Email").fill("mia@example.com")
        await self._page.get_by_role("button", name="Pay").click()
        await self._page.get_by_role("link", name="Back to the shop").click()
        receipt = self._messages.filter(has_text="Payment received")
        await receipt.get_by_role("button", name="Show key").click()
        await self._take("delivery", self._message.get_by_text("Your key"), first=receipt)

    async def _charge(self) -> None:
        """Robin makes an invoice, and sees what Alice will get."""
        await self._page.goto(f"{self._address}room/shop-robin")
        await self._type("/invoice create")
        await self._page.keyboard.type("Alice")
        await self._discord.get_by_role("option", name="Alice").first.click()
        await self._send.click()
        await self._discord.get_by_role("textbox", name="What for?").fill("Logo")
        await self._discord.get_by_role("textbox", name="Price for one").fill("12.50")
        await self._discord.get_by_role("button", name="Submit").click()
        await self._take("invoice", self._message.get_by_role("button", name="Discard"))

    async def _type(self, command: str) -> None:
        await self._discord.locator("#channel-composer-input").click()
        await self._page.keyboard.type(command)
        await self._discord.get_by_role("option", name=command).click()

    @property
    def _send(self) -> Locator:
        return self._discord.locator("#channel-composer").get_by_role("button", name="Send")

    async def _take(self, name: str, last_part: Locator, *, first: Locator | None = None) -> None:
        """The newest message, or all from the first, once this part of it is there and its pictures are."""
        await last_part.wait_for()
        frame = next(frame for frame in self._page.frames if frame.parent_frame)
        await frame.wait_for_function("() => window.simcordPreview.ready")
        # What SimCord offers beside a message, such as a reply, isn't the bot's.
        await frame.evaluate(
            "() => document.querySelectorAll('.message-context-actions').forEach(each => each.remove())"
        )
        box = await self._message.bounding_box()
        top = box if first is None else await first.bounding_box()
        if box is None or top is None:
            raise PictureMissed(f"{name}: there is no message")
        start = top["y"] - (MARGIN if first is None else 0)  # above the first there may be another
        around = {
            "x": 0,
            "y": start,
            "width": NARROW,
            "height": box["y"] + box["height"] - start + MARGIN,
        }
        await self._save(name, await self._page.screenshot(clip=around))  # type: ignore[arg-type]

    async def _save(self, name: str, png: bytes) -> None:
        picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        path = self._folder / f"{name}.png"
        picture.save(path, optimize=True)
        typer.echo(f"{path}: {picture.width} × {picture.height}, {path.stat().st_size / 1000:.0f} kB")


def main(folder: Annotated[Path, typer.Argument(help="Where to put them.")]) -> None:
    """Take pictures of the start page, the storefront, a product, a payment, a delivery, an invoice."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(_photograph(folder, Path(data)))


async def _photograph(folder: Path, data: Path) -> None:
    async with running_demo(listen(0), data) as demo, async_playwright() as playwright:
        # Debian's browser, where there is one; else the one that Playwright installed.
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        page = await browser.new_page(color_scheme="light")
        page.set_default_timeout(PATIENCE)
        await Photographer(page, demo.address, folder).take_all()
        await browser.close()


if __name__ == "__main__":
    typer.run(main)
