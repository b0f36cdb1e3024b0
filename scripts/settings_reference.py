"""Writes docs/settings.md from the settings themselves: `python scripts/settings_reference.py`."""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "docs" / "settings.md"
HEAD: Final = """# Settings

<!-- Written by scripts/settings_reference.py: change bot/config/settings.py instead. -->

`config.toml` holds them, each in its section; `bamboo init --example` writes a file with all of them explained. An environment
variable wins over the file. There, lists are written `1,2,3` or as JSON. A wrong value ends the start with a sentence for each.

Two are required: `discord.token` and `pandabase.store_id`. Without a way to [learn of payments](payments.md) Bamboo sells, and
gives nothing for it.
"""


def reference() -> str:
    """The page, from the model alone."""
    from bot.config.problems import known_keys, variable_of

    lines = [HEAD]
    section = ""
    for key, field in known_keys().items():
        name = key.partition(".")[0]
        if name != section:
            section = name
            lines += [f"## {section}\n", "| setting | what it is | default |", "| --- | --- | --- |"]
        described = re.sub(r"([|<>])", r"\\\1", field.description or "")
        said = f"{described[:1].upper()}{described[1:]}."
        lines.append(f"| `{key}`<br>`{variable_of(key)}` | {said} | {_default(field)} |")
        if key == list(known_keys())[-1] or _next_section(key, list(known_keys())) != section:
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _next_section(key: str, keys: list[str]) -> str:
    at = keys.index(key) + 1
    return keys[at].partition(".")[0] if at < len(keys) else ""


def _default(field: Any) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{json.dumps(value)}`"
    return f"`{value}`"


def main() -> None:
    TARGET.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
