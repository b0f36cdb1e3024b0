"""Who may buy is a server's own matter, and a process hears of what another one changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.access import service
from tests.harness.shop import USUALLY_READ_EVERY, text_of

pytestmark = pytest.mark.kept_shop

if TYPE_CHECKING:
    from tests.harness.grove import Grove

ELSEWHERE = 4711


async def buy(grove: Grove, title: str) -> str:
    result = await grove.shop.alice.slash(grove.shop.channel, "buy", product=grove.till.product(title).id)
    return text_of(result.response)


def add_rules(grove: Grove, guild_id: int, *titles: str) -> None:
    """As another process writes them."""
    shop = grove.shop
    shop.write(
        "INSERT INTO guild_settings (guild_id, closed) VALUES (?, 'Away.')"
        " ON CONFLICT (guild_id) DO UPDATE SET closed = 'Away.'",
        guild_id,
    )
    shop.write(
        "INSERT INTO blocks (guild_id, member_id, reason, blocked_at) VALUES (?, ?, '', 0)",
        guild_id,
        shop.alice.id,
    )
    for title in titles:
        shop.write(
            "INSERT INTO access_roles (guild_id, product_id, role_id, title) VALUES (?, ?, 1, ?)",
            guild_id,
            grove.till.product(title).id,
            title,
        )


async def test_what_another_server_decided_keeps_nobody_from_buying_here(grove: Grove) -> None:
    add_rules(grove, ELSEWHERE, "GroveGuard")
    async with grove.outage():
        pass

    assert "Your payment link is ready" in await buy(grove, "GroveGuard")
    standing = await grove.store("access")
    assert "The shop is open" in standing
    assert "GroveGuard" not in standing
    assert "blocked" not in standing


async def test_nor_does_what_is_decided_here_change_another_server(grove: Grove) -> None:
    add_rules(grove, ELSEWHERE, "GroveGuard")

    await grove.store("access", product=grove.till.product("GroveGuard").id)
    await grove.store("access", opened=True)
    await grove.store("unblock", member=grove.shop.alice)

    elsewhere = [
        grove.shop.rows(f"SELECT * FROM {table} WHERE guild_id = ?", ELSEWHERE)
        for table in ("access_roles", "blocks", "guild_settings")
    ]
    assert list(map(len, elsewhere)) == [1, 1, 1]
    assert elsewhere[2][0]["closed"] == "Away."


async def test_a_role_for_one_product_isnt_needed_for_another(grove: Grove) -> None:
    await grove.store("access", product=grove.till.product("GroveGuard").id, role=grove.role)

    assert "only for members" in await buy(grove, "GroveGuard")
    assert "Your payment link is ready" in await buy(grove, "Lobby pack")


@pytest.fixture
def _as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "READ_EVERY", USUALLY_READ_EVERY)


@pytest.mark.postgres
@pytest.mark.usefixtures("_as_usual")
async def test_what_another_process_of_a_server_database_changed_counts_within_seconds(grove: Grove) -> None:
    add_rules(grove, grove.shop.guild.id)

    await grove.shop.pass_time(seconds=16)

    may_have_others = not grove.shop.app.settings.storage.url.is_file  # one process serves a file
    said = await buy(grove, "GroveGuard")
    assert ("The shop is closed right now. Away." in said) is may_have_others
