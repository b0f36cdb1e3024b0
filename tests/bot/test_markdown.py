import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.markdown import ELLIPSIS, cut, escape, escape_around_links, formatted

# What Discord takes a backslash before: anything but letters, digits and spaces.
ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
# What means something to Discord, wherever it comes from.
CONSTRUCTS = {
    "bold, italics, underline, strike, spoiler, code": r"[*_~|`]",
    "a masked link": r"\[.*\]\(.*\)",
    "a bare link": r"https?://",
    "a mention, an emoji, a time or a command": r"<",
    "everyone": r"(?i)@(everyone|here)",
    "a heading": r"(?m)^\s*#",
    "small print": r"(?m)^\s*-#",
    "a quote": r"(?m)^\s*>",
    "a list": r"(?m)^\s*[-+*] ",
    "a numbered list": r"(?m)^\s*\d+[.)] ",
}
SPICE = [
    "*",
    "_",
    "~~",
    "||",
    "`",
    "\\",
    "<@1>",
    "@everyone",
    "@here",
    "https://a.b",
    "[a](b)",
    "\n",
    "#",
    "> ",
]
SPICE += ["- ", "1. ", "-# ", " ", "word", "@", "<", "\u200b", "é", "🔥", "…"]
spicy = st.text() | st.lists(st.sampled_from(SPICE), max_size=20).map("".join)


@given(spicy)
def test_nothing_in_escaped_text_means_anything(text: str):
    # Each escaped character stands for itself, so a harmless one takes its place.
    plain = ESCAPED.sub("x", escape(text))
    assert [name for name, pattern in CONSTRUCTS.items() if re.search(pattern, plain)] == []


@given(spicy)
def test_escaped_text_reads_as_it_was(text: str):
    shown = ESCAPED.sub(r"\1", escape(text))
    assert shown.replace("\u200b", "") == text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Pro Plan (yearly): 2 for 1!", "Pro Plan (yearly): 2 for 1!"),
        ("**Pro**", r"\*\*Pro\*\*"),
        ("snake_case", r"snake\_case"),
        ("[free](https://evil.example)", r"\[free\](https\://evil.example)"),
        ("# Big", r"\# Big"),
        ("C# and F#", "C# and F#"),
        ("1. First", r"1\. First"),
        ("v1.2", "v1.2"),
        ("a > b - c", "a > b - c"),
        ("<@123>", "\\<@\u200b123>"),
        ("<@&123>", "\\<@\u200b&123>"),
        ("me@example.com", "me@example.com"),
        ("@everyone", "@\u200beveryone"),
        ("\\", r"\\"),
    ],
)
def test_what_needs_no_escape_is_left_alone(text: str, escaped: str):
    assert escape(text) == escaped


@given(spicy, st.integers(0, 60))
def test_a_cut_text_is_never_longer_than_allowed(text: str, limit: int):
    assert len(cut(text, limit)) <= limit


@given(spicy, st.integers(1, 60))
def test_a_cut_text_is_the_beginning_of_the_whole(text: str, limit: int):
    short = cut(text, limit)
    if len(text) <= limit:
        assert short == text
    else:
        assert short.endswith(ELLIPSIS)
        assert text.startswith(short.removesuffix(ELLIPSIS))


@given(spicy, st.integers(1, 60))
def test_a_cut_never_leaves_half_an_escape(text: str, limit: int):
    short = cut(escape(text), limit)
    beginning = short if len(escape(text)) <= limit else short.removesuffix(ELLIPSIS)
    assert not ESCAPED.sub("x", beginning).endswith("\\")


@given(spicy, st.integers(1, 60))
def test_escaped_text_stays_harmless_when_it_is_cut(text: str, limit: int):
    plain = ESCAPED.sub("x", cut(escape(text), limit))
    assert [name for name, pattern in CONSTRUCTS.items() if re.search(pattern, plain)] == []


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("incomprehensibilities", 10, "incompreh…"),
        ("a incomprehensibilities", 10, "a incompr…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("", 0, ""),
        ("🔥🔥🔥🔥", 3, "🔥🔥…"),
    ],
)
def test_a_cut_goes_after_a_word_where_that_keeps_half_of_it(text: str, limit: int, short: str):
    assert cut(text, limit) == short


def test_addresses_of_the_owner_stay_links_and_nothing_else_means_anything() -> None:
    text = "**Get** it: https://a.example/my_file_(1).zip?x=1#y, or [here](https://b.example) @everyone"

    shown = escape_around_links(text)

    assert "https://a.example/my_file_(1).zip?x=1#y" in shown
    assert r"\*\*Get\*\*" in shown
    assert r"\[here\](https://b.example)" in shown
    assert "@everyone" not in shown


# --- the owner's own Markdown -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**bold** *slanted* __under__ ~~struck~~", "**bold** *slanted* __under__ ~~struck~~"),
        ("# Big\n## Less\n### Small", "### Big\n### Less\n### Small"),
        ("- one\n- two\n1. three\n> four", "- one\n- two\n1. three\n> four"),
        ("`x[0] <@1>`", "`x[0] <@\u200b1>`"),
        ("```py\nx = {}\n```", "```py\nx = {}\n```"),
        ("[x](https://a.example)", r"\[x\](https\://a.example)"),
        (r"\[x](https://a.example)", r"\[x\](https\://a.example)"),
        (r"\\[x](https://a.example)", r"\\\[x\](https\://a.example)"),
        (r"\`[x](https://a.example)`", r"\`\[x\](https\://a.example)`"),
        ("||hidden|| <t:1:R> <#2>", r"\|\|hidden\|\| \<t:1:R> \<#2>"),
        ("a\n\n\n\n\nb", "a\n\nb"),
    ],
)
def test_what_formats_is_kept_and_what_leads_somewhere_is_not(written: str, shown: str) -> None:
    assert formatted(written, 1000) == shown


CODE = re.compile(r"(?<![\\`])(?:```[^`]+```|`[^`\n]+`)(?!`)")


@given(st.text("*_~|`<>[]()\\@#:/ -\nab1", max_size=300), st.integers(20, 300))
@example(":/]/", 20)
def test_nothing_formatted_leads_anywhere_or_pings_anybody(written: str, limit: int) -> None:
    shown = formatted(f"{written} [x](https://a.example) <@1> @everyone", limit)

    assert len(shown) <= limit
    assert "@everyone" not in shown
    # What is taken out leaves a character behind: what stood on its sides doesn't stand together.
    plain = re.sub(r"\\.", "x", CODE.sub("x", shown), flags=re.DOTALL)
    assert "://" not in plain
    assert "](" not in plain
    assert "<" not in plain


@pytest.mark.parametrize("opened", ["**bold ", "~~struck ", "```\ncode "])
def test_what_a_cut_leaves_open_is_closed(opened: str) -> None:
    shown = formatted(opened + "bamboo " * 50, 100)

    mark = opened.split(maxsplit=1)[0][:3].rstrip("bs")
    assert shown.count(mark) == 2
    assert shown.endswith(mark)
    assert len(shown) <= 100
