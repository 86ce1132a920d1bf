"""Evaluation cases from what readers thought of answers on the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.lines import json_lines
from index.problem import Problem
from qa.page.turn import from_text
from qa.talks import Opinion, Talks

if TYPE_CHECKING:
    from qa.settings import Settings


def cases_of(settings: Settings, out: Path) -> int:
    """Add a case to `out` for each opinion that says what is right, unless its id is there already; print what came of it; 0.

    A good answer is right as it is: its cited words become the quotes, and a good refusal is to be refused again. A bad one needs a
    correction. Raises Problem where there is nothing to make cases of.
    """
    path = settings.home / "talks.sqlite"
    if not path.exists():
        raise Problem("Nobody has judged an answer yet. The page has “Good” and “Bad” under each.")
    talks = Talks(path)
    try:
        opinions = talks.every_opinion()
    finally:
        talks.close()
    made = [case for opinion in opinions if (case := _case(opinion))]
    known = {line.text("id") for line in json_lines(out)} if out.exists() else set()
    new = [case for case in made if case["id"] not in known]
    if not made:
        raise Problem(f"None of {len(opinions)} opinions says what is right: a bad answer needs a correction to be a case.")
    with out.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in new)
    print(
        f"{len(new)} cases added, {len(made) - len(new)} were there already, "
        f"{len(opinions) - len(made)} opinions do not say what is right.\n"
        f"Cases: {out}\n"
        "Please read them before you trust their figures: each line is one.\n"
        f"Then: python -m evals run --dataset cases:{out} --articles library"
    )
    return 0


def _case(opinion: Opinion) -> Mapping[str, Any] | None:
    """A line of a cases file; None where the opinion does not say what is right."""
    (turn,) = from_text([opinion.data], opinion.talk)
    case: dict[str, Any] = {"id": f"{opinion.talk}-{opinion.number}", "turns": list(opinion.questions), "tags": ["feedback"]}
    if not opinion.good:
        tags = [*case["tags"], *([opinion.reason] if opinion.reason else [])]
        return case | {"answers": [[opinion.correction]], "tags": tags} if opinion.correction else None
    if turn.answer is None:
        return None
    if turn.answer.refused:
        return case | {"refuse": True}
    cited = turn.answer.citations
    articles = list(dict.fromkeys(c.article_id for c in cited))
    return case | {"articles": articles, "quotes": list(dict.fromkeys(c.quote for c in cited))} if cited else None
