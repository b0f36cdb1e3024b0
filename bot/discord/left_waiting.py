"""Tells those whom a killed process left with "thinking…" that nothing comes of it any more.

What is noted of those who wait goes when Discord's 15 minutes for an answer are over.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from bot.discord.components import Card, button, notice
from bot.discord.private_replies import Arrival, PrivateReplies
from bot.jobs.tokens import LOOKED_FOR_EVERY, Tokens
from bot.jobs.waiting import Asked, Waiting, WaitingAnswers
from bot.jobs.worker import Clock, Worker
from bot.texts import text

_SENTENCES: Final = {
    Asked.LOOK: text("We restarted before we could answer. Try again."),
    Asked.LINK: text("We restarted before your payment link was ready. You haven't been charged. Try again."),
    Asked.CHANGE: text(
        "We restarted before we could answer. Check whether it was done before you try again."
    ),
}
_AT_ONCE: Final = 10
_PATIENCE: Final = 20.0
"""Seconds for one of them: what hangs at Discord holds up no other for longer."""
_AGAIN_AFTER: Final = timedelta(seconds=10)


class LeftWaiting:
    """`worker` runs often until everybody is told, and now and then from there on."""

    def __init__(
        self, waiting: WaitingAnswers, tokens: Tokens, replies: PrivateReplies, clock: Clock
    ) -> None:
        self._waiting = waiting
        self._tokens = tokens
        self._replies = replies
        self._clock = clock
        self.worker = Worker(self._tell, name="answers that a dead process owes", clock=clock)

    async def _tell(self) -> datetime:
        now = self._clock()
        self._waiting.forget_tokens(now)
        left = self._waiting.left
        if not left:
            return now + LOOKED_FOR_EVERY
        promised = await self._tokens.promised()
        for note, waiting in left.items():
            if waiting.reply.token in promised:  # its row answers, with more than this could say
                self._waiting.forget(note)
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(
            *(self._tell_one(slots, note, waiting) for note, waiting in self._waiting.left.items())
        )
        return self._clock() + (_AGAIN_AFTER if self._waiting.left else LOOKED_FOR_EVERY)

    async def _tell_one(self, slots: asyncio.Semaphore, note: int, waiting: Waiting) -> None:
        async with slots:
            try:
                async with asyncio.timeout(_PATIENCE):
                    arrival = await self._replies.edit_if_thinking(waiting.reply, _card(waiting))
            except TimeoutError:
                return
        if arrival is not Arrival.UNKNOWN:
            self._waiting.forget(note)


def _card(waiting: Waiting) -> Card:
    buttons = (button(text("Try again"), waiting.retry),) if waiting.retry else ()
    return notice(_SENTENCES[waiting.asked], buttons=buttons)
