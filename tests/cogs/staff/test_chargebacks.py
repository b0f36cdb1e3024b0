"""What becomes of a role at a chargeback is a choice of its own beside what a refund does."""

import pytest

from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


CASES = [
    # What staff chose; whether the role is there after a refund, while disputed, and once that is lost.
    ({}, False, False, False),
    ({"chargeback": "remove"}, False, False, False),
    ({"chargeback": "keep"}, False, True, True),
    ({"keep_after_refund": True}, True, True, True),
    ({"keep_after_refund": True, "chargeback": "keep"}, True, True, True),
    ({"keep_after_refund": True, "chargeback": "remove"}, True, False, False),
    ({"keep_after_refund": True, "chargeback": "remove", "days": 30}, True, False, False),
]


@pytest.mark.parametrize(("options", "after_refund", "disputed", "lost"), CASES)
async def test_refunds_and_chargebacks_follow_the_choice(
    grove: Grove, options: dict[str, object], *, after_refund: bool, disputed: bool, lost: bool
) -> None:
    await grove.benefit(**options)
    order = await grove.bought()

    await grove.at_the_store("dispute", order)
    assert ("VIP" in grove.roles()) is disputed
    await grove.at_the_store("lose", order)
    assert ("VIP" in grove.roles()) is lost

    if not lost:
        await grove.at_the_store("refund", await grove.bought())
        assert ("VIP" in grove.roles()) is after_refund


async def test_a_dispute_that_is_won_gives_it_back(grove: Grove) -> None:
    await grove.benefit(keep_after_refund=True, chargeback="remove")
    order = await grove.bought()
    await grove.at_the_store("dispute", order)

    await grove.at_the_store("win", order)

    assert grove.roles() == {"VIP"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chargeback": "keep"}, "role, kept after a chargeback"),
        ({"keep_after_refund": True, "chargeback": "keep"}, "role, kept after a refund"),
        (
            {"keep_after_refund": True, "chargeback": "remove"},
            "role, kept after a refund but not after a chargeback",
        ),
    ],
)
async def test_the_list_says_it_in_words(grove: Grove, options: dict[str, object], words: str) -> None:
    await grove.benefit(**options)

    assert (await grove.store("benefit list")).splitlines()[1].endswith(words)


async def test_staff_read_that_the_role_is_kept_only_where_it_is(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(chargeback="keep")
    order = await grove.bought()

    await grove.at_the_store("dispute", order)

    assert "They keep the role, as set for this product." in grove.logged()[1]
