"""Our metrics against what others publish: ir-measures itself, the rules of the SQuAD 2.0 script, ALCE, and plain definitions."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import ir_measures
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from evals import citing, matching, retrieval, statistics

if TYPE_CHECKING:
    from evals.statistics import Rows, Statistic

MEASURES = {
    "retrieval.hit@1": Success @ 1,
    "retrieval.hit@5": Success @ 5,
    "retrieval.hit@10": Success @ 10,
    "retrieval.recall@10": R @ 10,
    "retrieval.mrr@10": RR @ 10,
    "retrieval.ndcg@10": nDCG @ 10,
}


def column(values: list[float] | numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]) -> Rows:
    return numpy.asarray(values, dtype=numpy.float64).reshape(-1, 1)


# Retrieval


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[str], dict[str, int]]:
    """Up to 25 articles in any order, and the grades of one to eight, some of them never found; at least one grade above 0."""
    corpus = [f"d{i}" for i in range(30)]
    found = draw(st.lists(st.sampled_from(corpus), unique=True, max_size=25))
    graded = draw(st.lists(st.sampled_from(corpus), unique=True, min_size=1, max_size=8))
    grades = {name: draw(st.integers(0, 3)) for name in graded}
    grades[graded[0]] = draw(st.integers(1, 3))
    return found, grades


def test_every_retrieval_metric_is_one_of_ir_measures() -> None:
    assert set(MEASURES) == set(retrieval.NAMES)


@settings(max_examples=60)
@given(st.lists(rankings(), min_size=1, max_size=6))
def test_retrieval_is_what_ir_measures_makes_of_the_same_rankings(questions: list[tuple[list[str], dict[str, int]]]) -> None:
    """Each question by itself, and the mean of all as ir-measures takes it: over every question, found or not."""
    qrels = [ir_measures.Qrel(str(q), name, grade) for q, (_, grades) in enumerate(questions) for name, grade in grades.items()]
    run = [
        ir_measures.ScoredDoc(str(q), name, 100.0 - 3 * rank) for q, (found, _) in enumerate(questions) for rank, name in enumerate(found)
    ]
    ours = [retrieval.score(found, grades) for found, grades in questions]
    for metric in ir_measures.iter_calc(list(MEASURES.values()), qrels, run):
        name = next(name for name, measure in MEASURES.items() if measure == metric.measure)
        assert ours[int(metric.query_id)][name] == pytest.approx(metric.value), (name, metric.query_id)
    if all(found for found, _ in questions):  # ir-measures leaves a question out that has no line in the run
        whole = ir_measures.calc_aggregate(list(MEASURES.values()), qrels, run)
        for name, measure in MEASURES.items():
            assert sum(score[name] for score in ours) / len(ours) == pytest.approx(whole[measure]), name


@given(rankings())
def test_what_was_found_twice_counts_at_its_best_rank(question: tuple[list[str], dict[str, int]]) -> None:
    found, grades = question
    assert retrieval.score([*found, *reversed(found)], grades) == retrieval.score(found, grades)


# Answers. The rules of evaluate-v2.0.py: small letters; then ASCII punctuation goes, leaving nothing in its place; then the words
# a, an and the; then white space is one space. Golds that come to nothing are left out; where none is left the gold is "".
# Exact is equality, F1 that of the bags of words, 1 or 0 where either bag is empty; the best gold counts.

SQUAD = [
    ("the Eiffel Tower", ["Eiffel Tower"], 1, 1.0, "an article in front"),
    ("Vitamin A", ["vitamin"], 1, 1.0, "the letter A is an article as well"),
    ("A-team", ["team"], 0, 0.0, "punctuation goes first: ateam holds no article"),
    ("Anthem", ["them"], 0, 0.0, "an article is a whole word"),
    ("U.S.", ["US"], 1, 1.0, "full stops leave nothing behind"),
    ("twenty-five", ["twenty five"], 0, 0.0, "nor do hyphens: one word against two"),
    ("the world's fair", ["worlds fair"], 1, 1.0, "nor does the typewriter's apostrophe"),
    ("the world’s fair", ["worlds fair"], 0, 0.5, "a real apostrophe is no ASCII: 1 of 2 and 1 of 2"),
    ("1914–1918", ["19141918"], 0, 0.0, "nor is a dash"),
    ("$5", ["5"], 1, 1.0, "a dollar sign is punctuation"),
    ("£5", ["5"], 0, 0.0, "a pound sign is not"),
    ("Beyoncé", ["Beyonce"], 0, 0.0, "accents stay"),
    ("STRASSE", ["Straße"], 0, 0.0, "small letters, not folded case"),
    ("red\u00a0 and\tblue\n", ["red and blue"], 1, 1.0, "any white space is white space"),
    ("", [""], 1, 1.0, "nothing said where there is nothing to say"),
    ("Paris", [""], 0, 0.0, "something said where there is nothing to say"),
    ("", ["Paris"], 0, 0.0, "nothing said where there is something"),
    ("the", ["an"], 1, 1.0, "articles alone come to nothing: the same nothing"),
    ("the", ["Paris", "a"], 0, 0.0, "a gold that comes to nothing is no gold beside others"),
    ("the cat sat on the mat", ["a cat on a mat"], 0, 6 / 7, "3 shared of 4 said and 3 gold"),
    ("to be or not to be", ["to be"], 0, 4 / 8, "a word counts as often as both have it: 2 shared of 6 and 2"),
    ("10 May 1940", ["May 1940", "10 May", "on 10 May 1940"], 0, 6 / 7, "the best of three: 4/5, 4/5, 6/7"),
    ("May 1940", ["10 May 1940", "May, 1940."], 1, 1.0, "exact with any of them"),
]


@pytest.mark.parametrize(("said", "golds", "exact", "f1"), [row[:4] for row in SQUAD], ids=[row[4] for row in SQUAD])
def test_an_answer_scores_what_the_squad_script_gives(said: str, golds: list[str], exact: int, f1: float) -> None:
    assert matching.exact(said, [golds]) == exact
    assert matching.token_f1(said, [golds]) == pytest.approx(f1)


@given(st.text("ab the.-’A\t", max_size=20), st.text("ab the.-’A\t", max_size=20))
def test_exact_match_is_f1_of_one_in_order_and_f1_does_not_care_who_is_who(said: str, gold: str) -> None:
    f1 = matching.token_f1(said, [[gold]])
    assert matching.exact(said, [[gold]]) == (matching.squad_normal(said) == matching.squad_normal(gold))
    assert matching.exact(said, [[gold]]) <= f1 <= 1.0
    assert f1 == pytest.approx(matching.token_f1(gold, [[said]]))


# Citations

HOLDS = {1: {"height"}, 2: {"year"}, 3: {"builder"}, 4: {"cost"}, 5: {"cost", "height"}, 6: {"owner"}}


def test_alce_on_five_sentences_worked_out_on_paper() -> None:
    """A sentence is borne out when its citations together hold every fact that it states.

    | sentence states | cites | together | each citation | counted |
    |---|---|---|---|---|
    | height | 1 | yes | 1 alone bears it out | 1 of 1 |
    | year, builder | 2 3 | yes | neither alone; without 2 the year, without 3 the builder is missing | 2 of 2 |
    | cost | 1 4 5 | yes | 4 alone, 5 alone; 1 alone does not and 4 5 do without it | 2 of 3 |
    | owner | none | no: nothing is cited | – | 0 of 0 |
    | owner, year | 6 4 | no: the year is missing | none counts, 6 neither, where the sentence is not borne out | 0 of 2 |

    Recall: 3 of 5 sentences are borne out. Precision: 1 + 2 + 2 of 1 + 2 + 3 + 0 + 2 citations, 5 of 8.
    """
    states = [{"height"}, {"year", "builder"}, {"cost"}, {"owner"}, {"owner", "year"}]
    cites = [[1], [2, 3], [1, 4, 5], [], [6, 4]]
    recall, precision = citing.alce(cites, lambda i, cited: states[i] <= set().union(*(HOLDS[c] for c in cited)))
    assert recall == pytest.approx(3 / 5)
    assert precision == pytest.approx(5 / 8)


# Statistics


def auroc_by_pairs(rows: Rows) -> float:
    """Every pair of one that is so and one that is not: 1 in order, a half when they tie, 0 the other way round."""
    so, others = [s for s, label in rows if label], [s for s, label in rows if not label]
    return float(sum((a > b) + (a == b) / 2 for a in so for b in others) / (len(so) * len(others)))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.5000001, 0.9, 1.0]), st.booleans()), min_size=2, max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(pairs: list[tuple[float, bool]]) -> None:
    rows = numpy.asarray(pairs, dtype=numpy.float64)
    if 0 < rows[:, 1].sum() < len(rows):
        assert statistics.auroc(rows) == pytest.approx(auroc_by_pairs(rows))
    else:
        assert numpy.isnan(statistics.auroc(rows))


@pytest.mark.parametrize(
    ("statistic", "kind", "truth"),
    [
        pytest.param(statistics.mean, "shares", 0.7, id="mean of right and wrong, 0.7 of them right"),
        pytest.param(statistics.median, "waits", float(numpy.log(2)), id="median of waiting times, log 2"),
    ],
)
def test_the_interval_holds_the_truth_about_95_times_in_100(statistic: Statistic, kind: str, truth: float) -> None:
    random = numpy.random.default_rng(7)
    samples = (random.random((50, 60)) < truth).astype(float) if kind == "shares" else random.exponential(1.0, (50, 60))
    limits = [statistics.interval(statistic, column(sample)) or (0.0, 0.0) for sample in samples]
    assert 43 <= sum(low <= truth <= high for low, high in limits) <= 50  # 47.5 are due, give or take 1.5; of 80 % intervals, 40


def exact_p(before: Rows, after: Rows) -> float:
    """The share of all the ways of swapping pairs whose difference is at least as large as the one seen."""
    differences = (after - before)[:, 0]
    seen = abs(differences.mean())
    return float(numpy.mean([abs((differences * signs).mean()) >= seen - 1e-12 for signs in product((1, -1), repeat=len(differences))]))


@pytest.mark.parametrize("seed", range(4))
def test_the_paired_test_is_near_that_of_every_way_of_swapping(seed: int) -> None:
    random = numpy.random.default_rng(seed)
    before = column(random.random(9))
    after = before + column(random.normal(0.1 * seed, 0.3, 9))
    assert statistics.paired(statistics.mean, before, after)[1] == pytest.approx(exact_p(before, after), abs=0.04)


def test_where_nothing_changed_every_p_is_as_likely_as_any_other() -> None:
    random = numpy.random.default_rng(11)
    found = numpy.array([statistics.paired(statistics.mean, column(random.random(30)), column(random.random(30)))[1] for _ in range(24)])
    assert (found < 0.05).sum() <= 4
    for quarter in (0.25, 0.5, 0.75):
        assert (found < quarter).mean() == pytest.approx(quarter, abs=0.25)


def test_where_much_changed_p_is_small_and_its_interval_is_off_zero() -> None:
    random = numpy.random.default_rng(13)
    before = column(random.random(40))
    after = before + column(random.normal(0.2, 0.2, 40))
    limits, p = statistics.paired(statistics.mean, before, after)
    assert p < 0.001
    assert limits and limits[0] > 0
    limits, p = statistics.paired(statistics.mean, after, before)
    assert p < 0.001
    assert limits and limits[1] < 0
