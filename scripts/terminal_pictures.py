"""Takes the documentation's pictures of the terminal: `bamboo init` and `bamboo check` at simulated services.

Run it in Bamboo's folder: `.venv/bin/python -m scripts.terminal_pictures`.
"""

import asyncio
import io
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from sandbox.catalog import generate_products
from sandbox.models import utc_now
from sandbox.server import Sandbox
from tests.cli.owner import Owner
from tests.cli.terminal import COLUMNS, init_and_check, terminal_picture
from tests.harness.database import put_database
from tests.wire.discord_server import FakeDiscord

# As rich has it, but for fonts that a reader's browser would ask somebody else for.
_PICTURE: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
 line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


async def _shown(folder: Path) -> dict[str, str]:
    """What the two commands print."""
    database = folder / "new" / "bamboo.db"
    database.parent.mkdir()
    await put_database(database)
    home = folder / "home"
    home.mkdir()
    products = generate_products(7, utc_now())
    async with FakeDiscord() as discord, Sandbox.running(products=products) as sandbox:
        return await init_and_check(Owner(home, discord, discord.guild("Grove"), sandbox, database))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shown = asyncio.run(_shown(Path(folder)))
    for name, output in shown.items():
        console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
        console.print(Text.from_ansi(f"$ .venv/bin/bamboo {name}\n{output}".rstrip()), overflow="fold")
        console.save_svg(
            str(terminal_picture(name)), title=f"bamboo {name}", code_format=_PICTURE, unique_id=name
        )


if __name__ == "__main__":
    main()
