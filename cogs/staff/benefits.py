"""`/store benefit …` and `/store saleslog`: what products earn here, and where staff read of sales."""

from typing import Any, Final

import discord
from discord import app_commands, ui

from bot.catalog.catalog import Catalog
from bot.discord.client import ShopBot
from bot.discord.components import Card, Persistent, button, list_page, notice
from bot.discord.interactions import Interaction, choices, private_answer, service_of, update_in_place
from bot.discord.roles import RoleKeeper
from bot.discord.staff import Staff
from bot.fulfilment.backfill import Backfill
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.custom_message import LONGEST_MESSAGE
from bot.fulfilment.models import AddedBenefit, Benefit, Proposal, Terms
from bot.fulfilment.powers import power
from bot.jobs.waiting import Asked
from bot.markdown import cut
from bot.texts import Text, lines, markdown, ntext, text
from bot.texts import channel as channel_link
from cogs import custom_ids
from cogs.catalog.autocomplete import (
    Choice,
    chosen_product,
    chosen_variant,
    matching_choices,
    product_choices,
    variant_choices,
)
from cogs.catalog.product_text import plain
from cogs.staff.sales_log import require_writable

LONGEST_DAYS: Final = 3650

_KEEP: Final = "keep"
_AT_CHARGEBACK: Final = [
    app_commands.Choice(name="Keep the role", value=_KEEP),
    app_commands.Choice(name="Remove the role", value="remove"),
]

Days = app_commands.Range[int, 1, LONGEST_DAYS]
Message = app_commands.Range[str, 1, LONGEST_MESSAGE]


class BenefitActions:
    """How benefits read, and who may change them."""

    def __init__(self, benefits: Benefits, backfill: Backfill, roles: RoleKeeper, staff: Staff) -> None:
        self.benefits = benefits
        self.backfill = backfill
        self.staff = staff
        self._roles = roles

    async def outcome(self, result: AddedBenefit | Proposal) -> Card:
        """What became of a wish to have a product earn a role."""
        if isinstance(result, Proposal):
            return self.asked(result)
        return self.added(result.benefit, result.before, await self.backfill.count(result.benefit))

    def asked(self, proposal: Proposal) -> Card:
        texts = [
            text("### Sell this role?"),
            text(
                "**{product}** would give the **{role}** role, which allows:",
                product=plain(proposal.title, 120),
                role=self._roles.name(proposal.guild_id, proposal.terms.role_id),
            ),
            *(text("- {power}", power=power(each)) for each in proposal.powers),
        ]
        # Of its own, or it would be read as part of the list's last line.
        consequence = text(
            "Anyone who pays for it can do all of that in this server. Nothing changes until you confirm."
        )
        sell, cancel = (custom_ids.sell_role(proposal.reference, answer) for answer in ("yes", "no"))
        yes = button(text("Sell this role"), sell, discord.ButtonStyle.danger)
        no = button(text("Cancel"), cancel, discord.ButtonStyle.secondary)
        chosen = lines(
            text(
                "You chose: {benefit}.", benefit=self._says(proposal.guild_id, proposal.title, proposal.terms)
            ),
            _message(proposal.terms),
        )
        return notice(lines(*texts), chosen, consequence, buttons=(yes, no))

    def not_sold(self) -> Card:
        return notice(text("Cancelled. This role won't be sold."))

    def added(self, benefit: Benefit, before: Benefit | None, backfill: int) -> Card:
        """`before` is the same benefit as it was, if it was there."""
        if before is None:
            heading = text("### Role added")
        elif before.terms == benefit.terms:
            heading = text("### Already set up")
        else:
            heading = text("### Role changed for future purchases")
        said = lines(heading, self.line(benefit), _message(benefit.terms))
        if not backfill:
            return notice(said)
        earlier = ntext(
            "{count} earlier buyer doesn't have it yet. You can give it to them now; "
            "they'll get a direct message.",
            "{count} earlier buyers don't have it yet. You can give it to them now; "
            "they'll get a direct message.",
            backfill,
        )
        label = ntext("Give it to {count} buyer", "Give it to {count} buyers", backfill)
        apply = button(label, custom_ids.backfill(benefit.reference))
        return notice(lines(said, earlier), buttons=(apply,))

    async def listed(self, guild_id: int, number: int) -> Card:
        """A page of the server's benefits; pages count from 0, and one that is gone is the last."""
        found = await self.benefits.all(guild_id)
        if not found:
            return notice(text("No product gives a role here yet. Add one with /store benefit add."))
        progress = await self.backfill.progress()
        entries = [self._listed(benefit, trouble, progress.get(benefit.id)) for benefit, trouble in found]
        return list_page(text("### Roles for products"), entries, number, custom_ids.benefits)

    def _listed(self, benefit: Benefit, trouble: Text, given: int | None) -> Text:
        """`given` is how many past buyers have it so far, while it is given to them."""
        warning = progress = None
        if trouble:
            warning = text("-# ⚠️ {trouble} Until then, nobody can buy it.", trouble=trouble)
        if given is not None:
            progress = ntext(
                "-# Being given to earlier buyers: {count} so far.",
                "-# Being given to earlier buyers: {count} so far.",
                given,
            )
        return lines(self.line(benefit), warning, progress)

    def removed(self, benefit: Benefit) -> Card:
        gone = text("Removed: {benefit}.", benefit=self.line(benefit))
        return notice(lines(gone, text("Members who have it keep it.")))

    def being_given(self, benefit: Benefit, backfill: int) -> Card:
        if not backfill:
            nobody = text("Every earlier buyer already has it.")
            return notice(lines(self.line(benefit), nobody))
        goes_to = ntext(
            "Giving it to {count} earlier buyer, a few at a time; new purchases come "
            "first. See the progress in /store benefit list. Staff get a note when it's "
            "done.",
            "Giving it to {count} earlier buyers, a few at a time; new purchases come "
            "first. See the progress in /store benefit list. Staff get a note when it's "
            "done.",
            backfill,
        )
        return notice(lines(self.line(benefit), goes_to))

    def line(self, benefit: Benefit) -> Text:
        return self._says(benefit.guild_id, benefit.title, benefit.terms)

    def _says(self, guild_id: int, title: str, terms: Terms) -> Text:
        """All that was chosen but the message."""
        earns = text(
            "**{product}** gives the **{role}** role",
            product=plain(title, 120),
            role=self._roles.name(guild_id, terms.role_id),
        )
        if terms.days:
            earns = ntext(
                "{benefit} for {count} day", "{benefit} for {count} days", terms.days, benefit=earns
            )
        if terms.replaces is not None:
            replaced = self._roles.name(guild_id, terms.replaces)
            earns = text("{benefit}, in place of **{role}**", benefit=earns, role=replaced)
        if terms.channel_id is not None:
            there = channel_link(terms.channel_id)
            earns = text("{benefit}, with a welcome in {channel}", benefit=earns, channel=there)
        return _kept(earns, terms)

    def label(self, benefit: Benefit) -> str:
        """The same in a menu, which knows no Markdown."""
        role = self._roles.name(benefit.guild_id, benefit.terms.role_id)
        return f"{plain(benefit.title, 60)} → {cut(role, 30)}"


class BenefitCommands(app_commands.Group):
    def __init__(self, actions: BenefitActions, catalog: Catalog) -> None:
        super().__init__(name="benefit", description="Choose which roles products give")
        self._actions = actions
        self._catalog = catalog

    @app_commands.command()
    @app_commands.choices(chargeback=_AT_CHARGEBACK)
    @app_commands.describe(
        product="The product to buy",
        role="The role that buyers get",
        variant="Only for this variant; leave empty for all",
        days="Days per unit; leave empty for a role that stays, or stays while they subscribe",
        keep_after_refund="Keep the role after a refund or dispute",
        message="Sent with the receipt; you can use {member}, {product}, {role}, {server} and {until}",
        replaces="A role that buyers lose when they get this one",
        channel="Where the message is also posted as a welcome, once for each new purchase",
        chargeback="What happens to the role at a chargeback; leave empty to treat it like a refund",
    )
    async def add(
        self,
        interaction: discord.Interaction[ShopBot],
        *,
        product: str,
        role: discord.Role,
        variant: str | None = None,
        days: Days | None = None,
        keep_after_refund: bool = False,
        message: Message | None = None,
        replaces: discord.Role | None = None,
        channel: discord.TextChannel | None = None,
        chargeback: str | None = None,
    ) -> None:
        """Choose a role that buyers of a product get."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._actions.staff.require(interaction)
            if channel is not None:
                require_writable(channel, interaction)
            found = await chosen_product(self._catalog, product)
            chosen = chosen_variant(found, variant)
            result = await self._actions.benefits.add(
                guild_id,
                found.id,
                chosen.id if chosen else None,
                title=f"{found.title} ({chosen.title})" if chosen else found.title,
                terms=Terms(
                    role.id,
                    days,
                    keep_after_refund,
                    message,
                    replaces=replaces.id if replaces else None,
                    channel_id=channel.id if channel else None,
                    kept_at_chargeback=None if chargeback is None else chargeback == _KEEP,
                ),
                by=interaction.user.id,
            )
            await answer.show(await self._actions.outcome(result))

    @app_commands.command(name="list")
    async def list_all(self, interaction: discord.Interaction[ShopBot]) -> None:
        """See which roles products give, and what's in the way."""
        async with private_answer(interaction) as answer:
            guild_id = self._actions.staff.require(interaction)
            await answer.show(await self._actions.listed(guild_id, 0))

    @app_commands.command()
    @app_commands.describe(benefit="Choose one from the list")
    async def remove(self, interaction: discord.Interaction[ShopBot], benefit: str) -> None:
        """Stop giving a role for a product. Members who have it keep it."""
        async with private_answer(interaction, Asked.CHANGE) as answer:
            guild_id = self._actions.staff.require(interaction)
            removed = await self._actions.benefits.remove(guild_id, benefit, by=interaction.user.id)
            await answer.show(self._actions.removed(removed))

    @add.autocomplete("product")
    @choices
    async def _suggest_products(self, _interaction: Interaction, current: str) -> list[Choice]:
        return await product_choices(self._catalog, current)

    @add.autocomplete("variant")
    @choices
    async def _suggest_variants(self, interaction: Interaction, current: str) -> list[Choice]:
        return await variant_choices(self._catalog, str(interaction.namespace.product or ""), current)

    @remove.autocomplete("benefit")
    @choices
    async def _suggest_benefits(self, interaction: Interaction, current: str) -> list[Choice]:
        guild_id = self._actions.staff.require(interaction)
        found = await self._actions.benefits.all(guild_id)
        return matching_choices(
            ((self._actions.label(benefit), benefit.reference) for benefit, _ in found), current
        )


class BenefitPage(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BENEFITS):
    """Turns the list of what products earn."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, BenefitActions)
            guild_id = actions.staff.require(interaction)
            await answer.show(await actions.listed(guild_id, int(self.match["page"])))


class GiveToPastBuyers(Persistent, ui.DynamicItem[ui.Button[Any]], template=custom_ids.BACKFILL):
    """Gives a benefit to those who bought before it was there."""

    async def callback(self, interaction: Interaction) -> None:
        async with update_in_place(interaction) as answer:
            actions = service_of(interaction, BenefitActions)
            guild_id = actions.staff.require(interaction)
            benefit, count = await actions.backfill.give(
                guild_id, self.match["benefit"], by=interaction.user.id
            )
            await answer.show(actions.being_given(benefit, count))


def _message(terms: Terms) -> Text | None:
    """What its members are told."""
    if not terms.message:
        return None
    return text("With this message: {message}", message=markdown(cut(terms.message, 300)))


def _kept(earns: Text, terms: Terms) -> Text:
    """With what happens when the money goes back."""
    if terms.kept and terms.kept_at_chargeback is False:
        return text("{benefit}, kept after a refund but not after a chargeback", benefit=earns)
    if terms.kept:
        return text("{benefit}, kept after a refund", benefit=earns)
    return text("{benefit}, kept after a chargeback", benefit=earns) if terms.kept_at_chargeback else earns
