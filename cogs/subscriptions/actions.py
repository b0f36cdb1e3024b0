"""What members do with the subscriptions that they pay, in `/purchases` and in reminders."""

from bot.discord.interactions import Answer
from bot.subscriptions.refusals import ManagedElsewhere
from bot.subscriptions.service import ManagedSubscription, Step, SubscriptionManagement
from cogs.subscriptions.view import SubscriptionView


class SubscriptionActions:
    """Whose it is, is checked at every click. Each raises purchase_unknown, not_yours, nothing_to_manage.

    A store that can't be asked is no dead end: the way to it is shown.
    """

    def __init__(self, management: SubscriptionManagement, view: SubscriptionView) -> None:
        self._management = management
        self._view = view

    async def show(self, answer: Answer, user_id: int, reference: str) -> None:
        try:
            managed = await self._of(answer, user_id, reference)
        except ManagedElsewhere as refused:
            await answer.show(self._view.elsewhere(refused), announce=False)
        else:
            await answer.show(self._view.page(managed), announce=False)

    async def ask(self, answer: Answer, user_id: int, reference: str, step: Step) -> None:
        """Nobody cancels by one click; where there is nothing to ask any more, how it stands is shown."""
        try:
            managed = await self._of(answer, user_id, reference)
        except ManagedElsewhere as refused:
            await answer.show(self._view.elsewhere(refused), announce=False)
            return
        shown = self._view.question(managed, step) if managed.step is step else self._view.page(managed)
        await answer.show(shown, announce=False)

    async def carry_out(self, answer: Answer, user_id: int, reference: str, step: Step) -> None:
        """Raises also what `SubscriptionManagement.carry_out` does."""
        await self._of(answer, user_id, reference)
        try:
            managed = await self._management.carry_out(user_id, reference, step)
        except ManagedElsewhere as refused:
            await answer.show(self._view.elsewhere(refused), announce=False)
        else:
            await answer.show(self._view.page(managed, done=step), announce=False)

    async def _of(self, answer: Answer, user_id: int, reference: str) -> ManagedSubscription:
        managed = await self._management.of(user_id, reference)
        answer.guild_id = managed.sale.guild_id  # in a direct message, whose shop it is
        return managed
