"""Grants from before their days were written down keep their days and their order."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from bot.storage.fulfilment_tables import grants
from bot.storage.migrations.upgrading import upgrade
from tests.harness.revisions import steps

_GRANT = (
    "INSERT INTO grants (id, sale_id, benefit_id, earned_by, order_id, guild_id, user_id, role_id, money,"
    " kept, state, begins_at, ends_at) VALUES (?, 1, ?, ?, ?, 7, 5, 9, 'paid', 0, 'live', ?, ?)"
)
_DAY = "2026-01-{:02} 00:00:00.000000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bamboo.db"


def test_what_was_stacked_was_earned_when_it_was_paid(file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    before = steps()[steps().index("0005") - 1]
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        upgrade(connection, target=before)
        for benefit, days in ((1, 10), (2, None)):
            connection.exec_driver_sql(
                "INSERT INTO benefits (id, guild_id, product_id, variant_id, title, role_id, days, kept,"
                " created_at) VALUES (?, 7, ?, '', 'x', 9, ?, 0, ?)",
                (benefit, f"p{benefit}", days, _DAY.format(1)),
            )
        for order, paid in ((1, 2), (2, 4)):
            connection.exec_driver_sql(
                "INSERT INTO orders (id, order_id, order_number, sale_id, money, status, payment_status,"
                " amount, discount, currency, items, custom_fields, late, again, changed_at, dispute_closed,"
                " created_at, paid_at)"
                " VALUES (?, ?, 'cs', 1, 'paid', '', '', 5, 0, 'USD', '[]', '{}', 0, 0, ?, 0, ?, ?)",
                (order, f"ord_{order}", *[_DAY.format(paid)] * 3),
            )
        for identity, benefit, order, begins, ends in (
            (1, 1, 1, 2, 12),
            (2, 1, 2, 12, 22),
            (3, 2, 1, 2, None),
        ):
            end = _DAY.format(ends) if ends else None
            values = (identity, benefit, str(identity), order, _DAY.format(begins), end)
            connection.exec_driver_sql(_GRANT, values)

        upgrade(connection)

        found = connection.execute(select(grants.c.days, grants.c.earned_at).order_by(grants.c.id)).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        (10, datetime(2026, 1, 2, tzinfo=UTC)),
        (10, datetime(2026, 1, 4, tzinfo=UTC)),
        (None, datetime(2026, 1, 2, tzinfo=UTC)),
    ]
