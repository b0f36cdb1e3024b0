"""Wires help with a purchase."""

from functools import partial

from bot.jobs.handlers import Handler
from bot.jobs.models import JobKind
from bot.support.service import Support
from bot.wiring.parts import Parts
from bot.wiring.shared import Shared
from cogs import custom_ids
from cogs.support.buttons import SupportActions, SupportClose, SupportJoin, SupportReport
from cogs.support.delivery import SupportThreads
from cogs.support.view import SupportView


def build_support(shared: Shared) -> Parts:
    support = Support(shared.database, shared.clock, join_id=partial(custom_ids.support_case, action="join"))
    shown = SupportView(shared.view)
    threads = SupportThreads(shared.bot, support, shared.facts, shown)
    return Parts(
        handlers={JobKind.SUPPORT: Handler(threads.look_after, is_patient=True)},
        items=[SupportReport, SupportJoin, SupportClose],
        services=[SupportActions(shared.bot, support, threads, shown, shared.staff)],
    )
