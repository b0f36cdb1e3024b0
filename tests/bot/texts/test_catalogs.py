"""The catalogs hold what the code says, compiled, and nothing that would break a sentence."""

from pathlib import Path

from babel.messages import Catalog

from bot.texts.catalogs import compiled, read, template, update, written
from bot.texts.language import CATALOGS, DOMAIN, Languages
from bot.texts.lazy import placeholders

TRANSLATED = sorted(CATALOGS.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def test_the_template_holds_every_text_of_the_code() -> None:
    """Every English sentence stands in this file: what changes one shows in its difference."""
    assert (CATALOGS / f"{DOMAIN}.pot").read_bytes() == written(template()), "run: make texts"


def problems_of(catalog: Catalog) -> list[str]:
    """Texts that aren't there, and facts that aren't the template's."""
    wanted = {message.id: message for message in template() if message.id}
    found = {message.id: message for message in catalog if message.id}
    problems = [f"not translated: {each}" for each in wanted if not found.get(each) or not found[each].string]
    for each in found.values():
        allowed = placeholders("".join(each.id) if isinstance(each.id, tuple) else each.id)
        strings = each.string if isinstance(each.string, tuple) else (each.string,)
        problems += [f"other facts: {string}" for string in strings if string and _other(string, allowed)]
    return problems


def _other(string: str, allowed: frozenset[str]) -> bool:
    return placeholders(string) - {"count"} != allowed - {"count"}


def test_every_catalog_is_whole_and_compiled() -> None:
    assert {path.parts[-3]: problems for path in TRANSLATED if (problems := problems_of(read(path)))} == {}
    for path in TRANSLATED:
        assert path.with_suffix(".mo").read_bytes() == compiled(read(path)), "run: make texts"


def test_a_catalog_with_a_text_missing_or_other_facts_is_found() -> None:
    catalog = template()
    for message in catalog:
        message.string = message.id
    assert problems_of(catalog) == []
    catalog["Pay {total}"].string = "Bezahlen"
    catalog["Decline"].string = ""

    assert sorted(problems_of(catalog)) == ["not translated: Decline", "other facts: Bezahlen"]


def test_a_language_takes_a_copy_of_the_template_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Decline"\nmsgstr "Weigeren"\n', encoding="utf-8")

    update(tmp_path)

    assert set(Languages(folder=tmp_path).translated) == {"nl"}
    assert Languages(folder=tmp_path).of("nl").template("Decline") == "Weigeren"
    assert "not translated: Pay {total}" in problems_of(read(path))
