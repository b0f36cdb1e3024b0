"""How staff look after the shop, played in the terminal: the checklist, the figures, a file to take away."""

from typing import Final

import simcord

from sandbox.demo.narrator import Narrator, answer_of, require
from sandbox.demo.rendering import texts

_ROBIN: Final = "Only Robin can see this"


async def play_staff(narrator: Narrator) -> None:
    """Raises PromiseBroken."""
    narrator.step("Robin looks whether anything is missing.")
    ready = await _asked(narrator, "store setup")
    require("Payments are seen" in texts(ready), "the checklist doesn't see that payments are")

    narrator.step("And at what was sold.")
    figures = await _asked(narrator, "store stats")
    require("payment links" in texts(figures), "the figures know of no payment link")

    narrator.step("The same as a file, for any spreadsheet.")
    taken = await _asked(narrator, "store export", what="sales")
    require("for any spreadsheet" in texts(taken), "there is no file")


async def _asked(narrator: Narrator, command: str, **options: str) -> simcord.ResponseMessage:
    world = narrator.world
    narrator.typed(
        " ".join([f"/{command}", *(f"{name}: {value}" for name, value in options.items())]), "Robin"
    )
    answer = answer_of(await world.robin.slash(world.shop, command, **options))
    narrator.show(answer, _ROBIN)
    return answer
