"""Why a panel can't be posted, found or announced."""

from bot.errors import Refusal
from bot.texts import Text, ntext, text


def panel_unknown() -> Refusal:
    return Refusal("panel_unknown", text("That panel isn't here. See them all in /store panel list."))


def panel_gone() -> Refusal:
    """The row of a button is gone, as in a backup that was put back."""
    return Refusal("panel_gone", text("This message is from before an update. Use /shop or /buy instead."))


def too_many_panels(most: int) -> Refusal:
    return Refusal(
        "too_many_panels",
        ntext(
            "This server has {count} panel or announcement, which is the limit. Remove one with "
            "/store panel remove first.",
            "This server has {count} panels and announcements, which is the limit. Remove one with "
            "/store panel remove first.",
            most,
        ),
    )


def one_or_the_other() -> Refusal:
    return Refusal(
        "product_and_category", text("Choose a product or a category, not both. Nothing was posted.")
    )


def category_unknown(typed: str) -> Refusal:
    return Refusal(
        "category_unknown",
        text("There's no category “{typed}”. Start typing and choose from the list.", typed=typed),
    )


def channel_lacks(channel: Text, permissions: Text) -> Refusal:
    """The bot may not write there; `permissions` are those that it would need."""
    return Refusal(
        "channel_lacks",
        text(
            "The bot is missing permissions in {channel}: {permissions}. Allow them there, then try again.",
            channel=channel,
            permissions=permissions,
        ),
    )


def channel_not_yours(channel: Text) -> Refusal:
    """Who can't write there has nothing posted there by the bot."""
    return Refusal(
        "channel_not_yours",
        text("You can't send messages in {channel}, so the bot won't post there for you.", channel=channel),
    )


def draft_gone() -> Refusal:
    return Refusal(
        "draft_gone",
        text("This was already answered, or it's too old. Use /store announce to start again."),
    )
