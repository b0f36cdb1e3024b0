"""What each kind of setting takes, and what it becomes."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_settings
from bot.config.problems import variable_of
from bot.errors import ConfigurationError

REQUIRED = {"BAMBOO_DISCORD__TOKEN": "discord-token", "BAMBOO_PANDABASE__STORE_ID": "shp_tests"}


@pytest.fixture
def value_of(tmp_path):
    """Read one setting from a file that holds only it."""

    def read(key: str, value: str):
        section, _, name = key.partition(".")
        path = tmp_path / "settings.toml"
        path.write_text(f"[{section}]\n{name} = {value}\n", encoding="utf-8")
        environ = {variable: known for variable, known in REQUIRED.items() if variable != variable_of(key)}
        return getattr(getattr(load_settings(path, environ), section), name)

    return read


@pytest.fixture
def refusal_of(value_of):
    def refuse(key: str, value: str):
        with pytest.raises(ConfigurationError) as caught:
            value_of(key, value)
        (problem,) = caught.value.problems
        assert problem.key == key
        return problem

    return refuse


SERVICES = ("discord.api_base_url", "pandabase.base_url", "web.public_url")


@pytest.mark.parametrize("end", ["", "/"])
def test_the_own_address_is_given_without_the_path_of_webhooks(value_of, refusal_of, end):
    problem = refusal_of("web.public_url", f"'https://bot.example.org/webhooks/pandabase{end}'")
    assert problem.expected == "the address without /webhooks/pandabase, such as https://bot.example.org"
    assert value_of("web.public_url", "'https://example.org/bot'") == "https://example.org/bot"


@pytest.mark.parametrize("key", SERVICES)
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://shop.example.org/v2/", "https://shop.example.org/v2"),
        ("https://SHOP.example.org", "https://shop.example.org"),
        (" https://shop.example.org:8443 ", "https://shop.example.org:8443"),
        ("http://localhost:8000/v2", "http://localhost:8000/v2"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80/v2", "http://[::1]/v2"),
    ],
)
def test_services_are_reached_over_https_or_on_this_machine(value_of, key, written, kept):
    assert value_of(key, f"'{written}'") == kept


@pytest.mark.parametrize("key", SERVICES)
@pytest.mark.parametrize(
    "written",
    [
        "http://example.org",
        "http://localhost.example.org",
        "http://localhost@example.org",
        "http://127.0.0.1:pass@example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]",
        "http://[::2]",
        "ftp://localhost",
        "https://",
        "example.org",
        "https://user@example.org",
        "https://example.org/?a=b",
        "https://example.org/#a",
        "https://example.org:99999",
    ],
)
def test_services_are_reached_in_no_other_way(refusal_of, key, written):
    assert "address" in refusal_of(key, f"'{written}'").expected


@pytest.mark.parametrize("key", ["checkout.return_url", "checkout.cancel_url", "pandabase.web_store_url"])
def test_pages_after_a_checkout_are_https_even_on_this_machine(value_of, refusal_of, key):
    assert (
        value_of(key, "'https://example.org/thanks?from=discord'")
        == "https://example.org/thanks?from=discord"
    )
    assert "https" in refusal_of(key, "'http://localhost/thanks'").expected


@pytest.mark.parametrize(
    ("base_url", "sandbox"),
    [
        ("https://api.pandabase.io/v2", False),
        ("https://api.sandbox.pandabase.io/v2", True),
        ("http://127.0.0.1:9000/v2", True),
        ("http://[::1]:9000/v2", True),
        ("https://localhost/v2", True),
        ("https://api.sandbox.pandabase.io.example.org/v2", False),
    ],
)
def test_a_store_whose_sales_are_not_real_is_known_by_its_address(base_url, sandbox):
    loaded = load_settings(None, {**REQUIRED, "BAMBOO_PANDABASE__BASE_URL": base_url})
    assert loaded.pandabase.is_sandbox is sandbox


@pytest.mark.parametrize("written", ["shp_", "store", "shp_a/b", "shp_a b", "SHP_abc", "shp_ä"])
def test_a_store_id_starts_with_its_prefix_and_fits_an_address(refusal_of, written):
    assert "shp_" in refusal_of("pandabase.store_id", f"'{written}'").expected


def test_text_loses_the_spaces_around_it(value_of):
    assert value_of("pandabase.store_id", "' shp_abc '") == "shp_abc"
    assert value_of("discord.token", '"token\\n"').get_secret_value() == "token"


@pytest.mark.parametrize("written", ["to ken", "tok\\tken", "tökn", "\\u0000"])
def test_a_token_that_no_header_can_carry_is_refused(refusal_of, written):
    assert refusal_of("discord.token", f'"{written}"').found == "***"


@pytest.mark.parametrize(("written", "kept"), [("usd", "USD"), ("EUR", "EUR"), (" gbp ", "GBP")])
def test_a_currency_is_its_code_in_capitals(value_of, written, kept):
    assert value_of("pandabase.currency", f"'{written}'") == kept


@pytest.mark.parametrize("written", ["JPY", "KWD"])
def test_a_currency_without_cents_is_refused(refusal_of, written):
    assert "two decimals" in refusal_of("pandabase.currency", f"'{written}'").expected


@pytest.mark.parametrize("written", ["XXY", "dollars", "$"])
def test_an_unknown_currency_is_refused(refusal_of, written):
    assert "ISO 4217" in refusal_of("pandabase.currency", f"'{written}'").expected


def test_the_id_of_a_token_is_not_taken_for_its_secret(refusal_of):
    problem = refusal_of("pandabase.api_token", "'stk_abc'")
    assert "pandabase.api_token_id" in problem.expected
    assert "stk_abc" not in str(problem)


def test_the_id_of_a_token_needs_its_secret(refusal_of):
    assert "pandabase.api_token" in refusal_of("pandabase.api_token_id", "'stk_abc'").expected
    loaded = load_settings(
        None, {**REQUIRED, "BAMBOO_PANDABASE__API_TOKEN_ID": "stk_a", "BAMBOO_PANDABASE__API_TOKEN": "sk_b"}
    )
    assert loaded.pandabase.api_token_id == "stk_a"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("['Pandabase.io', 'shop.example.org']", ("pandabase.io", "shop.example.org")),
        ("['localhost', '127.0.0.1', '[::1]', '::1']", ("localhost", "127.0.0.1", "::1", "::1")),
    ],
)
def test_hosts_are_kept_in_lower_case_without_brackets(value_of, written, kept):
    assert value_of("pandabase.allowed_checkout_hosts", written) == kept


@pytest.mark.parametrize(
    "written",
    ["[]", "['io']", "['*.pandabase.io']", "['https://pandabase.io']", "['a.b:80']", "['.io']", "'a.b'"],
)
def test_what_is_no_host_or_far_too_many_is_refused(refusal_of, written):
    assert "host names" in refusal_of("pandabase.allowed_checkout_hosts", written).expected


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("sqlite:///shop.db", "sqlite+aiosqlite:///shop.db"),
        ("sqlite+aiosqlite:////var/lib/shop.db", "sqlite+aiosqlite:////var/lib/shop.db"),
        ("sqlite:///my_memory.db", "sqlite+aiosqlite:///my_memory.db"),
        ("postgresql://host/shop", "postgresql+asyncpg://host/shop"),
        ("postgresql+asyncpg://bob@host:5433/shop", "postgresql+asyncpg://bob@host:5433/shop"),
    ],
)
def test_a_database_is_opened_with_its_asynchronous_driver(value_of, written, kept):
    assert str(value_of("storage.url", f"'{written}'")) == kept


@pytest.mark.parametrize(
    "written",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+aiosqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:shop?mode=memory&cache=shared&uri=true",
    ],
)
def test_a_database_in_memory_is_refused(refusal_of, written):
    assert "memory" in refusal_of("storage.url", f"'{written}'").expected


@pytest.mark.parametrize(
    "written", ["mysql://host/shop", "shop.db", "postgresql://", "postgresql+psycopg://h/shop"]
)
def test_another_database_is_refused(refusal_of, written):
    assert "postgresql+asyncpg" in refusal_of("storage.url", f"'{written}'").expected


def test_the_password_of_a_database_is_kept_but_not_shown(value_of):
    url = value_of("storage.url", "'postgresql://bob:hush@host/shop'")
    assert url.password == "hush"
    assert "hush" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("'whsec_a'", ["whsec_a"]), ("['whsec_a', 'whsec_b']", ["whsec_a", "whsec_b"]), ("''", []), ("[]", [])],
)
def test_a_webhook_has_one_secret_or_several_or_none(value_of, written, kept):
    assert [secret.get_secret_value() for secret in value_of("web.webhook_secret", written)] == kept


def test_an_empty_secret_among_others_is_refused(refusal_of):
    assert refusal_of("web.webhook_secret", "['whsec_a', '']").found == "nothing in entry 2"


@pytest.mark.parametrize("written", ["true", "-1", "65536", "80.5", "'http'", "[80]"])
def test_a_port_is_a_whole_number_in_range(refusal_of, written):
    assert "port" in refusal_of("web.port", written).expected


@pytest.mark.parametrize("written", ["[true]", "[0]", "[-1]", "[9223372036854775808]", "123", "['#general']"])
def test_ids_are_whole_numbers_that_discord_could_have_made(refusal_of, written):
    assert "ids" in refusal_of("staff.role_ids", written).expected


@pytest.mark.parametrize("setting", ["discord.guild_ids", "staff.role_ids", "staff.log_channel_id"])
@pytest.mark.parametrize("known", [123456789012345678, 1234567890123456789, 2**63 - 1])
def test_ids_have_as_many_digits_as_discord_gives_them(setting, known):
    section, key = setting.split(".")
    name = f"BAMBOO_{section}__{key}".upper()
    read = getattr(getattr(load_settings(None, {**REQUIRED, name: str(known)}), section), key)
    assert read in (known, (known,))


AMOUNTS = ("staff.invoice_cap", "staff.daily_cap", "staff.approval_above")


@pytest.mark.parametrize("key", AMOUNTS)
@pytest.mark.parametrize(
    ("written", "cents"),
    [("'500.00'", 50_000), ("500", 50_000), ("19.99", 1999), ("'0.1'", 10), ("' 7 '", 700)],
)
def test_amounts_are_written_as_people_do_and_kept_in_cents(value_of, key, written, cents):
    assert value_of(key, written) == cents


@pytest.mark.parametrize("key", AMOUNTS)
@pytest.mark.parametrize(
    "written", ["'500,00'", "'$5'", "-1", "'1.999'", "nan", "inf", "'1e3'", "true", "[5]", "'1_000'"]
)
def test_an_amount_that_could_be_misread_is_refused(refusal_of, key, written):
    assert "amount" in refusal_of(key, written).expected


def test_an_amount_comes_from_the_environment_too():
    loaded = load_settings(None, {**REQUIRED, "BAMBOO_STAFF__DAILY_CAP": "1234.50"})
    assert loaded.staff.daily_cap == 123_450


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 10**9))
def test_every_amount_of_cents_survives_being_written_as_a_decimal(value_of, cents):
    written = f"{cents // 100}.{cents % 100:02}"
    assert value_of("staff.daily_cap", f"'{written}'") == cents
    assert value_of("staff.daily_cap", written) == cents


def test_a_cap_of_zero_is_ambiguous_but_every_invoice_may_need_approval(value_of, refusal_of):
    assert "no limit" in refusal_of("staff.invoice_cap", "0").expected
    assert value_of("staff.approval_above", "0") == 0


@pytest.mark.parametrize(
    ("written", "kept"),
    [("en-GB", "en_GB"), ("de", "de"), ("en_US.UTF-8", "en_US"), ("zh_Hant_TW", "zh_Hant_TW")],
)
def test_a_locale_is_one_that_amounts_can_be_written_in(value_of, written, kept):
    assert value_of("display.locale", f"'{written}'") == kept


@pytest.mark.parametrize("written", ["xx_YY", "english", "../en"])
def test_an_unknown_locale_is_refused(refusal_of, written):
    assert "en_US" in refusal_of("display.locale", f"'{written}'").expected


def test_a_time_zone_is_ready_to_use(value_of):
    assert value_of("display.timezone", "'Europe/Berlin'") == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("written", ["'Europe'", "'Mars/Base'", "'../etc/passwd'", "'/etc/localtime'", "5"])
def test_an_unknown_time_zone_is_refused(refusal_of, written):
    assert "Europe/Berlin" in refusal_of("display.timezone", written).expected


def test_levels_and_formats_may_be_written_in_any_case(value_of):
    assert value_of("logging.level", "'debug'") == "DEBUG"
    assert value_of("logging.format", "'JSON'") == "json"


def test_a_signing_key_that_could_be_guessed_is_refused(value_of, refusal_of):
    assert "16" in refusal_of("checkout.signing_key", "'fifteen-letters'").expected
    assert value_of("checkout.signing_key", "'sixteen-letters!'").get_secret_value() == "sixteen-letters!"
