"""`make gallery`: one page with a picture of every card, in every language, wide and narrow.

The tests keep the cards (`tests.gallery.recording`); SimCord's page shows them as Discord would, and Chromium
takes the pictures. It needs Playwright's Python package and Chromium.
"""

import asyncio
import html
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import discord
from discord.http import Route
from playwright.async_api import Page, async_playwright

from sandbox import pictures
from sandbox.demo.patient_env import PatientEnv
from tests.gallery.recording import FILE, kept_in

WIDTHS: Final = {"wide": 900, "narrow": 400}
"""Pixels of the window: a desktop's message column, and a phone."""
AT_ONCE: Final = 20
"""Cards in a channel: what scrolls far out of sight isn't drawn."""
OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SETTLES_WITHIN: Final = 1000
"""Milliseconds: SimCord's page scrolls to the newest message once all of them have their size."""
COMPONENTS_V2: Final = 1 << 15
PICTURE: Final = "https://pandabase.io/pictures/any.png"
"""One for all of them: SimCord takes its time for each."""
REMOTE: Final = re.compile(r'"(https?://[^"]+?/pictures/[^"]+|https?://[^"]+\.(?:png|jpg|webp))"')

Card = Mapping[str, Any]


async def make(folder: Path) -> None:
    cards = sorted(kept_in(folder / FILE), key=lambda card: card["test"])
    shots = folder / "pictures"
    shots.mkdir(exist_ok=True)
    locales = sorted(
        {locale for card in cards for locale in card["said"]}, key=lambda each: (each != "en", each)
    )
    async with browser() as page:
        for locale in locales:
            for start in range(0, len(cards), AT_ONCE):
                await photograph(page, cards[start : start + AT_ONCE], locale, shots)
                sys.stdout.write(f"{locale}: {min(start + AT_ONCE, len(cards))} of {len(cards)}" + "\n")
    (folder / "index.html").write_text("".join(document(cards, locales)), encoding="utf-8")
    sys.stdout.write(f"{folder / 'index.html'}: {len(cards)} cards in {', '.join(locales)}" + "\n")


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=chromium, args=OPTIONS)
        try:
            yield await started.new_page(bypass_csp=True)
        finally:
            await started.close()


async def photograph(page: Page, cards: Sequence[Card], locale: str, shots: Path) -> None:
    """Show the cards in a channel of a simulated Discord, and take a picture of each."""
    client = discord.AutoShardedClient(intents=discord.Intents.default(), shard_count=1)
    async with AsyncExitStack() as stack:
        env = PatientEnv(client)
        await env.start()
        stack.push_async_callback(env.shutdown)
        guild = env.create_guild("Bamboo Grove")
        viewer = guild.add_member(env.create_user("alice", global_name="Alice"))
        channel = guild.create_text_channel("gallery")
        env.backend.bot_user.name = "Bamboo"
        await env.settle()
        people = {"@": viewer.id, "@&": guild.create_role("VIP").id, "#": channel.id}
        shown = [
            card for card in cards if await posted(client, channel.id, named(card["said"][locale], people))
        ]
        drawn = {PICTURE: ("picture.png", pictures.logo())}
        async with env.preview(channel, viewers=[viewer], layout="channel", assets=drawn) as preview:
            for name, width in WIDTHS.items():
                await page.set_viewport_size({"width": width, "height": 1600})
                await page.goto("about:blank")
                await page.goto(preview.url)
                messages = page.locator("#channel-message-list > article")
                await messages.nth(len(shown) - 1).wait_for()
                await page.add_style_tag(
                    content=".messages-sidebar,.drawer-scrim,.inspector-panel,.preview-toolbar{display:none!important}"
                )
                await page.wait_for_timeout(SETTLES_WITHIN)
                for number, card in enumerate(shown):
                    path = shots / f"{card['key']}-{locale}-{name}.png"
                    await messages.nth(number).screenshot(path=path)


def named(components: Any, ids: Mapping[str, int]) -> Any:
    """With mentions of somebody, and of some role and channel, that are there, and a picture that is."""
    said = REMOTE.sub(json.dumps(PICTURE), json.dumps(components))
    return json.loads(re.sub(r"<(@&|[@#])\d+>", lambda found: f"<{found[1]}{ids[found[1]]}>", said))


async def posted(client: discord.Client, channel_id: int, components: Any) -> bool:
    """Whether Discord takes the card; a button that leads to a file of the message's own isn't taken here."""
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
    try:
        await client.http.request(route, json={"flags": COMPONENTS_V2, "components": components})
    except discord.HTTPException as error:
        sys.stderr.write(f"not shown: {error}" + "\n")
        return False
    return True


def document(cards: Sequence[Card], locales: Sequence[str]) -> Iterator[str]:
    """The page: a section for each test file, a row for each card."""
    yield "<!doctype html><meta charset=utf-8><title>Bamboo: every card</title>"
    yield (
        "<style>body{background:#1e1f22;color:#dbdee1;font:14px system-ui;margin:2rem}"
        "h2{margin:2.5rem 0 .5rem}figure{display:inline-block;margin:.4rem;vertical-align:top}"
        "figcaption{color:#949ba4;font-size:12px}img{border-radius:8px;max-width:100%}"
        "nav a{color:#00a8fc;margin-right:1rem;white-space:nowrap}</style>"
    )
    yield f"<h1>Every card, as the tests have shown it</h1><p>{len(cards)} cards, {', '.join(locales)}</p>"
    places = list(dict.fromkeys(card["test"].split("::")[0] for card in cards))
    yield (
        "<nav>"
        + "".join(f'<a href="#{html.escape(each)}">{html.escape(Path(each).stem)}</a>' for each in places)
        + "</nav>"
    )
    for place in places:
        yield f'<h2 id="{html.escape(place)}">{html.escape(place)}</h2>'
        for card in cards:
            if card["test"].split("::")[0] == place:
                yield f"<section title='{html.escape(card['test'])}'>"
                for locale in locales:
                    for name in WIDTHS:
                        yield (
                            f"<figure><img loading=lazy src='pictures/{card['key']}-{locale}-{name}.png'>"
                            f"<figcaption>{card['key']} · {locale} · {name}</figcaption></figure>"
                        )
                yield "</section>"


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
