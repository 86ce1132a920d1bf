"""BEIR folders: corpus.jsonl, queries.jsonl, qrels/*.tsv (https://github.com/beir-cellar/beir)."""

from __future__ import annotations

from pathlib import Path

from evals.lines import Line, day_of, json_lines, read_text
from evals.types import Case, Dataset
from index.problem import Problem
from index.types import Article


def read(path: Path) -> Dataset:
    """Every article, and the questions that have a judgement or gold answers. Raises Problem with file and line."""
    articles = tuple(_article(line) for line in json_lines(path / "corpus.jsonl"))
    qrels = _qrels(path / "qrels")
    cases: list[Case] = []
    for line in json_lines(path / "queries.jsonl"):
        name, gold = line.text("_id"), qrels.get(line.text("_id"), {})
        answers = (line.texts("answers"),) if line.fields.get("answers") else ()
        if gold or answers:
            cases.append(Case(name, (line.text("text"),), gold, answers=answers, today=day_of(line.fields.get("date"))))
    if not cases:
        raise Problem(f"{path / 'queries.jsonl'}: none of the questions has a judgement in {path / 'qrels'}.")
    return Dataset(path.name, cases=tuple(cases), articles=articles)


def _article(line: Line) -> Article:
    facts = line.fields.get("metadata") or {}
    if not isinstance(facts, dict):
        line.wrong('"metadata" must be an object {…}.')
    days = (day_of(facts.get(name)) for name in ("publish_date", "published", "date"))
    url = facts.get("url") if isinstance(facts.get("url"), str) else None
    source = facts.get("source") if isinstance(facts.get("source"), str) else None
    name = line.text("_id")
    return Article(
        "", line.text("title", ""), line.text("text", ""), source=source, url=url, published=next(filter(None, days), None), origin=name
    )


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    """test.tsv where there is one, as BEIR's own numbers are of it; else every .tsv."""
    files = [folder / "test.tsv"] if (folder / "test.tsv").exists() else sorted(folder.glob("*.tsv"))
    if not files:
        raise Problem(f"{folder}: there is no .tsv file of judgements in it.")
    found: dict[str, dict[str, int]] = {}
    for file in files:
        for number, text in enumerate(read_text(file).split("\n"), 1):
            cells = text.rstrip("\r").split("\t")
            if text.strip() and not (number == 1 and not cells[-1].lstrip("-").isdigit()):
                if len(cells) != 3 or not cells[2].lstrip("-").isdigit():
                    raise Problem(f"{file}, line {number}: question id, article id and a whole number are wanted, tabs between.")
                if int(cells[2]) > 0:
                    found.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return found
