"""The conversations of the seeds, searched without a language model: does a last turn find its article first?"""

from __future__ import annotations

from collections.abc import Callable

from evals import datasets
from evals.session import How, opened
from qa.condense import beside, by_rules
from qa.settings import Settings

History = list[tuple[str, str]]


def measure(settings: Settings) -> str:
    """Found first and among the first five, for each way of searching a follow-up. Loads the embedding models.

    The answer of an earlier turn is the best sentence found for it: what is shown where no model is at hand.
    """
    dataset = datasets.seed_cases()
    cases = [case for case in dataset.cases if len(case.turns) > 1 and case.articles]
    ways: dict[str, Callable[[str, History], str]] = {
        "as is": lambda question, _: question,
        "last question + this": lambda question, history: f"{question} ({history[-1][0]})",
        "this (names and nouns of the last question)": lambda question, history: beside(question, history[-1][0]),
        "rules": lambda question, history: by_rules(question, history).text,
    }
    ranks: dict[str, list[int]] = {way: [] for way in ways}
    with opened(dataset, settings, How(llm=False)) as asker:
        asker.ready()
        articles = asker.library.articles
        for case in cases:
            history: History = []
            for turn in case.turns[:-1]:
                found = articles.search(by_rules(turn, history).text)
                best = max((s for p in found for s in p.sentences), key=lambda s: s.score, default=None)
                history.append((turn, best.text if best else ""))
            gold = asker.library.gold(case)
            for way, said in ways.items():
                ranked = asker.library.ranking(articles.search(said(case.turns[-1], history), sentences=False), case)
                ranks[way].append(next((place for place, article in enumerate(ranked, 1) if article in gold), 0))
    lines = [f"{len(cases)} conversations on the seeds: the last turn's article is found"]
    for way, places in ranks.items():
        lines.append(f"  {way:<46}first {sum(p == 1 for p in places):>3}   among the first five {sum(0 < p <= 5 for p in places):>3}")
    return "\n".join(lines)
