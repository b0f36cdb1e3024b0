"""Why something that a payment earns can't be shown, given or sold."""

from bot.errors import BambooError, Refusal
from bot.texts import Text, text, titled


def no_receipt() -> Refusal:
    return Refusal("no_receipt", text("There's no receipt yet. It comes once the payment arrives."))


def benefit_unknown() -> Refusal:
    return Refusal(
        "benefit_unknown", text("There is no such benefit here. /store benefit list shows them all.")
    )


def role_unfit(why: Text) -> Refusal:
    """The role can't be given; `why` says so, and what to change."""
    return Refusal("role_unfit", why)


def role_out_of_reach(role: str) -> Refusal:
    """Who wants to sell the role would gain by it; `role` is its name."""
    sentence = text(
        "The role **{role}** allows more than you may do yourself, and you couldn't give it by hand. "
        "Ask the owner of this server, or somebody with Manage Roles who stands above it.",
        role=titled(role),
    )
    return Refusal("role_out_of_reach", sentence)


def proposal_gone() -> Refusal:
    return Refusal(
        "proposal_gone",
        text("This was answered already, or asked too long ago. Use /store benefit add to be asked again."),
    )


def not_retried() -> Refusal:
    return Refusal(
        "not_retried",
        text("There is nothing left to retry here: it went through, or somebody retries it already."),
    )


def nothing_to_end() -> Refusal:
    return Refusal(
        "nothing_to_end",
        text("This subscription isn't paused any more, or its access has ended already."),
    )


def not_yours_any_more() -> Refusal:
    return Refusal(
        "not_yours_any_more",
        text("There's nothing to show any more: the payment was refunded or is disputed."),
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
