"""Why something that a payment earns can't be shown, given or sold."""

from bot.errors import BambooError, Refusal
from bot.texts import Text, text, titled


def no_receipt() -> Refusal:
    return Refusal("no_receipt", text("There's no receipt yet. It comes once the payment arrives."))


def benefit_unknown() -> Refusal:
    return Refusal(
        "benefit_unknown",
        text("That role isn't given by any product here. See them all in /store benefit list."),
    )


def role_unfit(why: Text) -> Refusal:
    """The role can't be given; `why` says so, and what to change."""
    return Refusal("role_unfit", why)


def role_out_of_reach(role: str) -> Refusal:
    """Who wants to sell the role would gain by it; `role` is its name."""
    sentence = text(
        "The **{role}** role allows more than you can do yourself, and you couldn't give "
        "it by hand. Ask the server's owner, or someone with Manage Roles whose role is "
        "above it.",
        role=titled(role),
    )
    return Refusal("role_out_of_reach", sentence)


def replaces_itself() -> Refusal:
    return Refusal(
        "replaces_itself",
        text("A role can't replace itself. Choose another one to take away, or leave it empty."),
    )


def nothing_to_post() -> Refusal:
    return Refusal(
        "nothing_to_post",
        text("Write a message too: it's what the bot posts in the channel."),
    )


def proposal_gone() -> Refusal:
    return Refusal(
        "proposal_gone",
        text("This was already answered, or it's too old. Use /store benefit add to start again."),
    )


def not_retried() -> Refusal:
    return Refusal(
        "not_retried",
        text("Nothing left to retry: it went through, or someone is already retrying it."),
    )


def nothing_to_end() -> Refusal:
    return Refusal(
        "nothing_to_end",
        text("This subscription isn't paused anymore, or its access has already ended."),
    )


def not_yours_any_more() -> Refusal:
    return Refusal(
        "not_yours_any_more",
        text("There's nothing to show anymore: the payment was refunded or is disputed."),
    )


class KeysOutOfReach(BambooError):
    """The store doesn't give them; `detail` is for the log."""

    sentence = text(
        "We can't get your key from the store right now. It's still yours: try again in a few minutes, "
        "or check the store's email."
    )

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail

    def __str__(self) -> str:
        return f"KeysOutOfReach: {self.detail}"
