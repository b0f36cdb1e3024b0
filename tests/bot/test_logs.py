"""What reaches stderr: readable, one record per line, and never a secret or a link."""

import io
import json
import logging
import re
import sys

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import LoggingSettings
from bot.logs import configure_logging, mask_of, mask_secrets

NOISY = ("discord", "aiohttp", "asyncio", "alembic")
# Put together here, so that nothing in this file looks like a token itself.
BOT_TOKEN = ".".join(("MTIzNDU2Nzg5MDEyMzQ1Njc4", "GxYzAb", "q" * 38))
INTERACTION_TOKEN = "aW50ZXJhY3Rpb246" + "MTIzNDU2" * 12


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in NOISY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def log_to(monkeypatch):
    """Configure logging and return what stderr gets."""

    def configure(*secrets: str, **written: str) -> io.StringIO:
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        configure_logging(LoggingSettings(**written), map(SecretStr, secrets))
        return stream

    return configure


log = logging.getLogger("bot.tests")


def fail(text: str):
    raise LookupError(text)


def test_a_line_says_when_how_bad_where_and_what(log_to):
    stream = log_to()
    log.warning("sale %d is late", 7, extra={"guild_id": 5})
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING  bot\.tests: sale 7 is late guild_id=5\n",
        stream.getvalue(),
    )


def test_json_has_one_object_per_line(log_to):
    stream = log_to(format="json")
    log.info(
        "first\nline", extra={"guild_id": 5, "lines": [{"name": "Pro"}], "at": ("a", None), "odd": object}
    )
    try:
        fail("gone")
    except LookupError:
        log.exception("second", extra={"share": float("inf")})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "INFO",
        "logger": "bot.tests",
        "message": "first\nline",
        "guild_id": 5,
        "lines": [{"name": "Pro"}],
        "at": ["a", None],
        "odd": "<class 'object'>",
    }
    assert second["exception"].startswith("Traceback")
    assert second["exception"].endswith("LookupError: gone")
    assert second["share"] == "inf"


def test_an_extra_field_can_not_pass_for_the_record_itself(log_to):
    stream = log_to(format="json")
    log.info("text", extra={"level": "CRITICAL", "logger": "root"})
    record = json.loads(stream.getvalue())
    assert (record["level"], record["logger"]) == ("INFO", "bot.tests")


def test_a_name_with_a_line_break_can_not_pass_for_a_line_of_the_log(log_to):
    stream = log_to()
    log.info("welcome %s", "ann\n2026-01-01T00:00:00.000Z INFO bot: all paid\x1b[2J\u202e")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_the_text_of_an_exception_stays_indented_below_its_line(log_to):
    stream = log_to()
    try:
        fail("one\n2026-01-01T00:00:00.000Z INFO bot: all paid")
    except LookupError:
        log.exception("failed")
    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("bot.tests: failed")
    assert rest[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") for line in rest)


def test_configuring_again_replaces_what_was_there(log_to):
    before, after = log_to(), log_to()
    log.info("once")
    assert before.getvalue() == ""
    assert after.getvalue().count("once") == 1


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("DEBUG", ["DEBUG", "INFO", "WARNING", "ERROR"]),
        ("INFO", ["WARNING", "ERROR"]),
        ("WARNING", ["WARNING", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
@pytest.mark.parametrize("name", ["discord.gateway", "aiohttp.access"])
def test_libraries_are_heard_from_warnings_on_unless_debugging(log_to, name, level, heard):
    stream = log_to(level=level, format="json")
    for severity in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger(name).log(severity, "said")
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == heard


def test_our_own_records_below_the_level_are_left_out(log_to):
    stream = log_to(level="WARNING")
    log.info("quiet")
    log.warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


# --- secrets and links --------------------------------------------------------------------------------

LEAKS = {
    "checkout link": ("https://pay.pandabase.io/c/cs_abc123", "abc123"),
    "link without an id": ("https://shop.pandabase.io/c/abc123?x=1", "abc123"),
    "link of another host": ("see http://127.0.0.1:9000/c/abc123.", "abc123"),
    "link with an IPv6 host": ("http://[::1]:9000/c/abc123", "abc123"),
    "link without a scheme": ("shop.pandabase.io/c/abc123", "abc123"),
    "link in an access log": ('"GET /c/abc123 HTTP/1.1" 200', "abc123"),
    "link as an argument": ("url=/c/abc123", "abc123"),
    "link in Markdown": ("[Pay](https://pay.pandabase.io/cs_abc123)", "abc123"),
    "link as JSON escapes it": (r'{"u": "https:\/\/pandabase.io\/c\/abc123"}', "abc123"),
    "link inside a link": ("https://x.org/?next=https%3A%2F%2Fpandabase.io%2Fc%2Fabc123", "abc123"),
    "session inside a link": ("https://x.org/?next=https%3A%2F%2Fpandabase.io%2Fcs_abc123", "abc123"),
    "paylink": ("https://pay.pandabase.io/pay_abc123", "abc123"),
    "payment page": ("https://pay.pandabase.io/redirect/abc123", "abc123"),
    "bot token": (f"logging in with {BOT_TOKEN} now", "q" * 10),
    "interaction callback": (f"/interactions/123/{INTERACTION_TOKEN}/callback", "MTIzNDU2"),
    "short interaction token": ("POST /interactions/123/short-token/callback", "short-token"),
    "webhook address": ("https://discord.com/api/v10/webhooks/123/abc-_token?wait=true", "abc-_token"),
    "interaction token alone": (f"token={INTERACTION_TOKEN}", "MTIzNDU2"),
    "token in a repr": ("{'token': 'a.b', 'id': 5}", "a.b"),
    "secret in JSON": ('{"webhook_secret": "plain text"}', "plain text"),
    "header": ("Authorization: Bearer abcdefghij0123456789", "abcdefghij"),
    "bot header": ("Authorization: Bot abcdefghij0123456789", "abcdefghij"),
    "store token": ("key sk_live_abc123, bad", "abc123"),
    "token id": ("stk_4tzcbfp2", "4tzcbfp2"),
    "webhook secret": ("whsec_MfKQ9r8GKYqrTwjU+/=", "MfKQ"),
    "raw webhook secret": ("wh_sk_abc123", "abc123"),
    "database password": ("postgresql+asyncpg://bob:hunter2@localhost/x", "hunter2"),
}


@pytest.mark.parametrize(("text", "secret"), LEAKS.values(), ids=LEAKS.keys())
def test_what_looks_like_a_secret_or_a_link_is_masked(text, secret):
    assert secret in text
    assert secret not in mask_secrets(text)
    assert "***" in mask_secrets(text)


@pytest.mark.parametrize(("text", "secret"), LEAKS.values(), ids=LEAKS.keys())
@pytest.mark.parametrize("form", ["text", "json"])
def test_masking_reaches_every_part_of_a_record(log_to, form, text, secret):
    stream = log_to(format=form)
    try:
        fail(text)
    except LookupError:
        log.exception("%s", text, extra={"seen": text, "nested": {text: [text]}}, stack_info=True)
    assert "***" in stream.getvalue()
    assert secret not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "checkout cs_abc123 is open",
        "GET /webhooks/pandabase",
        "https://discord.com/api/v10/channels/123/messages",
        "https://api.pandabase.io/v2/stores/shp_abc/checkouts",
        'File "/home/c/bamboo/bot/app.py", line 3, in task_run',
        "physics_lab risk_free ask_me basics_1/2",
        "1.2.3 of bot.checkout.service at 2026-06-01T12:00:00.000Z",
        "a Bot was here, a Bearer of news",
        "mail ann@example.org about and/or",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert mask_secrets(text) == text


def test_arguments_that_do_not_fit_the_text_are_masked_too(log_to, monkeypatch):
    # pytest's own handler makes an error of such a record.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    stream = log_to()
    log.info("%d links", "https://pandabase.io/c/abc123")
    assert "links" in stream.getvalue()
    assert "abc123" not in stream.getvalue()


def test_a_record_that_can_not_be_written_does_not_spill_its_arguments(log_to):
    class Stubborn:
        def __str__(self):
            raise RuntimeError("sk_live_abc123")

    stream = log_to()
    log.info("text", extra={"key": "sk_live_abc123", "stubborn": Stubborn()})
    assert stream.getvalue() == "bot.tests: a record could not be written (RuntimeError)\n"


def test_known_secrets_are_masked_even_when_one_begins_with_another():
    mask = mask_of([SecretStr("hush"), SecretStr("hush-hush"), SecretStr("")])
    assert mask("a hush-hush b hush c") == "a *** b *** c"


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)
AROUND = st.text(max_size=20)


def plain(text: str) -> str:
    return text.replace("\\", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRETS, before=AROUND, after=AROUND, form=st.sampled_from(["text", "json"]))
@example(secret="""it's-"quoted\\\\back""", before="", after="", form="text")
@example(secret="it's-single", before='"', after="", form="text")
def test_a_known_secret_never_reaches_the_log_however_it_is_written(log_to, secret, before, after, form):
    assume(len(plain(secret)) >= 8)
    stream = log_to(secret, format=form)
    text = f"{before}{secret}{after}"
    try:
        fail(text)
    except LookupError:
        log.exception(
            "%s and %r", text, text, extra={"seen": [text], "told": repr(text), "sent": json.dumps(text)}
        )
    # Escapes are taken away, so that no spelling of the secret can hide from the comparison.
    assert plain(secret) not in plain(stream.getvalue())


def test_masking_a_hostile_text_takes_time_in_proportion_to_its_length():
    hostile = [
        "/" * 200_000,
        "a" * 200_000,
        "://" * 70_000,
        "a." * 100_000,
        '"token' * 40_000,
        "cs_" * 70_000,
    ]
    # A pattern that backtracks would take minutes here, and the timeout would end it.
    assert all(mask_secrets(text) for text in hostile)
