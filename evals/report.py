"""A run as one self-contained HTML page: the figures with their intervals, then every case, failures first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from evals.metrics import METRICS
from evals.run import Run
from evals.types import Figure, Record

_STYLE = Path(__file__).with_name("report.css")
# What makes a case a failure; the other scores are degrees.
_MUST = ("answer.correct", "refusal.correct", "citation.quote_exact", "retrieval.hit@5")


def render(run: Run) -> str:
    """The page. Everything that came from outside is escaped; nothing is loaded from anywhere."""
    title = f"Evaluation: {run.name or 'a run'}"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    name = f"<title>{escape(title)}</title>"
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    body = [f"<h1>{escape(title)}</h1>", *_facts(run), *_figures(run.metrics), *_suites(run.suites)]
    ordered = sorted(run.records, key=lambda r: ("error", "wrong", "right").index(state(r)))
    body += ["<h2>Cases, failures first</h2>", *(_case(record) for record in ordered)]
    return (
        f"<!doctype html>\n<html lang=en>\n<head>{head}{policy}{name}"
        f"<style>\n{_STYLE.read_text('utf-8')}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def state(record: Record) -> str:
    """error, wrong or right."""
    if record.error is not None:
        return "error"
    if "support.due" in record.scores:
        return "right" if record.scores.get("support.found") == record.scores["support.due"] else "wrong"
    return "wrong" if any((score := record.scores.get(name)) is not None and score < 1 for name in _MUST) else "right"


def _facts(run: Run) -> Iterator[str]:
    states = [state(r) for r in run.records]
    counted = ", ".join(f"{states.count(name)} {name}" for name in ("right", "wrong", "error"))
    model = run.settings.get("llm", {}).get("model", "") if isinstance(run.settings.get("llm"), Mapping) else ""
    asked = any("refusal.refused" in r.scores for r in run.records)
    told = [
        f"{len(states)} cases: {counted}",
        f"{run.seconds:.0f} s" + (f" on {run.about['machine']}" if run.about.get("machine") else ""),
        f"model {model}" if asked else "no language model",
        f"fingerprint {run.fingerprint}",
        str(run.about.get("started", "")),
    ]
    yield f'<p class="soft">{escape(" · ".join(t for t in told if t))}</p>'


def _figures(metrics: Mapping[str, Figure]) -> Iterator[str]:
    yield '<h2>Figures</h2><div class="wide"><table><tr><th>metric<th class="figure">value<th>95 % interval<th>'
    yield '<th class="figure">n<th class="figure">unscored</tr>'
    for name, figure in metrics.items():
        unit = METRICS[name].unit if name in METRICS else ""
        value = "–" if figure.value is None else f"{figure.value:.3f}{f' {unit}' if unit else ''}"
        limits = "" if figure.low is None or figure.high is None else f"{figure.low:.3f} – {figure.high:.3f}"
        bar = "" if unit else _bar(figure)  # seconds have no scale of 0 to 1
        cells = f'<td>{escape(name)}<td class="figure">{value}<td class="soft">{limits}<td>{bar}'
        yield f'<tr>{cells}<td class="figure">{figure.n}<td class="figure">{figure.unscored or ""}</tr>'
    yield "</table></div>"
    yield '<p class="soft">Intervals are 95 % bootstrap intervals over cases; where all cases scored alike they shrink'
    yield "to a point, which says little when n is small. Unscored: due, and could not be scored.</p>"


def _bar(figure: Figure) -> str:
    """The value as a dot on 0–1, its interval as a line through it."""
    if figure.value is None:
        return ""

    def at(v: float) -> float:
        return round(6 + 148 * min(1.0, max(0.0, v)), 1)

    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return (
        '<svg width="160" height="14" viewBox="0 0 160 14" role="img" '
        f'aria-label="{figure.value:.3f}, interval {low:.3f} to {high:.3f}">'
        '<line class="track" x1="6" y1="7" x2="154" y2="7"/>'
        f'<line class="interval" x1="{at(low)}" y1="7" x2="{at(high)}" y2="7"/>'
        f'<circle class="dot" cx="{at(figure.value)}" cy="7" r="4"/></svg>'
    )


def _suites(suites: Mapping[str, Any]) -> Iterator[str]:
    if suites:
        yield "<h2>Suites</h2><ul>"
    for name, suite in suites.items():
        below = "".join(f'<br><span class="low">{escape(line)}</span>' for line in suite.get("below", ()))
        below = below or ' <span class="soft">no figure below its floor</span>'
        yield f"<li>{escape(name)}: {escape(suite.get('about', ''))}{below}"
    if suites:
        yield "</ul>"


def _case(record: Record) -> str:
    kind = state(record)
    parts = [*_said(record), *_gold(record.gold)]
    scores = " ".join(f"<span>{escape(n)} {'unscored' if v is None else f'{v:.3g}'}</span>" for n, v in record.scores.items())
    if len(record.turns) > 1:
        parts.insert(0, "<dt>turns<dd>" + "<br>".join(escape(t) for t in record.turns))
    tags = f' <span class="soft">{escape(record.id)} · {escape(", ".join(record.tags))}</span>'
    opened = " open" if kind != "right" else ""
    return (
        f'<details class="{kind}"{opened}><summary><span class="state">{kind}</span>'
        f"{escape(record.question)}{tags}</summary>"
        f'<div><dl>{"".join(parts)}</dl><p class="scores soft">{scores}</p></div></details>'
    )


def _said(record: Record) -> Iterator[str]:
    answer = record.answer
    if record.error is not None:
        yield f"<dt>error<dd>{escape(record.error)}"
    if "standalone_question" in answer and answer["standalone_question"] != record.question:
        yield f"<dt>understood as<dd>{escape(str(answer['standalone_question']))}"
    if answer.get("refused"):
        yield f"<dt>refused, {escape(str(answer.get('refusal_reason')))}<dd>{escape(str(answer.get('text', '')))}"
    elif answer.get("sentences"):
        yield "<dt>answer<dd>" + "".join(_sentence(s) for s in answer["sentences"])
    if "support" in answer:
        verdict = f"{answer['support']} ({answer.get('score')}) {answer.get('why', '')}"
        yield f"<dt>checker<dd>{escape(verdict)}"
        yield f"<dt>context<dd>{escape(str(answer.get('context', '')))}"
    if answer.get("passages") and not answer.get("sentences"):
        yield "<dt>found<dd>" + _passages(answer["passages"][:3])


def _sentence(sentence: Mapping[str, Any]) -> str:
    support = escape(sentence["support"])
    said = f'<p class="{support}">{escape(sentence["text"])} <span class="soft">{support}</span></p>'
    return said + "".join(_quoted(c["quote"], f"[{c['marker']}] {c['title']}") for c in sentence["citations"])


def _quoted(words: str, where: str) -> str:
    return f'<blockquote>{escape(words)} <span class="soft">{escape(where)}</span></blockquote>'


def _passages(passages: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_quoted(p["best_sentence"]["text"], p["title"]) for p in passages)


def _gold(gold: Mapping[str, Any]) -> Iterator[str]:
    if gold.get("refuse"):
        yield "<dt>gold<dd>the articles do not answer this: refuse"
    if "supported" in gold:
        yield f"<dt>gold<dd>{'supported' if gold['supported'] else 'not supported'}"
    if gold.get("answers"):
        yield "<dt>gold answer<dd>" + escape(" and ".join(" or ".join(group) for group in gold["answers"]))
    if gold.get("quotes"):
        yield "<dt>gold quotes<dd>" + "".join(f"<blockquote>{escape(q)}</blockquote>" for q in gold["quotes"])
    if gold.get("articles"):
        yield f"<dt>gold articles<dd>{escape(', '.join(gold['articles']))}"
