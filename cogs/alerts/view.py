"""What members are told of a product that they wait for."""

from dataclasses import dataclass

import discord

from bot.alerts.models import AlertChange, AlertKind, AlertNews, AlertSwitched
from bot.catalog.availability import Line
from bot.discord.cards import Picture, State, card
from bot.discord.components import Card, button, notice
from bot.errors import Refusal
from bot.money import Money
from bot.texts import Text, lines, text
from cogs import custom_ids
from cogs.catalog.product_text import ProductText, pictures_of, plain, shown
from cogs.shop.product_view import buy_label

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class AlertView:
    """`mark` is written before a title."""

    product_text: ProductText
    mark: Text

    def pressed(self, kind: AlertKind, pressed: AlertSwitched) -> Card:
        """The answer to the button."""
        title = shown(pressed.product.title, _LONGEST_NAME)
        if pressed.change is AlertChange.NOT_NEEDED:
            return notice(text("**{product}** is in stock. Use /buy or /shop to get it.", product=title))
        if pressed.change is AlertChange.REMOVED:
            return notice(text("Okay, we won't message you about **{product}**.", product=title))
        if kind is AlertKind.STOCK:
            kept = text("We'll message you once when **{product}** is back.", product=title)
        else:
            kept = text("We'll message you once if **{product}** gets cheaper.", product=title)
        missed = text("Last time we couldn't: your direct messages from this server were closed.")
        how = text(
            "-# Keep direct messages from this server open, or we can't reach you. Press the "
            "button again if you change your mind."
        )
        return notice(lines(kept, missed if pressed.missed else None, how))

    def news(self, news: AlertNews, offered: Line | Refusal) -> Card:
        """The direct message."""
        product, reference = news.product, news.alert.reference
        title = shown(product.title, _LONGEST_NAME)
        price = None
        if news.alert.watched.kind is AlertKind.PRICE:
            heading = text("The price dropped")
            price = text(
                "~~{old}~~ **{new}**",
                old=Money(news.alert.price, product.currency),
                new=Money(news.price, product.currency),
            )
        else:
            heading = text("Back in stock")
        chosen = next((each for each in product.variants if each.id == news.alert.watched.variant_id), None)
        pictures = pictures_of(product, chosen)
        variant = None if chosen is None else shown(chosen.title, _LONGEST_NAME)
        label = buy_label(offered) if isinstance(offered, Line) else text("Buy")
        amount = offered.amount if isinstance(offered, Line) else None
        return card(
            State.NEUTRAL,
            heading,
            text("**{product}**", product=title),
            variant,
            price or self.product_text.price(product, chosen),
            picture=Picture(pictures[0], plain(product.title, _LONGEST_NAME)) if pictures else None,
            facts=(text("-# You asked us to tell you. We won't message you about this again."),),
            buttons=(button(label, custom_ids.alert_buy(reference, amount), discord.ButtonStyle.success),),
            mark=self.mark,
        )
