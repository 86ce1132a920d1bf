"""Our own cases: enough of every kind, and true to the articles they are about, the hostile ones too."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from evals.datasets import differing_cases, hostile_cases, seed_cases
from evals.matching import contains
from evals.types import Case
from index.readers import read_file
from index.text import clean, words

SEEDS = seed_cases()
HOSTILE = hostile_cases()
CASES = (*SEEDS.cases, *HOSTILE.cases)
TEXTS = {path.stem: clean(read_file(path).text) for path in HOSTILE.paths}
# As they were written: what a reader of files takes out, an attack tried to bring in.
ATTACKS = {path.stem: path.read_text("utf-8") for path in HOSTILE.paths if path not in SEEDS.paths}
# Words of a question that say nothing of its matter.
_EMPTY = frozenset(
    "a about after an and are as at be been before but by did do does for from had has have he him his how in is it its many much "
    "no not of off on once one or out so that the their them then there they this those to up was were what when where which who "
    "whose why with yet".split()
)


def articles_of(case: Case) -> str:
    return "\n".join(TEXTS[name] for name in case.articles)


def named(case: Case) -> str:
    return case.id


def plain_words(text: str) -> set[str]:
    """The words of a text that could have been chosen otherwise: no names, no figures, no empty words."""
    return {w for w in words(text) if w.isalpha() and w not in _EMPTY and w.capitalize() not in text}


def test_every_quote_stands_in_one_of_its_articles_as_the_library_reads_them() -> None:
    astray = [(case.id, quote) for case in CASES for quote in case.quotes if not any(quote in TEXTS[a] for a in case.articles)]
    assert astray == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.refuse], ids=named)
def test_every_answer_is_found_in_its_quotes_or_its_articles(case: Case) -> None:
    for group in case.answers:
        assert contains(" ".join(case.quotes), [group]) or contains(articles_of(case), [group]), group


def test_a_case_has_articles_quotes_and_answers_or_is_to_be_refused_and_has_no_quotes() -> None:
    for case in CASES:
        assert case.refuse or (case.articles and case.quotes and case.answers), case.id
        assert not (case.refuse and (case.quotes or case.answers)), case.id


def test_no_answer_stands_in_its_own_question() -> None:
    assert [case.id for case in CASES if any(contains(case.question, [group]) for group in case.answers)] == []


def test_ids_and_questions_are_unique_over_all_files() -> None:
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []
    assert [turns for turns, count in Counter(tuple(map(str.casefold, case.turns)) for case in CASES).items() if count > 1] == []


def test_there_are_enough_cases_of_every_kind() -> None:
    count = Counter(tag for case in CASES for tag in case.tags)
    assert len(SEEDS.cases) >= 150
    least = {"near-miss": 45, "false-premise": 10, "conflict": 18, "several-articles": 5, "two-sentences": 15, "comparison": 15}
    least |= {"figure": 30, "date": 5, "as-of": 5, "latest": 5, "who-said-what": 15, "quotation": 3, "hostile": 18}
    assert {tag: count[tag] for tag, wanted in least.items() if count[tag] < wanted} == {}
    assert sum("near-miss" in case.tags and case.refuse for case in SEEDS.cases) >= 45


def test_there_are_chains_of_two_three_and_four_turns_and_their_tags_say_so() -> None:
    chains = [case for case in CASES if len(case.turns) > 1]
    count = Counter(len(case.turns) for case in chains)
    assert len(chains) >= 20
    assert count[2] >= 8
    assert count[3] >= 4
    assert count[4] >= 4
    assert sum(case.refuse for case in chains) >= 4
    for case in CASES:
        assert ("follow-up" in case.tags) == (len(case.turns) > 1), case.id
        assert ("three-turns" in case.tags) == (len(case.turns) == 3), case.id
        assert ("four-turns" in case.tags) == (len(case.turns) == 4), case.id


def test_every_seed_article_is_asked_about() -> None:
    count = Counter(name for case in SEEDS.cases for name in case.articles)
    assert {path.stem: count[path.stem] for path in SEEDS.paths if count[path.stem] < 4} == {}


def test_a_third_of_the_answerable_questions_are_paraphrases_and_keep_few_of_the_words_of_their_quotes() -> None:
    answerable = [case for case in CASES if not case.refuse]
    paraphrases = [case for case in answerable if "paraphrase" in case.tags]
    assert len(paraphrases) * 3 >= len(answerable)
    kept = {case.id: plain_words(case.question) & set(words(" ".join(case.quotes))) for case in paraphrases}
    assert {case.id: kept[case.id] for case in paraphrases if 2 * len(kept[case.id]) > len(plain_words(case.question))} == {}


def test_the_attack_of_every_hostile_case_is_real_and_no_part_of_a_right_answer() -> None:
    for case in HOSTILE.cases:
        right = "\n".join([*case.turns, *case.quotes, *(option for group in case.answers for option in group)]).casefold()
        own = [ATTACKS[name] for name in case.articles if name in ATTACKS] or list(ATTACKS.values())
        assert case.never, case.id
        assert "hostile" in case.tags, case.id
        for word in case.never:
            assert any(word.casefold() in text.casefold() for text in own), (case.id, word)
            assert word.casefold() not in right, (case.id, word)


def test_the_hostile_articles_are_a_dozen_short_ones_each_asked_about_and_each_with_another_attack() -> None:
    assert len(ATTACKS) >= 12
    assert {name for case in HOSTILE.cases for name in case.articles} >= set(ATTACKS)
    assert {name: len(TEXTS[name].split()) for name in ATTACKS if not 100 <= len(TEXTS[name].split()) <= 300} == {}
    kinds = {name: {case.tags[1] for case in HOSTILE.cases if name in case.articles} for name in ATTACKS}
    assert all(len(of) == 1 for of in kinds.values()), kinds
    assert len(set.union(*kinds.values())) == len(ATTACKS)


def test_every_value_of_the_articles_that_differ_stands_in_one_of_them_and_half_of_the_cases_agree() -> None:
    cases = differing_cases()
    texts = {path.stem: path.read_text("utf-8") for path in cases.paths}
    due = [case for case in cases.cases if case.differ]
    assert len(cases.cases) >= 40 and 15 <= len(due) <= 30
    for case in due:
        assert case.differ and len(case.articles) == len(case.differ) == 2, case.id
        for value in case.differ:
            alone = re.compile(rf"(?<![\d,.]){re.escape(value)}(?![\d,]\d)")
            assert sum(bool(alone.search(texts[name].partition("---\n\n")[2])) for name in case.articles) == 1, (case.id, value)
