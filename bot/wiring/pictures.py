"""What cards show besides words: whose shop it is, and a picture of what is sold."""

from typing import Final

from bot.catalog.catalog import Catalog
from bot.catalog.models import Product
from bot.checkout.models import Basket
from bot.discord.cards import Picture, Sender
from bot.discord.client import ShopBot
from cogs.catalog.product_text import address_of, pictures_of

_PICTURE_SIZE: Final = 128
"""Pixels of a server's picture: Discord shows it smaller than that."""


def sender_of(bot: ShopBot, catalog: Catalog, guild_id: int) -> Sender:
    """The shop of a server, as far as Discord and the store have told of it.

    Its picture is the server's, else the store's.
    """
    guild, store = bot.get_guild(guild_id), catalog.store
    server, name = (guild.name if guild else ""), (store.name if store else "")
    picture: Picture | None
    if guild is not None and guild.icon is not None:
        picture = Picture(guild.icon.with_size(_PICTURE_SIZE).url, server)
    else:
        logo = address_of(store.logo) if store and store.logo else None
        picture = Picture(logo, name) if logo else None
    return Sender(server, name, picture)


def picture_of(catalog: Catalog, basket: Basket) -> Picture | None:
    """A picture of what is sold, if it is one thing and is known without asking the store."""
    if len(basket.lines) != 1 or basket.lines[0].product_id is None:
        return None
    [line] = basket.lines
    product = catalog.known(line.product_id or "")
    if product is None:
        return None
    variants = product.variants if isinstance(product, Product) else ()
    variant = next((each for each in variants if each.id == line.variant_id), None)
    found = pictures_of(product, variant)
    return Picture(found[0], line.title) if found else None
