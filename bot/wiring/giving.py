"""Wires what costs nothing: `/store give`, and what members take where it is free."""

from dataclasses import dataclass

from bot.giving.service import Giving
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.giving import forms
from cogs.giving.commands import GetFree, GiveCommand, GivingActions
from cogs.giving.view import GivingView


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingParts(Parts):
    """What the shop hands out by, and what the bot is equipped with."""

    actions: GivingActions


def build_giving(shared: Shared) -> GivingParts:
    giving = Giving(shared.database, shared.access, shared.benefits, shared.audit, shared.clock)
    actions = GivingActions(
        giving, shared.catalog, GivingView(shared.view, shared.roles), shared.staff, shared.clock
    )
    return GivingParts(
        actions=actions,
        cogs=(forms.GiveForms(),),
        items=(GetFree, *forms.ITEMS),
        services=(actions,),
        store_commands=GiveCommand(actions).commands,
    )
