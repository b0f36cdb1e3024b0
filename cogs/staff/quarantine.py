"""`/store quarantine`: payments that don't fit, one after the other, for staff to decide on."""

from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.discord.cards import State, headed
from bot.discord.components import Card, Persistent, button, mark_of_store, notice
from bot.discord.interactions import Answer, Interaction, private_answer, service_of, update_in_place
from bot.discord.localized import MemberMenu, Paragraph
from bot.discord.roles import find_member
from bot.discord.staff import Staff
from bot.errors import Refusal
from bot.fulfilment.benefits import Benefits
from bot.markdown import cut
from bot.money import Money
from bot.payments.quarantine import Quarantine, QuarantineEntry, observation_of
from bot.payments.quarantine_repository import QuarantinedPayment
from bot.payments.verification import SENTENCES, Reason
from bot.texts import Text, as_text, code, joined, lines, mention, text
from cogs import custom_ids
from cogs.checkout.actions import origin_of

_CHOICE: Final = text("-# Accept: the member gets what was bought. Dismiss: nothing is given or refunded.")
_MOST_ITEMS: Final = 10


class QuarantineActions:
    """`test` marks a store in which nothing is real."""

    def __init__(self, quarantine: Quarantine, benefits: Benefits, staff: Staff, *, test: bool) -> None:
        self._quarantine = quarantine
        self._benefits = benefits
        self._staff = staff
        self._mark = mark_of_store(test=test)

    async def show(self, answer: Answer, interaction: Interaction, after: str | None = None) -> None:
        """The payment that waits longest, or the one after another."""
        guild_id = self._staff.require(interaction)
        await answer.show(self._card(await self._quarantine.waiting(guild_id, after)))

    async def show_again(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        """That payment, and no other in its place: the next click may decide on it."""
        guild_id = self._staff.require(interaction)
        await answer.show(self._card(await self._quarantine.one(guild_id, reference)))

    async def ask(self, answer: Answer, interaction: Interaction, reference: str, user_id: int) -> None:
        guild_id = self._staff.require(interaction)
        shown = await self._quarantine.one(guild_id, reference)
        await self._require_reach(guild_id, shown, user_id, by=interaction.user.id)
        accept = button(
            text("Accept payment"),
            custom_ids.quarantined(reference, "accept", user_id),
            discord.ButtonStyle.success,
        )
        back = button(text("Back"), custom_ids.quarantined(reference, "show"), discord.ButtonStyle.secondary)
        asked = text(
            "{mark}Accept {amount} as a payment from {member}? They'll get what was bought.",
            mark=self._mark,
            amount=self._amount(shown.quarantined),
            member=mention(user_id),
        )
        await answer.show(notice(asked, buttons=(accept, back)))

    async def accept(self, answer: Answer, interaction: Interaction, reference: str, user_id: int) -> None:
        guild_id = self._staff.require(interaction)
        if await find_member(interaction.client, guild_id, user_id) is None:
            gone = text("That member isn't in the server anymore. Choose someone else.")
            raise Refusal("member_gone", gone)
        shown = await self._quarantine.one(guild_id, reference)
        await self._require_reach(guild_id, shown, user_id, by=interaction.user.id)
        sale = await self._quarantine.accept(
            origin_of(interaction), reference, user_id, by=interaction.user.id
        )
        accepted = text(
            "{mark}Accepted for {member} as purchase {reference}.",
            mark=self._mark,
            member=mention(user_id),
            reference=code(sale.reference),
        )
        await answer.show(notice(accepted))

    async def _require_reach(self, guild_id: int, shown: QuarantineEntry, user_id: int, *, by: int) -> None:
        """Who accepts a payment gives what it earns: anybody can pay little, and name whom they like."""
        bought = await self._quarantine.lines(shown.quarantined)
        await self._benefits.require_in_reach(guild_id, bought, user_id, by=by)

    async def dismiss(self, answer: Answer, interaction: Interaction, reference: str) -> None:
        guild_id = self._staff.require(interaction)
        await self._quarantine.dismiss(guild_id, reference, by=interaction.user.id)
        await self.show(answer, interaction)

    # --- how it looks ---------------------------------------------------------------------------------

    def _card(self, shown: QuarantineEntry | None) -> Card:
        if shown is None:
            return notice(text("Nothing to decide. Every payment matches its purchase."))
        quarantined = shown.quarantined
        dismissal = custom_ids.quarantined(quarantined.reference, "dismiss")
        dismiss = button(text("Dismiss"), dismissal, discord.ButtonStyle.danger)
        buttons: list[ui.Button[Any]] = [dismiss]
        if quarantined.member_id is not None:
            own = custom_ids.quarantined(quarantined.reference, "accept", quarantined.member_id)
            buttons.insert(0, button(text("Accept for this member"), own, discord.ButtonStyle.success))
        if shown.of > 1:
            following = custom_ids.quarantined(quarantined.reference, "next")
            buttons.append(button(text("Next payment"), following, discord.ButtonStyle.secondary))
        choose = MemberMenu(
            text("Accept for another member…"), custom_id=custom_ids.quarantined_for(quarantined.reference)
        )
        title = text("Payment that doesn't match ({number} of {total})", number=shown.number, total=shown.of)
        return Card(
            Paragraph(headed(State.ATTENTION, title, self._mark)),
            Paragraph(self._details(quarantined)),
            Paragraph(self._why(quarantined)),
            Paragraph(_CHOICE),
            ui.ActionRow(*buttons),
            ui.ActionRow(choose),
            accent=State.ATTENTION.colour,
        )

    def _details(self, quarantined: QuarantinedPayment) -> Text:
        order = observation_of(quarantined).order
        items = order.items or () if order else ()
        claimed = None
        if quarantined.member_id:
            claimed = text("It claims to be for {member}.", member=mention(quarantined.member_id))
        number = text("Order {order}.", order=code(quarantined.order_id.replace("`", "")))
        return lines(
            text("**{amount}**, {date}", amount=self._amount(quarantined), date=quarantined.created_at),
            joined(" ", (number, claimed)),
            *(_bought(item.quantity, item.name) for item in items[:_MOST_ITEMS]),
        )

    def _why(self, quarantined: QuarantinedPayment) -> Text:
        return lines(
            text("**Why it's here**"),
            *(text("- {reason}", reason=SENTENCES[Reason(reason)]) for reason in quarantined.reasons),
        )

    def _amount(self, quarantined: QuarantinedPayment) -> Text:
        order = observation_of(quarantined).order
        if order is None or order.amount is None:
            return text("An unknown amount")
        return as_text(Money(order.amount, order.currency or "USD"))


def _bought(quantity: int | None, name: str | None) -> Text:
    named = cut(name, 100) if name else text("an unnamed product")
    return text("- {quantity} × {name}", quantity=quantity or "?", name=named)


class QuarantineCommand(app_commands.Command[Any, ..., Any]):
    """The command itself, to be added to `/store`."""

    def __init__(self, actions: QuarantineActions) -> None:
        async def quarantine(interaction: discord.Interaction) -> None:
            async with private_answer(interaction) as answer:
                await actions.show(answer, interaction)

        super().__init__(
            name="quarantine",
            description="Decide about payments that don't match a purchase",
            callback=quarantine,
        )


class DecideQuarantined(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.QUARANTINED):
    """What staff decide about a payment in quarantine."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, QuarantineActions)
            reference = self.match["reference"]
            match self.match["action"]:
                case "dismiss":
                    await actions.dismiss(answer, interaction, reference)
                case "accept":
                    await actions.accept(answer, interaction, reference, int(self.match["user"] or 0))
                case "show":
                    await actions.show_again(answer, interaction, reference)
                case _:
                    await actions.show(answer, interaction, reference)


class ChooseMember(Persistent, ui.DynamicItem[ui.UserSelect[Any]], template=custom_ids.QUARANTINED_FOR):
    """For whom a payment in quarantine is accepted."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            user = self.item.values[0]
            actions = service_of(interaction, QuarantineActions)
            await actions.ask(answer, interaction, self.match["reference"], user.id)
