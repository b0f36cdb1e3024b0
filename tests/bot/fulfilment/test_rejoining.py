"""Who came back while nobody looked gets what they lost by leaving, and nothing that staff took."""

import pytest

from bot.fulfilment.rejoining import Rejoining
from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


async def test_a_newer_role_doesnt_hide_that_an_older_one_is_lost(
    grove: Grove, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = grove.shop.guild.create_role("Second")
    await grove.benefit()
    await grove.bought()
    await grove.benefit("Lobby pack", role=second)
    session = await grove.till.link("Lobby pack")

    async def not_yet(_self: Rejoining) -> None:
        return None

    search = Rejoining.search
    monkeypatch.setattr(Rejoining, "search", not_yet)
    async with grove.outage():
        await grove.leave()
        await grove.shop.pass_time(seconds=5)
        grove.rejoin()
        await grove.shop.pass_time(seconds=5)
    await grove.till.pay_on_page(session)
    assert grove.roles() == {"Second"}  # given after the return, before anybody looked
    monkeypatch.setattr(Rejoining, "search", search)
    async with grove.outage():
        pass

    assert grove.roles() == {"VIP", "Second"}


async def test_a_restart_gives_nothing_back_that_staff_took_while_another_role_waits(grove: Grove) -> None:
    await grove.keep_log()
    second = grove.shop.guild.create_role("Second")
    await grove.benefit("Lobby pack", role=second)
    await grove.bought("Lobby pack")
    await grove.benefit()
    await grove.paid_with_role_above()
    assert grove.roles() == {"Second"}
    grove.take_by_hand(grove.shop.alice, second)
    notes = [text for text in grove.logged() if "couldn't give" in text]
    assert len(notes) == 1

    for _ in range(2):
        async with grove.outage():
            await grove.shop.pass_time(seconds=5)

    assert grove.roles() == set()
    assert [text for text in grove.logged() if "couldn't give" in text] == notes


async def test_who_left_after_staff_took_the_role_and_came_back_gets_it(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    grove.take_by_hand(grove.shop.alice, grove.role)

    async with grove.outage():
        await grove.leave()
        await grove.shop.pass_time(seconds=5)
        grove.rejoin()

    assert grove.roles() == {"VIP"}
