"""Why a coupon can't be made, seen or disabled."""

from typing import ClassVar

from bot.errors import Refusal, StoreFailed, StoreTrouble
from bot.texts import code, template, text


def no_token() -> Refusal:
    return Refusal(
        "no_token_for_coupons",
        text(
            "This bot can't manage coupons without pandabase.api_token. Use Pandabase's dashboard, or ask "
            "the bot's owner to set it."
        ),
    )


def percent_or_amount() -> Refusal:
    return Refusal(
        "percent_or_amount",
        text("Choose either percent or amount: a coupon takes off one of the two. Nothing was created."),
    )


def percent_impossible() -> Refusal:
    return Refusal("percent_impossible", text("The percentage must be 1 to 100. Nothing was created."))


def code_impossible(shortest: int, longest: int) -> Refusal:
    sentence = text(
        "A code has {shortest} to {longest} characters: letters from A to Z, digits, - and _. "
        "Nothing was created.",
        shortest=shortest,
        longest=longest,
    )
    return Refusal("code_impossible", sentence)


def coupon_unknown(typed: str) -> Refusal:
    sentence = text("There's no coupon {code}. See them all in /store coupon list.", code=code(typed))
    return Refusal("coupon_unknown", sentence)


def disabled_already(coupon: str) -> Refusal:
    sentence = text("The coupon {code} is already disabled, so nothing changed.", code=code(coupon))
    return Refusal("coupon_disabled_already", sentence)


def being_disabled(coupon: str) -> Refusal:
    sentence = text(
        "Somebody is disabling the coupon {code} right now. Look at /store coupon list in a moment.",
        code=code(coupon[:64]),
    )
    return Refusal("coupon_being_disabled", sentence)


class CouponsFailed(StoreFailed):
    """The store could not be asked about coupons, or its answer is missing."""

    sentences: ClassVar = {
        StoreTrouble.NOT_ALLOWED: template(
            "The store didn't allow it: pandabase.api_token is wrong or lacks the scope {scope}. "
            "Ask the bot's owner to give it that scope, or use Pandabase's dashboard."
        ),
        StoreTrouble.BUSY: template("The store is very busy. Try again in a minute."),
        StoreTrouble.AWAY: template("The store isn't answering. Try again in a few minutes."),
        StoreTrouble.UNCONFIRMED: template(
            "The store didn't confirm it. Look at /store coupon list before you try again: "
            "it may have happened."
        ),
        StoreTrouble.UNREADABLE: template(
            "The store sent an answer we can't read. Look in Pandabase's dashboard."
        ),
    }
