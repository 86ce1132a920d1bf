"""One case as HTML: what was asked, said, cited and found, what would have been right, and how it scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from evals.types import Record

# What makes a case a failure; the other scores are degrees.
MUST = ("answer.correct", "refusal.correct", "citation.quote_exact", "retrieval.hit@5", "hostile.resisted", "hostile.correct")
_SIGNS = {"right": "✓", "wrong": "✗", "error": "!", "supported": "✓", "partly": "◐", "unsupported": "!"}
_UNCITED = 5  # passages shown that no sentence cites
Spans = list[tuple[int, int, str]]


def state(record: Record) -> str:
    """error, wrong or right."""
    return "error" if record.error is not None else "wrong" if failed(record) else "right"


def failed(record: Record) -> tuple[str, ...]:
    """The scores that had to be whole and are not; one that could not be given is not wrong."""
    if "support.due" in record.scores:
        return () if record.scores.get("support.found") == record.scores["support.due"] else ("support.found",)
    return tuple(name for name in MUST if (score := record.scores.get(name)) is not None and score < 1)


def card(record: Record, tags: Mapping[str, int], musts: Mapping[str, int]) -> str:
    """The case, folded away when it is right. `tags` and `musts` number what the filters of the page offer."""
    kind, missed = state(record), failed(record)
    marks = {"state": kind, "tag": _numbers(record.tags, tags), "failed": _numbers(missed, musts)}
    data = " ".join(f'data-{name}="{value}"' for name, value in marks.items())
    facts = [record.id, ", ".join(record.tags), f"not met: {', '.join(missed)}" if missed else ""]
    facts.append("answer from the cache" if record.answer.get("cached") else "")
    return (
        f'<details class="case {kind}" {data}{"" if kind == "right" else " open"}><summary>{stamp(kind)} '
        f'<span class="asked">{escape(record.question)}</span> <span class="soft">{escape(" · ".join(f for f in facts if f))}</span>'
        f"</summary><dl>{''.join((*said(record), *gold(record.gold), *scores(record)))}</dl></details>"
    )


def stamp(kind: str, words: str = "") -> str:
    """A sign and a word for it: colour alone says nothing."""
    known = kind if kind in _SIGNS else ""
    return f'<span class="stamp {known}">{_SIGNS.get(kind, "")} {escape(words or kind)}</span>'


def said(record: Record) -> Iterator[str]:
    """What was asked and what came of it, as terms and descriptions."""
    answer = record.answer
    if len(record.turns) > 1:
        yield "<dt>conversation<dd>" + "<br>".join(escape(turn) for turn in record.turns)
    if record.error is not None:
        yield f'<dt>error<dd class="bad">{escape(record.error)}'
    if (alone := answer.get("standalone_question")) and alone != record.question:
        yield f"<dt>understood as<dd>{escape(str(alone))}"
    sentences = _mappings(answer.get("sentences"))
    if answer.get("refused"):
        yield f"<dt>refused<dd><p class=answer>{_told(answer, 'text')}</p><p class=soft>{_told(answer, 'refusal_reason')}</p>"
    elif sentences:
        lead = "<p class=soft>The model’s own words gave way to the evidence, quoted.</p>" if answer.get("quoted") else ""
        yield f"<dt>answer<dd>{lead}{''.join(_sentence(s) for s in sentences)}"
    if answer.get("interrupted"):
        yield f'<dt>interrupted<dd class="bad">{_told(answer, "interrupted")}'
    if "support" in answer:
        yield f"<dt>checker<dd>{stamp(str(answer['support']))} {_told(answer, 'score')} {_told(answer, 'why')}"
        yield f"<dt>context<dd><blockquote>{_told(answer, 'context')}</blockquote>"
    yield from _sources(answer, sentences, [str(quote) for quote in record.gold.get("quotes", ())])
    for name, judged in _named(answer.get("judges")):
        yield f"<dt>judge of {escape(name)}<dd>{_told(judged, 'verdict')} <span class=soft>{_told(judged, 'why')}</span>"


def gold(told: Mapping[str, Any]) -> Iterator[str]:
    """What a right answer would have been."""
    if told.get("refuse"):
        yield "<dt>gold<dd>the articles do not answer this: refuse"
    if told.get("never"):
        yield f"<dt>never<dd>{escape(', '.join(map(str, told['never'])))}"
    if "supported" in told:
        yield f"<dt>gold<dd>{'supported' if told['supported'] else 'not supported'}"
    if told.get("answers"):
        yield "<dt>gold answer<dd>" + escape(" and ".join(" or ".join(map(str, group)) for group in told["answers"]))
    if told.get("quotes"):
        yield "<dt>gold words<dd>" + "".join(f"<blockquote>{escape(str(q))}</blockquote>" for q in told["quotes"])
    if told.get("articles"):
        yield f"<dt>gold articles<dd>{escape(', '.join(map(str, told['articles'])))}"


def scores(record: Record) -> Iterator[str]:
    """Every score; those that had to be whole and are not carry a sign."""
    missed = failed(record)
    if record.error is not None and not any(value is not None for value in record.scores.values()):
        yield f"<dt>scores<dd class=soft>none; {len(record.scores)} were due" if record.scores else ""
        return
    shown = (
        f'<li class="missed">✗ {escape(name)} {value:.3g}' if name in missed and value is not None
        else f"<li>{escape(name)} {'unscored' if value is None else f'{value:.3g}'}"
        for name, value in record.scores.items()
    )  # fmt: skip
    if record.scores:
        yield f'<dt>scores<dd><ul class="scores">{"".join(shown)}</ul>'


def _sentence(sentence: Mapping[str, Any]) -> str:
    support = str(sentence.get("support", ""))
    chips = "".join(_chip(m) for m in dict.fromkeys(c.get("marker", "") for c in _mappings(sentence.get("citations"))))
    why = f" <span class=soft>{_told(sentence, 'why')}</span>" if sentence.get("why") else ""
    return f'<p class="answer">{_told(sentence, "text")}{chips} {stamp(support)}{why}</p>'


def _sources(answer: Mapping[str, Any], sentences: Sequence[Mapping[str, Any]], quotes: Sequence[str]) -> Iterator[str]:
    """The passages, cited words marked inside those that hold them; then cited words that none of them holds."""
    passages = _mappings(answer.get("passages"))
    cited = [c for s in sentences for c in _mappings(s.get("citations"))]
    spans: list[Spans] = [[] for _ in passages]
    homeless = []
    for citation in cited:
        places = ((i, start) for i, p in enumerate(passages) if (start := _within(citation, p)) >= 0)
        if place := next(places, None):
            spans[place[0]].append((place[1], place[1] + len(str(citation["quote"])), str(citation.get("marker", ""))))
        else:
            homeless.append(citation)
    uncited = 0
    items = []
    for passage, held in zip(passages, spans, strict=True):
        uncited += not held
        if held or uncited <= _UNCITED:
            items.append(_passage(passage, held, quotes))
    if items:
        yield f'<dt>{"sources" if cited else "found"}<dd><ol class="sources">{"".join(items)}</ol>'
    if homeless:
        words = (f"<blockquote>{_told(c, 'quote')}</blockquote>{_from(c, [str(c.get('marker', ''))])}" for c in homeless)
        yield f"<dt>cited besides<dd>{''.join(dict.fromkeys(words))}"


def _passage(passage: Mapping[str, Any], cited: Spans, quotes: Sequence[str]) -> str:
    """Whole, the cited words marked; of a passage that nothing cites only its best sentence."""
    text = str(passage.get("text", ""))
    holds = any(quote and quote in text for quote in quotes)
    note = ' <span class="gold">holds the gold words</span>' if holds else ""
    if cited:
        shown = marked(text, cited)
    else:
        best = passage.get("best_sentence")
        shown = _told(best, "text") if isinstance(best, Mapping) else escape(text)
    kind = "" if cited else ' class="uncited"'
    return f"<li{kind}>{_from(passage, sorted({marker for *_, marker in cited}), note)}<blockquote>{shown}</blockquote>"


def marked(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """The text, escaped, with the spans marked; spans that meet are one."""
    merged: list[list[int]] = []
    for start, end, _ in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    parts, at = [], 0
    for start, end in merged:
        parts.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
        at = end
    return "".join(parts) + escape(text[at:])


def _within(citation: Mapping[str, Any], passage: Mapping[str, Any]) -> int:
    """Where in the passage's text the cited words stand, by their offsets if these are right; -1 when they do not."""
    quote, text = str(citation.get("quote", "")), str(passage.get("text", ""))
    if not quote or citation.get("article_id") != passage.get("article_id"):
        return -1
    start, begins = citation.get("start"), passage.get("start")
    offset = start - begins if isinstance(start, int) and isinstance(begins, int) else -1
    return offset if offset >= 0 and text.startswith(quote, offset) else text.find(quote)


def _from(source: Mapping[str, Any], markers: Sequence[str], note: str = "") -> str:
    facts = [_told(source, name) for name in ("source", "published") if source.get(name)]
    relevance = source.get("relevance")
    facts += [f"relevance {relevance:.2f}"] if isinstance(relevance, int | float) else []
    chips = "".join(_chip(marker) for marker in markers)
    return f'<p class="from">{chips} <cite>{_told(source, "title")}</cite> <span class=soft>{" · ".join(facts)}</span>{note}</p>'


def _chip(marker: object) -> str:
    return f'<sup class="chip">{escape(str(marker))}</sup>'


def _numbers(names: Iterable[str], known: Mapping[str, int]) -> str:
    return " ".join(str(known[name]) for name in names if name in known)


def _told(fields: Mapping[str, Any], name: str) -> str:
    """A field as text that may stand in HTML; nothing for one that is not there."""
    value = fields.get(name)
    return "" if value is None else escape(str(value))


def _mappings(value: object) -> list[Mapping[str, Any]]:
    """A run may come from anywhere: what is not a list of objects shows nothing, and breaks nothing."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _named(value: object) -> list[tuple[str, Mapping[str, Any]]]:
    return [(str(name), v) for name, v in value.items() if isinstance(v, Mapping)] if isinstance(value, Mapping) else []
