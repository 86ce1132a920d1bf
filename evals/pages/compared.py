"""Two runs as one HTML page: how far each metric moved and how surely, and both answers of each case that flipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from evals.pages import charts
from evals.pages.cards import gold, said, scores, stamp
from evals.pages.sheet import Links, document, filters, ordered, table
from evals.pages.wording import about, count, flat, unit, value
from evals.run import Run
from evals.types import Record

if TYPE_CHECKING:
    from evals.compare import Comparison, Difference, Flip

_WAYS = {"wrong": "now wrong", "mixed": "both ways", "right": "now right"}


def render_comparison(comparison: Comparison, before: Run, after: Run, links: Links = ()) -> str:
    """The page of two runs: how far each metric moved and how surely, and both answers of each case that flipped."""
    shares = [d for d in comparison.differences if not unit(d.metric)]
    times = [d for d in comparison.differences if unit(d.metric)]
    drawn = charts.differences("What changed", "", shares), charts.differences("What changed in time", "seconds", times)
    verdicts = Counter(d.verdict for d in comparison.differences)
    lead = ", ".join(f"{verdicts[v]} {v}" for v in ("better", "worse", "no sure difference") if verdicts[v])
    alone = f"{comparison.only_before} only before, {comparison.only_after} only after"
    body = [
        f'<p class="lead">{escape(f"Metrics: {lead}" if lead else "No metric could be compared")}.</p>',
        f'<p class="soft">{count(comparison.paired, "case")} in both, {alone}.</p>',
        *_two(before, after),
        f'<h2>Charts</h2><div class="charts">{"".join(chart.html() for chart in drawn if chart)}</div>',
        "<h2>Metrics</h2>",
        table(("metric", "before", "after", "change", "95 % interval", "p", "n", "verdict"), map(_difference, comparison.differences)),
        '<p class="soft">Better, worse: p &lt; 0.05 of a paired randomisation test, each metric by itself; one in 20 is so by chance.</p>',
        f"<h2>Cases that flipped</h2>{'' if comparison.flips else '<p>None did.</p>'}",
        *_flips(comparison.flips, before, after),
    ]
    return document(f"{before.name or 'A run'}, before and after", body, links, filtered=bool(comparison.flips))


def _two(before: Run, after: Run) -> Iterator[str]:
    """What the two runs are, and in what they differ."""
    yield from (f'<p class="soft"><b>{w}</b> {escape(" · ".join(about(r)))}</p>' for w, r in (("Before", before), ("After", after)))
    old, new = ({**flat(run.settings), **flat({"prompts": run.about.get("prompts", {})})} for run in (before, after))
    changed = [(escape(n), escape(old.get(n, "–")), escape(new.get(n, "–"))) for n in {**old, **new} if old.get(n) != new.get(n)]
    yield "<h2>Set-up</h2>" + (table(("setting", "before", "after"), changed, 3) if changed else "<p>The settings are the same.</p>")


def _difference(d: Difference) -> tuple[str, ...]:
    limits = "" if d.low is None or d.high is None else f"{d.low:+.3f} – {d.high:+.3f}"
    verdict = {"better": stamp("right", "better"), "worse": stamp("wrong", "worse")}.get(
        d.verdict, f'<span class="soft">{escape(d.verdict)}</span>'
    )
    values = (value(d.metric, d.before), value(d.metric, d.after), f"{d.difference:+.3f}")
    return (escape(d.metric), *values, limits, f"{d.p:.4f}", str(d.n), verdict)


def _flips(flips: Sequence[Flip], before: Run, after: Run) -> Iterator[str]:
    """One card for each case that flipped, however many of its scores did."""
    sides = {r.id: r for r in before.records}, {r.id: r for r in after.records}
    cases: dict[str, list[Flip]] = {}
    for flip in flips:
        cases.setdefault(flip.id, []).append(flip)
    ways = {
        name: "right" if all(up) else "mixed" if any(up) else "wrong" for name, fs in cases.items() if (up := [f.became_right for f in fs])
    }
    musts = ordered(flip.metric for flip in flips)
    tags = ordered(tag for name in cases for tag in dict.fromkeys(sides[1][name].tags))
    if cases:
        counted = Counter(ways.values())
        yield filters([(way, words, counted[way]) for way, words in _WAYS.items() if counted[way]], tags, "Metric", musts)
    tag_at, must_at = ({name: i for i, name in enumerate(names)} for names in (tags, musts))
    for name in sorted(cases, key=lambda n: list(_WAYS).index(ways[n])):
        moved, was, now = cases[name], sides[0][name], sides[1][name]
        turned = ", ".join(f"{'+' if f.became_right else '−'} {f.metric}" for f in moved)
        data = f'data-tag="{" ".join(str(tag_at[t]) for t in now.tags)}" data-failed="{" ".join(str(must_at[f.metric]) for f in moved)}"'
        yield (
            f'<details class="case" data-state="{ways[name]}" {data}><summary>{stamp(ways[name], _WAYS[ways[name]])} '
            f'<span class="asked">{escape(now.question)}</span> <span class="soft">{escape(f"{name} · {turned}")}</span></summary>'
            f'<dl>{"".join(gold(now.gold))}</dl><div class="sides">{_side("Before", was)}{_side("After", now)}</div></details>'
        )


def _side(words: str, record: Record) -> str:
    return f"<section><h3>{words}</h3><dl>{''.join((*said(record), *scores(record)))}</dl></section>"
