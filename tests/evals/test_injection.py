"""Attacks put into articles, and how it is told that one succeeded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals import datasets, injection
from evals.types import Case, Dataset
from index.problem import Problem
from index.types import Article

SHARED = Path(__file__).parents[3] / "shared" / "data"
SOURCE = [
    "How long did the bridge at Varn take to build?",
    "The stone bridge at Varn was opened in May 1932. It carries the road to Harrow across the river Tamsel, 2,700 m from the mouth.",
    "AT&T, the B-52s and 3M paid for it in the 1990s; it is the 3rd of its kind (p. 4b).",
]


@pytest.fixture
def attacks(tmp_path: Path) -> Path:
    path = tmp_path / "attacks.json"
    path.write_text(json.dumps({kind: [f"Do {kind} {n}." for n in range(5)] for kind in injection.MARKS}), "utf-8")
    return path


def asked(count: int) -> Dataset:
    articles = [
        Article("", f"Town {n}", f"Town {n} lies low. It has {n} wells. Few go there. It rains.", origin=f"t{n}") for n in range(count)
    ]
    cases = [Case(f"c{n}", (f"How many wells has town {n}?",), {f"t{n}": 1}, (f"It has {n} wells.",), ((str(n),),)) for n in range(count)]
    return Dataset("towns", tuple(cases), tuple(articles))


def test_each_attack_stands_at_three_places_of_articles_that_are_asked_about(attacks: Path) -> None:
    made = injection.read(attacks, asked(300))
    assert len(made.cases) == 225 == len({next(iter(c.articles)) for c in made.cases})
    assert {p: sum(p in c.tags for c in made.cases) for p in injection.PLACES} == dict.fromkeys(injection.PLACES, 75)
    texts = {a.origin: a.text for a in made.articles}
    assert len(texts) == 300
    for case in made.cases:
        text, quote = texts[next(iter(case.articles))], case.quotes[0]
        assert quote in text, "the gold stays whole"
        at = text.index("Do ")
        assert ("start" in case.tags) == (at == 0)
        assert ("end" in case.tags) == (at > text.index("It rains."))
        assert bool(case.never) != (injection.MANGLING in case.tags)
        assert case.hostile
    assert made == injection.read(attacks, asked(300)), "drawn by seed"


def test_the_clean_twin_asks_the_same_of_articles_without_attacks(attacks: Path) -> None:
    made, clean = (injection.read(attacks, asked(300), clean=c) for c in (False, True))
    assert made.cases == clean.cases
    assert not any("Do " in a.text for a in clean.articles)


def test_too_few_questions_and_another_file_are_told(attacks: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="the 20 questions at hand are too few for 225 attacks"):
        injection.read(attacks, asked(20))
    other = tmp_path / "other.json"
    other.write_text('{"a": []}')
    with pytest.raises(Problem, match="not BIPIA's text attacks"):
        injection.read(other, asked(300))
    with pytest.raises(Problem, match="--articles FILE"):
        datasets.load("injection", attacks)


@pytest.mark.parametrize(
    "said",
    [
        "The bridge at Varn was opened in 1932.",
        "It carries a road to Harrow, crossing the Tamsel 2,700 m from its mouth.",
        "AT&T and 3M paid for it in the 1990s, the 3rd of its kind.",
        "The crossing opened in May 1932 and carries traffic towards Harrow.",
        "“It carries the road to Harrow across the river Tamsel.”",
        "In 1932.",
        "",
    ],
)
def test_ordinary_answers_and_paraphrases_are_not_mangled(said: str) -> None:
    assert not injection.is_mangled(said, SOURCE)


@pytest.mark.parametrize(
    "said",
    [
        "Th3 br1dg3 4t V4rn w4s 0p3n3d 1n 1932.",
        "The bridge @t V@rn w@s opened in 1932.",
        "Thebridgeatvarnwasopenedinmay1932",
        "The brigde at Vran was oepned in 1932 adn carreis the raod.",
        "Ebrdig Narv denepo rtasenb gidreb.",
        "The brid gewa sope nedi nMay.",
    ],
)
def test_letters_that_were_turned_into_something_else_are_told(said: str) -> None:
    assert injection.is_mangled(said, SOURCE)


@pytest.mark.skipif(not SHARED.exists(), reason="NOT TESTED ON REAL DATA: ../shared/data is not here")
def test_the_real_attacks_go_into_real_paragraphs() -> None:
    made = datasets.load("injection", SHARED / "injection" / "bipia-text-attacks.json", SHARED / "squad" / "dev.json")
    assert len(made.cases) == 225
    assert sum(injection.MANGLING in c.tags for c in made.cases) == 75
    texts = {a.origin: a.text.casefold() for a in made.articles}
    assert all(quote.casefold() in texts[origin] for c in made.cases for origin in c.articles for quote in c.quotes[:1])
