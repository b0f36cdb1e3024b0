"""Timed grants of the same thing follow each other: no day is lost, and none is there twice."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.fulfilment.schedule import TimedGrant, lay_out

START = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.integers(0, 120).map(lambda hours: START + timedelta(hours=hours))
chains = st.lists(
    st.builds(
        TimedGrant, id=st.integers(1, 99), earned_at=moments, days=st.integers(1, 4), counts=st.booleans()
    ),
    max_size=8,
    unique_by=lambda link: link.id,
)


@given(chains)
def test_each_that_counts_has_all_of_its_days_and_none_of_anothers(chain: list[TimedGrant]) -> None:
    periods = lay_out(chain)

    assert periods.keys() == {link.id for link in chain if link.counts}
    for link in chain:
        if link.counts:
            period = periods[link.id]
            assert period.ends_at - period.begins_at == timedelta(days=link.days)
            assert period.begins_at >= link.earned_at
    ordered = sorted(periods.values(), key=lambda period: period.begins_at)
    assert all(one.ends_at <= next_one.begins_at for one, next_one in pairwise(ordered))


@given(chains)
def test_none_waits_longer_than_it_has_to(chain: list[TimedGrant]) -> None:
    periods = lay_out(chain)

    ends = {period.ends_at for period in periods.values()}
    for link in chain:
        if link.counts:
            assert periods[link.id].begins_at in {link.earned_at, *ends}


@given(chains)
def test_what_doesnt_count_might_as_well_not_be_there(chain: list[TimedGrant]) -> None:
    assert lay_out(chain) == lay_out([link for link in chain if link.counts])


@given(chains, st.randoms())
def test_the_order_in_which_they_are_looked_at_doesnt_matter(
    chain: list[TimedGrant], chance: random.Random
) -> None:
    shuffled = list(chain)
    chance.shuffle(shuffled)

    assert lay_out(shuffled) == lay_out(chain)
