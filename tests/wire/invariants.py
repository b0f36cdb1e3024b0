"""What must be true of every purchase, whatever happened on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.wire.shop_process import ShopProcess
    from tests.wire.world import User


def assert_nothing_is_lost_or_twice(shop: ShopProcess) -> None:
    """Compare the database with what the store made and what people in Discord were shown."""
    sales = {row["id"]: row for row in shop.rows("SELECT * FROM sales")}
    sessions = shop.rows("SELECT * FROM sessions")
    references = {row["reference"] for row in sales.values()}
    for made in shop.sandbox.sessions.values():
        assert made.metadata is not None
        assert made.metadata["sale"] in references, "the store has a session of a purchase that nobody knows"

    shown = links_shown(shop)
    assert shown <= {row["session_id"] for row in sessions}, "a link was shown that is in no row"
    # A row is a claim, and holds one link.
    open_rows = [row for row in sessions if row["state"] == "open"]
    assert len({row["sale_id"] for row in open_rows}) == len(open_rows), "a purchase with two live links"
    claims = {(sales[row["sale_id"]]["buyer_id"], sales[row["sale_id"]]["fingerprint"]) for row in open_rows}
    assert len(claims) == len(open_rows), "two open purchases of the same things"

    recorded = {row["message_id"]: row["sale_id"] for row in shop.rows("SELECT * FROM messages")}
    sent = [message.id for user in shop.guild.members.values() for message in shop.discord.dms(user.user)]
    assert sorted(sent) == sorted(recorded), "direct messages and their rows differ"
    assert len(set(recorded.values())) == len(recorded), "two messages for one purchase"

    assert not [row for row in sessions if row["state"] == "creating"]
    for row in shop.rows("SELECT * FROM jobs WHERE lane = 'people'"):
        assert row["done_at"] is not None, "a delivery is not done"
        assert row["next_attempt_at"] is None, "a delivery is planned"
        assert row["reply"] is None, "an interaction's token is kept for nothing"
    for interaction in shop.discord.interactions.values():
        waits = interaction.original is not None and interaction.original.thinking
        assert waits == (interaction in shop.unreachable), f"left with “thinking…”: {interaction!r}"


def links_shown(shop: ShopProcess, buyer: User | None = None) -> set[str]:
    """The ids of the sessions whose pages were ever shown to anybody, in any message; only one buyer's."""
    told = [
        json.dumps(request.body)
        for request in shop.discord.requests
        if request.acted and request.status is not None and request.status < 300
    ]
    return {
        key
        for key, session in shop.sandbox.sessions.items()
        if any(f"/c/{key}" in body for body in told)
        and (buyer is None or (session.metadata or {})["discord_user_id"] == str(buyer.id))
    }
