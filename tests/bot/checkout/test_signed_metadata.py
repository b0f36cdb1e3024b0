"""What the store is told about a sale can't be made up by others, nor bent."""

import logging
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, ProductType
from bot.checkout.models import Basket, Buyer, Charge, Origin
from bot.checkout.signing import Signer, key_from_file, new_nonce, nonce_of
from tests.harness.ids import discord_id
from tests.harness.patience import PATIENCE

LINE = Line(
    product_id="prd_1",
    variant_id="var_1",
    title="GroveGuard",
    unit_amount=2499,
    quantity=2,
    currency="USD",
    product_type=ProductType.LICENSE_KEY,
    pricing_model=PricingModel.STANDARD,
)
BASKET = Basket((LINE,))
BUYER = Buyer(id=discord_id(1), username="alice", display_name="Alice")
ORIGIN = Origin(guild_id=discord_id(2), guild_name="Bamboo Grove", channel_id=discord_id(3))
SIGNER = Signer("the key")
NONCE = "n" * 22
_START = """
import sys
from pathlib import Path
from bot.checkout.signing import key_from_file
print("ready", flush=True)
sys.stdin.readline()
print(key_from_file(Path(sys.argv[1])))
"""


def signed(
    signer: Signer = SIGNER,
    reference: str = "abcdefghjk",
    buyer: Buyer = BUYER,
    origin: Origin = ORIGIN,
    basket: Basket = BASKET,
    nonce: str = NONCE,
) -> dict[str, str]:
    return signer.metadata(reference, buyer, origin, basket, nonce)


def test_it_says_who_where_and_which_sale_in_words_that_the_store_takes() -> None:
    metadata = signed()

    assert metadata.pop("signature") == signed()["signature"]
    assert metadata == {
        "discord_user_id": str(BUYER.id),
        "discord_guild_id": str(ORIGIN.guild_id),
        "discord_channel_id": str(ORIGIN.channel_id),
        "sale": "abcdefghjk",
        "source": "discord",
    }


def test_it_stays_within_what_the_store_takes_as_metadata() -> None:
    """Twenty keys of 40 characters, with values of 500; source: Pandabase's checkout OpenAPI file."""
    largest = 2**64 - 1
    metadata = signed(
        buyer=replace(BUYER, id=largest),
        origin=Origin(largest, "Bamboo Grove", largest),
        basket=replace(BASKET, gift_to=largest, charge=Charge(2**31, largest)),
        nonce=new_nonce(),
    )

    assert len(metadata) <= 20
    assert all(len(key) <= 40 for key in metadata)
    assert all(0 < len(value) <= 500 for value in metadata.values())


def test_the_signature_names_the_one_session_that_it_is_of() -> None:
    nonces = {new_nonce() for _ in range(1000)}

    assert len(nonces) == 1000
    for nonce in list(nonces)[:10]:
        metadata = signed(nonce=nonce)
        assert nonce_of(metadata) == nonce
        assert SIGNER.verifies(metadata, BASKET)
        other = {**metadata, "signature": metadata["signature"].replace(nonce, new_nonce())}
        assert not SIGNER.verifies(other, BASKET)
        bare = {**metadata, "signature": metadata["signature"].rpartition(".")[2]}
        assert not SIGNER.verifies(bare, BASKET)


CHANGES: dict[str, dict[str, Any]] = {
    "reference": {"reference": "abcdefghjm"},
    "buyer": {"buyer": replace(BUYER, id=9)},
    "server": {"origin": replace(ORIGIN, guild_id=9)},
    "channel": {"origin": replace(ORIGIN, channel_id=9)},
    "product": {"basket": Basket((replace(LINE, product_id="prd_2"),))},
    "variant": {"basket": Basket((replace(LINE, variant_id="var_2"),))},
    "no variant": {"basket": Basket((replace(LINE, variant_id=None),))},
    "quantity at the same sum": {"basket": Basket((replace(LINE, quantity=1, unit_amount=4998),))},
    "price": {"basket": Basket((replace(LINE, unit_amount=2498),))},
    "a price for the payer to pick": {"basket": Basket((replace(LINE, unit_amount=None),))},
    "currency": {"basket": Basket((replace(LINE, currency="EUR"),))},
    "prices of two lines at the same sum": {
        "basket": Basket((replace(LINE, unit_amount=2498), replace(LINE, unit_amount=2500)))
    },
    "one more line": {"basket": Basket((LINE, LINE))},
    "the session": {"nonce": "m" * 22},
    "key": {"signer": Signer("another key")},
}


@pytest.mark.parametrize("changed", CHANGES)
def test_changing_any_bound_fact_changes_the_signature(changed: str) -> None:
    two_lines = {"basket": Basket((LINE, LINE))}
    agreed = signed(**two_lines) if changed.startswith("prices of two lines") else signed()

    assert signed(**CHANGES[changed])["signature"] != agreed["signature"]


@pytest.mark.parametrize(
    "kept",
    [
        {"buyer": replace(BUYER, username="alice2", display_name="A.")},
        {"origin": replace(ORIGIN, guild_name="Renamed")},
        {"basket": Basket((replace(LINE, title="Renamed"),))},
    ],
    ids=["the buyer's name", "the server's name", "the title"],
)
def test_names_may_change_without_making_a_payment_somebody_elses(kept: dict[str, Any]) -> None:
    assert signed(**kept)["signature"] == signed()["signature"]


@given(some.text(), some.text())
def test_no_two_keys_sign_alike(one: str, other: str) -> None:
    same = one.encode(errors="replace") == other.encode(errors="replace")
    signatures = {Signer(key.encode(errors="replace").decode()).signature({}, BASKET) for key in (one, other)}

    assert len(signatures) == (1 if same else 2)


@given(some.lists(some.tuples(some.text(), some.text()), max_size=4), some.data())
def test_facts_dont_run_into_each_other(facts: list[tuple[str, str]], data: some.DataObject) -> None:
    """A separator inside a value, or a border moved between two values, is another signature."""
    one = dict(facts)
    other = dict(data.draw(some.lists(some.tuples(some.text(), some.text()), max_size=4)))

    assert (SIGNER.signature(one, BASKET) == SIGNER.signature(other, BASKET)) == (one == other)


def test_the_order_of_facts_counts_for_nothing() -> None:
    facts = {"a": "1", "b": "2"}

    assert SIGNER.signature(facts, BASKET) == SIGNER.signature(dict(reversed(facts.items())), BASKET)


# --- the key in a file --------------------------------------------------------------------------------


def test_a_key_is_made_once_for_its_owners_eyes_only_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "bamboo.signing-key"

    key = key_from_file(file)

    assert len(key) >= 43  # 32 bytes in base64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key_from_file(file) == key
    assert list(tmp_path.iterdir()) == [file]
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert str(file) in record.getMessage()
    assert key not in record.getMessage()


def test_a_wide_open_umask_makes_no_key_that_others_can_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        key_from_file(tmp_path / "key")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_every_shop_has_a_key_of_its_own(tmp_path: Path) -> None:
    assert key_from_file(tmp_path / "one") != key_from_file(tmp_path / "other")


def test_a_key_that_an_owner_brought_back_from_a_copy_is_used_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("  an older key\n")

    assert key_from_file(file) == "an older key"


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    start = [sys.executable, "-c", _START, str(file)]
    processes = [Popen(start, stdin=PIPE, stdout=PIPE, text=True) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    keys = {process.communicate("go\n", timeout=PATIENCE)[0] for process in processes}

    assert keys == {f"{key_from_file(file)}\n"}


def test_a_folder_that_isnt_there_is_an_error_and_not_a_key_that_nobody_keeps(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        key_from_file(tmp_path / "missing" / "key")


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
def test_a_file_that_lost_its_key_is_an_error_because_anybody_could_sign_with_an_empty_one(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "key"
    file.write_text(content)

    with pytest.raises(OSError, match="put back its copy"):
        key_from_file(file)
