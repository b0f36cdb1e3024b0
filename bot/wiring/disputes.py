"""Wires what staff answer a dispute with."""

from bot.fulfilment.evidence import Disputes
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs.staff.evidence import DisputeActions, ShowEvidence


def build_disputes(shared: Shared) -> Parts:
    actions = DisputeActions(Disputes(shared.database, shared.facts), shared.staff, shared.clock)
    return Parts(items=[ShowEvidence], services=[actions])
