"""Texts as they are kept: template and facts, so that whoever reads them later reads their own language."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.money import Money
from bot.texts.lazy import Amount, Capital, Code, Cut, Joined, Markdown, Moment, Name, Number, Phrase, Text


def dumps(text: Text) -> str:
    return json.dumps(to_json(text), ensure_ascii=False)


def loads(kept: str) -> Text:
    """The text; what an earlier version kept as a finished sentence, in Markdown, stays that."""
    try:
        return from_json(json.loads(kept))
    except (ValueError, TypeError, KeyError):
        return Markdown(kept)


def read(kept: Any) -> Text:
    """What stands in a document: a text, or what somebody wrote, or an earlier version did."""
    return from_json(kept) if isinstance(kept, dict) else Name(str(kept))


def to_json(text: Text) -> Mapping[str, Any]:  # noqa: C901, PLR0911 - one for each kind
    """As JSON's own types."""
    match text:
        case Phrase():
            facts = {name: to_json(fact) for name, fact in text.facts.items()}
            many = {"plural": text.plural, "count": text.count} if text.plural else {}
            return {"text": text.template, "facts": facts, **many}
        case Name():
            return {"name": text.content}
        case Markdown():
            return {"markdown": text.content}
        case Code():
            return {"code": text.content}
        case Amount():
            money = text.money
            return {"amount": money.amount, "currency": money.currency, "coded": text.coded}
        case Number():
            return {"number": str(text.value)}
        case Moment():
            return {"at": text.instant.isoformat(), "style": text.style}
        case Joined():
            return {"parts": [to_json(part) for part in text.parts], "separator": text.separator}
        case Cut():
            return {"cut": to_json(text.text), "limit": text.limit}
        case Capital():
            return {"capital": to_json(text.text)}
    raise TypeError(f"{text!r} can't be kept")


def from_json(kept: Any) -> Text:  # noqa: C901, PLR0911 - one for each kind
    """Raises ValueError, TypeError or KeyError for what `to_json` didn't make."""
    match kept:
        case {"text": str(template), "facts": dict(facts)}:
            read = {name: from_json(fact) for name, fact in facts.items()}
            return Phrase(template, read, str(kept.get("plural", "")), int(kept.get("count", 0)))
        case {"name": str(content)}:
            return Name(content)
        case {"markdown": str(content)}:
            return Markdown(content)
        case {"code": str(content)}:
            return Code(content)
        case {"amount": int(amount), "currency": str(currency)}:
            return Amount(Money(amount, currency), bool(kept.get("coded")))
        case {"number": str(value)}:
            return Number(Decimal(value))
        case {"at": str(instant), "style": str(style)}:
            return Moment(datetime.fromisoformat(instant), style)
        case {"parts": list(parts), "separator": str(separator)}:
            return Joined(tuple(map(from_json, parts)), separator)
        case {"cut": cut, "limit": int(limit)}:
            return Cut(from_json(cut), limit)
        case {"capital": capital}:
            return Capital(from_json(capital))
    raise ValueError(f"no text: {kept!r}")
