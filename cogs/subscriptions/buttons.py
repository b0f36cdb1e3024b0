"""The buttons of a subscription. Every one outlives the process."""

from typing import Any

from discord import ui

from bot.discord.components import Persistent
from bot.discord.interactions import Interaction, private_answer, service_of, update_in_place
from bot.jobs.waiting import Asked
from bot.subscriptions.service import Step
from cogs import custom_ids
from cogs.subscriptions.actions import SubscriptionActions


class ManageSubscription(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUBSCRIPTION):
    """Shows how it stands, below the list or the reminder."""

    async def callback(self, interaction: Interaction) -> None:
        async with private_answer(interaction, Asked.LOOK, retry=self.match.string) as answer:
            await _actions(interaction).show(answer, interaction.user.id, self.match["reference"])


class SubscriptionQuestion(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUBSCRIPTION_STEP):
    """Asks whether to cancel or resume it, or goes back from the question."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions, reference = _actions(interaction), self.match["reference"]
            if self.match["step"] == "show":
                await actions.show(answer, interaction.user.id, reference)
            else:
                await actions.ask(answer, interaction.user.id, reference, Step(self.match["step"]))


class SureAboutSubscription(
    Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.SUBSCRIPTION_SURE
):
    """Cancels or resumes it."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            step = Step(self.match["step"])
            await _actions(interaction).carry_out(answer, interaction.user.id, self.match["reference"], step)


ITEMS = (ManageSubscription, SubscriptionQuestion, SureAboutSubscription)


def _actions(interaction: Interaction) -> SubscriptionActions:
    return service_of(interaction, SubscriptionActions)
