"""Which payment pages may be shown: https on an allowed host or below it, and nothing that only looks so."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from bot.checkout.gateway import is_trusted

HOSTS = ("pandabase.io",)
labels = some.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
paths = some.text(string.ascii_letters + string.digits + "/_-.~%?#=&@:", max_size=40).map(
    lambda path: f"/{path}"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://pandabase.io/c/cs_1",
        "https://checkout.pandabase.io/c/cs_1",
        "https://a.b.pandabase.io/",
        "https://PANDABASE.io/c/cs_1",
        "HTTPS://checkout.Pandabase.IO/c/cs_1",
        "https://pandabase.io./c/cs_1",
        "https://pandabase.io:8443/c/cs_1",
        "https://pandabase.io/c/cs_1?from=https://evil.example#@evil.example",
    ],
)
def test_a_page_on_the_host_or_below_it_may_be_shown(url: str) -> None:
    assert is_trusted(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://pandabase.io/c/cs_1",
        "ftp://pandabase.io/c/cs_1",
        "javascript://pandabase.io/%0aalert(1)",
        "//pandabase.io/c/cs_1",
        "pandabase.io/c/cs_1",
        "/c/cs_1",
        "",
        "https:///c/cs_1",
        "https:pandabase.io/c/cs_1",
        "https://evil.example/pandabase.io",
        "https://evil.example?pandabase.io",
        "https://evil.example#.pandabase.io",
        "https://evilpandabase.io/c/cs_1",
        "https://pandabase.io.evil.example/c/cs_1",
        "https://pandabase.iо/c/cs_1",  # the last letter is Cyrillic
        "https://xn--pandabase-.io/c/cs_1",
        "https://pandabase.io@evil.example/c/cs_1",
        "https://pandabase.io:pay@evil.example/c/cs_1",
        "https://evil.example@pandabase.io/c/cs_1",
        "https://@pandabase.io/c/cs_1",
        "https://evil.example\\@pandabase.io/c/cs_1",
        "https://evil.example\\.pandabase.io/c/cs_1",
        "https://evil.example／.pandabase.io/c/cs_1",
        "https://evil.example%2f.pandabase.io/c/cs_1",
        "https://evil.example%00.pandabase.io/c/cs_1",
        "https://evil.example\x00.pandabase.io/c/cs_1",
        "https://pandabase.io\n.evil.example/c/cs_1",
        "https://pandabase.io\t@evil.example/c/cs_1",
        "https://evil.example .pandabase.io/c/cs_1",
        "https://[::1]/c/cs_1",
        "https://[pandabase.io/c/cs_1",
        "https://pandabase.io:99999/c/cs_1",
        "https://pandabase.io:pay/c/cs_1",
    ],
)
def test_what_isnt_https_or_is_elsewhere_or_hides_where_it_is_may_not(url: str) -> None:
    assert not is_trusted(url, HOSTS)


@given(some.lists(labels, max_size=3), paths)
def test_whatever_is_below_an_allowed_host_is_trusted_whatever_the_path(below: list[str], path: str) -> None:
    assert is_trusted(f"https://{'.'.join([*below, 'pandabase.io'])}{path}", HOSTS)


@given(some.lists(labels, min_size=1, max_size=4), paths)
def test_no_other_host_is_trusted_whatever_the_path(host: list[str], path: str) -> None:
    name = ".".join(host)
    assume(name != "pandabase.io")
    assume(not name.endswith(".pandabase.io"))

    assert not is_trusted(f"https://{name}{path}", HOSTS)


@given(some.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    assert is_trusted(text, HOSTS) in {True, False}
    assert not is_trusted(f"https://evil.example{text}", ("pandabase.io",)) or "pandabase.io" in text.lower()


@given(some.text(max_size=30))
def test_no_host_is_allowed_by_an_empty_list(text: str) -> None:
    assert not is_trusted(f"https://{text}/c/cs_1", ())


# --- on this machine ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "127.0.0.2"])
def test_plain_http_is_enough_on_loopback_where_it_is_allowed(host: str) -> None:
    assert is_trusted(f"http://{host}:8080/c/cs_1", (host.strip("[]"),))
    assert not is_trusted(f"http://{host}:8080/c/cs_1", HOSTS)


@pytest.mark.parametrize("host", ["192.168.0.1", "10.0.0.1", "0.0.0.0", "pay.localhost.example"])
def test_plain_http_is_not_enough_anywhere_else(host: str) -> None:
    assert not is_trusted(f"http://{host}/c/cs_1", (host,))


def test_owners_may_write_hosts_in_capitals() -> None:
    assert is_trusted("https://pay.shop.example/c/cs_1", ("Shop.Example",))
