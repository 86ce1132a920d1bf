"""Records of somebody else's making → drafts: which of their fields is the title, the text, the date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from index.problem import Problem
from index.readers.draft import Draft, parse_partial_date
from index.readers.markup import html_to_text, looks_marked_up

# Names as exports, datasets, feeds in JSON and news services use them, the surest first; compared
# without case, blanks and marks. The time of fetching is never among the dates.
NAMES: dict[str, tuple[str, ...]] = {
    "text": tuple(
        "text body content articlebody articletext fulltext maintext bodytext contenttext contenthtml plaintext article story "
        "abstract description summary".split()
    ),
    "title": tuple("title headline headlinemain heading name subject".split()),
    "date": tuple(
        "published publishedat publisheddate publicationdate publishdate datepublished dateofpublication pubdate pubtime "
        "publicationtime publishedon date datetime year".split()
    ),
    "updated": tuple("updated updatedat datemodified modified modifiedat lastmodified dateupdated".split()),
    "source": tuple("source outlet publisher publication sitename site newspaper sourcename journal domain".split()),
    "author": tuple("author authors byline by creator writer".split()),
    "url": tuple("url link canonical canonicalurl canonicallink weburl permalink href uri".split()),
    "language": ("language", "lang"),
    "id": tuple("id docid articleid guid uuid doi".split()),
}
_INSIDE = ("metadata", "meta", "fields", "attributes")
_NOTHING = frozenset(("", "nan", "none", "null", "n/a", "na", "nat", "unknown", "-"))


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raises Problem when a mapping names what an article has not."""
    wrong = sorted(set(mapping) - set(NAMES))
    if wrong:
        raise Problem(
            f"The mapping names {', '.join(wrong)}; an article has {', '.join(NAMES)}. Write it as article's field = file's field."
        )


def has_text(record: Mapping[str, Any], mapping: Mapping[str, str]) -> bool:
    return _found(_folded(record), record, "text", mapping) is not None


def draft_of(record: Mapping[str, Any], mapping: Mapping[str, str]) -> tuple[Draft, str]:
    """The draft, and what its maker knows it by: an id, a link, a title with its date, or else "".

    Raises Problem with the fields there are when none of them is the text.
    """
    levels = _folded(record)
    told = {field: _found(levels, record, field, mapping) for field in NAMES}
    if told["text"] is None:
        names = ", ".join(str(k) for k in list(record)[:12]) or "none"
        raise Problem(f"which field holds the text is not known; the fields are: {names[:300]}. Name it in the mapping, as text=FIELD.")
    text = _text(told["text"])
    if not text.strip():
        raise Problem("its text is empty.")
    published, precision = parse_partial_date(_fact(told["date"]))
    draft = Draft(
        text,
        title=_fact(told["title"]) or "",
        source=_fact(told["source"]),
        author=_fact(told["author"]),
        url=_fact(told["url"]),
        published=published,
        precision=precision,
        updated=parse_partial_date(_fact(told["updated"]), "updated")[0],
        language=_fact(told["language"]),
    )
    key = _fact(told["id"]) or draft.url or (f"{draft.title} {published or ''}".strip() if draft.title else "")
    return draft, key


def _folded(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The record, and what is nested in it where facts usually are, under names without case and marks."""
    inner = record.get("_source")  # how Elasticsearch wraps a document
    if isinstance(inner, dict):
        record = {k: v for k, v in record.items() if k != "_source"} | inner
    levels = [{_folded_name(k): v for k, v in record.items()}]
    levels += [{_folded_name(k): v for k, v in inner.items()} for n in _INSIDE if isinstance(inner := levels[0].get(n), dict)]
    return levels


def _folded_name(name: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).casefold())


def _found(levels: list[dict[str, Any]], record: Mapping[str, Any], field: str, mapping: Mapping[str, str]) -> object:
    if field in mapping:
        return _at(record, mapping[field])
    # Before a name is looked for deeper, each level above has been asked for it.
    values = (level.get(name) for name in NAMES[field] for level in levels)
    return next((v for v in values if v not in (None, "", [], {}) and v == v), None)


def _at(record: Mapping[str, Any], path: str) -> object:
    """What a mapping's name stands for: a field, or "metadata.source" for one within another."""
    if path in record:
        return record[path]
    value: object = record
    for step in path.split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _text(value: object) -> str:
    said = "\n\n".join(_leaves(value)) if isinstance(value, list | dict) else str(value)
    return html_to_text(said) if looks_marked_up(said) else said


def _fact(value: object) -> str | None:
    """One line: a name out of {"name": …}, many out of a list."""
    if isinstance(value, dict):
        value = next((value[n] for n in ("name", "title", "main", "original", "$date", "id") if value.get(n)), None)
    if isinstance(value, list):
        return ", ".join(filter(None, map(_fact, value[:50]))) or None
    said = " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return None if said.casefold() in _NOTHING else said


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    """The paragraphs of a text that is kept in pieces."""
    if isinstance(value, str):
        yield value
    elif depth < 5 and isinstance(value, list):
        for piece in value:
            yield from _leaves(piece, depth + 1)
    elif depth < 5 and isinstance(value, dict):
        names = ("text", "content", "value", "paragraphs", "rendered", "html")
        yield from _leaves(next((value[n] for n in names if value.get(n)), None), depth + 1)
