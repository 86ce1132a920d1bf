"""Claims made from articles: true ones stay true, and a false one differs in one thing."""

from pathlib import Path

import pytest

from evals.altered import ELSEWHERE, KINDS, SPAN, made_claims, reworded
from evals.datasets import SEEDS

ARTICLE = (
    "The council closed Hill Bridge on 3 March 2021 for 14 days. On Monday, engineers from Varn found cracks in 120 bolts of the arch. "
    "The repair was paid for by Pell County in May 2022. It reopened with a feast on 9 June 2022 after 300 hours of work.\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bridge.md").write_text(ARTICLE)
    (tmp_path / "comet.md").write_text("The comet passes by the Earth every 76 years, as Astrid Holm found in 1911.\n")
    return tmp_path


def test_the_same_seed_makes_the_same_claims(folder: Path) -> None:
    assert made_claims(folder, 1) == made_claims(folder, 1) != made_claims(folder, 2)


def test_every_kind_of_exchange_is_made_from_the_seeds() -> None:
    made = made_claims(SEEDS)
    assert {m.kind for m in made} == {"", ELSEWHERE, *KINDS}
    assert len({m.claim.id for m in made}) == len(made) > 2000
    assert all(m.claim.supported == (not m.kind) for m in made)
    assert max(len(m.claim.context.split()) for m in made) <= SPAN


def test_a_true_claim_stands_in_its_text_and_a_false_one_does_not(folder: Path) -> None:
    for made in made_claims(folder):
        if not made.reworded:
            assert (made.claim.claim in made.claim.context) == made.claim.supported


def test_only_what_the_article_has_is_put_in(folder: Path) -> None:
    others = {m.claim.claim for m in made_claims(folder) if m.kind in ("figure", "date", "name") and not m.reworded}
    assert others
    text = ARTICLE.replace("\n", " ")
    for claim in others:
        assert all(word.strip(".,") in text or word.isdigit() for word in claim.split() if word[0].isupper()), claim


@pytest.mark.parametrize(
    ("sentence", "other"),
    [
        ("It was built in 1932 of 2,700 stones.", "It was constructed in 1932 of 2700 stones."),
        ("Some said: “it was built in 1932”.", "Some said: “it was built in 1932”."),
    ],
)
def test_rewording_changes_words_but_no_quotation(sentence: str, other: str) -> None:
    import random

    assert reworded(sentence, random.Random(0)) in (other, f"According to the article, {other[0].lower()}{other[1:]}")
