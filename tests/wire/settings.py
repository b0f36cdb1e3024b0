"""A settings file for `bamboo run` against the fake Discord and a simulated store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.harness.database import url_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.wire.discord_server import FakeDiscord
    from tests.wire.world import Guild


def write_settings(
    folder: Path,
    discord: FakeDiscord,
    *guilds: Guild,
    pandabase_base_url: str,
    store_id: str,
    **sections: dict[str, Any],
) -> Path:
    """Write `config.toml` into the folder, with a database beside it, and return its path.

    Further sections (`limits={"open_links_per_member": 2}`) are laid over these.
    """
    settings: dict[str, dict[str, Any]] = {
        "discord": {
            "token": discord.token,
            "guild_ids": [guild.id for guild in guilds],
            "api_base_url": discord.api_base_url,
        },
        "pandabase": {
            "store_id": store_id,
            "base_url": pandabase_base_url,
            "allowed_checkout_hosts": ["pandabase.io", "127.0.0.1"],
        },
        "storage": {"url": url_of(folder / "bamboo.db")},
        "logging": {"level": "INFO"},
    }
    for name, section in sections.items():
        settings[name] = settings.get(name, {}) | section
    path = folder / "config.toml"
    # What these values need of TOML is written as in JSON.
    path.write_text(
        "".join(
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
            for name, section in settings.items()
        ),
        encoding="utf-8",
    )
    return path
