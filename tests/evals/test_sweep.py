"""A sweep: what it refuses before it starts, what it keeps when it is killed, and what its leaderboard says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from evals import datasets, library
from evals.asking import Asker
from evals.pages.swept import labels, page, ticks
from evals.run import Run, read, run_cases, summed
from evals.sweeps.leaderboard import as_text, leaderboard, on_front, time_of
from evals.sweeps.plan import Plan, read_plan, slug
from evals.sweeps.sweep import sweep
from evals.types import Record
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from qa.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script>"
HEAD = 'name = "rerank or not"\ndataset = "cases:cases.jsonl"\narticles = "articles"\nllm = false\nmetric = "retrieval.mrr@10"\n'
GRID = '[grid]\n"search.rerank" = [true, false]\n"search.chunk_tokens" = [100, 150]\n'
CLAIMS = (("Cats purr softly at night.", True), ("The bridge collapsed in 1987.", False))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles and two questions on them: the words of the second article all stand in the first as well."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "list.txt").write_text("Bridge, river, flood, arch, comet, tail: words of a list about nothing at all.")
    (articles / "bridge.txt").write_text("The flood took the arch of the bridge. Masons rebuilt it.")
    (articles / "comet.txt").write_text("The comet showed its tail on Tuesday.")
    cases = [
        {"id": "arch", "turns": ["Which arch of the bridge did the flood take?"], "articles": ["bridge"]},
        {"id": "tail", "turns": ["When did the comet show its tail?"], "articles": ["comet"]},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return tmp_path


def sheet(folder: Path, text: str = HEAD + GRID) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


@dataclass
class Teller:
    """Runs nothing and tells what it was to run; interrupted at the `stop_at`th, and broken where `broken` is in the name."""

    ran: list[str] = field(default_factory=list)
    stop_at: int = 0
    broken: str = ""

    def __call__(self, plan: Plan, settings: Settings, fresh: bool) -> Run:
        name = f"{settings.search.rerank} {settings.search.chunk_tokens}"
        if len(self.ran) + 1 == self.stop_at:
            raise KeyboardInterrupt
        if self.broken and self.broken in name:
            raise Problem("The model server is gone.")
        self.ran.append(name)
        return a_run([1.0, 0.5], more={"retrieval.hit@1": 0.5})


def searched(plan: Plan, settings: Settings, fresh: bool) -> Run:
    """A plan run on its cases for good, but with the fakes of index/fakes.py for models."""
    assert plan.dataset
    found = datasets.load(*plan.dataset, plan.articles)
    own = library.settings_for(found, settings)
    articles = Articles(
        own.home,
        own.models,
        rerank=own.search.rerank,
        chunk_tokens=own.search.chunk_tokens,
        embedder=WordEmbedder(),
        reranker=OverlapReranker(),
    )
    try:
        records = run_cases(found.cases, Asker(library.fill(articles, found, own.home)))
    finally:
        articles.close()
    return summed(records, settings=settings.model_dump(mode="json"), fingerprint=settings.fingerprint(), seconds=0.5)


def swept(path: Path, out: Path, runner: Any, fresh: bool = False) -> int:
    return sweep(path, load_settings(), out, fresh, runner)


def test_every_combination_is_run_kept_with_its_report_and_ranked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"
    assert swept(sheet(folder, HEAD + GRID.replace("[100, 150]", "[100]")), out, searched) == 0
    told = capsys.readouterr()
    assert "combination 1 of 2: rerank true, chunk_tokens 100 – the time left is known after the first" in told.err
    assert "combination 2 of 2: rerank false, chunk_tokens 100 – under a minute left" in told.err
    assert "retrieval.mrr@10" in told.out
    assert "seconds per case" in told.out
    run = read(out / "rerank=false_chunk_tokens=100.json")
    assert (run.settings["search"]["rerank"], run.settings["search"]["chunk_tokens"]) == (False, 100)
    assert [record.error for record in run.records] == [None, None]
    assert (out / "rerank=false_chunk_tokens=100.html").read_text().startswith("<!doctype html>")
    board = json.loads((out / "leaderboard.json").read_text())
    assert [row["rank"] for row in board["rows"]] == [1, 2]
    assert board["rows"][0]["value"] >= board["rows"][1]["value"]
    assert all((out / row["run"]).exists() for row in board["rows"])
    assert not list(out.glob("*.part"))


def test_a_second_call_runs_nothing_again_unless_it_is_to_be_fresh(folder: Path) -> None:
    path, out = sheet(folder), folder / "out"
    swept(path, out, Teller())
    before = (out / "leaderboard.json").read_text()
    again, fresh = Teller(), Teller()
    swept(path, out, again)
    assert again.ran == []
    assert (out / "leaderboard.json").read_text() == before
    swept(path, out, fresh, fresh=True)
    assert len(fresh.ran) == 4


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(
            lambda f: sheet(f, HEAD + GRID.replace("150", "200")), ["True 200", "False 200"], id="a new value: only its combinations"
        ),
        pytest.param(lambda f: sheet(f, HEAD.replace("mrr@10", "hit@1") + GRID), [], id="another metric: none"),
        pytest.param(
            lambda f: sheet(f, HEAD + "seed = 3\n" + GRID), ["True 100", "True 150", "False 100", "False 150"], id="another seed: all"
        ),
        pytest.param(
            lambda f: sheet(f, HEAD + GRID + "[base]\nsearch.candidates = 9\n"),
            ["True 100", "True 150", "False 100", "False 150"],
            id="another base: all",
        ),
        pytest.param(
            lambda f: (f / "articles" / "comet.txt").write_text("A comet, its tail seen."),
            ["True 100", "True 150", "False 100", "False 150"],
            id="an article that was changed: all",
        ),
        pytest.param(
            lambda f: (f / "out" / "rerank=true_chunk_tokens=100.json").write_text("{"), ["True 100"], id="a damaged run: that one"
        ),
    ],
)
def test_only_what_a_change_concerns_is_run_again(folder: Path, change: Any, again: list[str]) -> None:
    swept(sheet(folder), folder / "out", Teller())
    change(folder)
    teller = Teller()
    swept(folder / "sweep.toml", folder / "out", teller)
    assert teller.ran == again


def test_an_interrupted_sweep_keeps_what_is_done_and_goes_on_from_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = sheet(folder), folder / "out"
    with pytest.raises(KeyboardInterrupt):
        swept(path, out, Teller(stop_at=3))
    board = json.loads((out / "leaderboard.json").read_text())
    assert (len(board["rows"]), len(board["pending"])) == (2, 2)
    assert "2 of 4 combinations are still to be run" in capsys.readouterr().out
    rest = Teller()
    assert swept(path, out, rest) == 0
    assert rest.ran == ["False 100", "False 150"]


# A sweep of claims, whose second combination never ends.
KILLED = """
import signal, sys, time
from pathlib import Path

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background has it ignored
from evals.sweeps.sweep import evaluate, sweep
from qa.settings import load_settings

def slow(plan, settings, fresh):
    if settings.answer.carefulness == 0.6:
        print("second", flush=True)
        time.sleep(60)
    return evaluate(plan, settings, fresh)

try:
    sweep(Path(sys.argv[1]), load_settings(), Path(sys.argv[2]), False, slow)
except KeyboardInterrupt:
    sys.exit(130)
"""


def claims_sheet(folder: Path) -> Path:
    rows = [{"claim": claim, "context": "Cats purr softly at night.", "supported": so} for claim, so in CLAIMS]
    (folder / "claims.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    head = 'name = "claims"\ndataset = "support:claims.jsonl"\nmetric = "support.auroc"\n'
    return sheet(folder, head + "[grid]\nanswer.carefulness = [0.5, 0.6, 0.7]\n")


@pytest.mark.parametrize(("blow", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_killed_sweep_goes_on_where_it_was(folder: Path, blow: signal.Signals, code: int) -> None:
    path, out = claims_sheet(folder), folder / "out"
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(out)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout
    with child.stdout:
        assert child.stdout.readline() == b"second\n"
        child.send_signal(blow)
        try:
            assert child.wait(30) == code
        finally:
            child.kill()
            child.wait()
    assert [p.name for p in out.glob("carefulness*.json")] == ["carefulness=0.5.json"]
    kept = (out / "carefulness=0.5.json").stat().st_mtime_ns
    assert sweep(path, load_settings(), out) == 0
    assert (out / "carefulness=0.5.json").stat().st_mtime_ns == kept
    assert len(json.loads((out / "leaderboard.json").read_text())["rows"]) == 3


def test_a_combination_that_fails_is_told_with_its_reason_and_the_others_go_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = sheet(folder), folder / "out"
    assert swept(path, out, Teller(broken="True 150")) == 1
    board = json.loads((out / "leaderboard.json").read_text())
    assert len(board["rows"]) == 3
    assert board["failed"] == [{"settings": {"search.rerank": True, "search.chunk_tokens": 150}, "why": "The model server is gone."}]
    assert "failed: rerank true, chunk_tokens 150: The model server is gone." in capsys.readouterr().out
    mended = Teller()
    assert swept(path, out, mended) == 0
    assert mended.ran == ["True 150"]


def test_a_combination_of_errors_alone_has_failed(folder: Path) -> None:
    def erring(plan: Plan, settings: Settings, fresh: bool) -> Run:
        return a_run([None, None], error="It broke.")

    assert swept(sheet(folder), folder / "out", erring) == 1
    why = json.loads((folder / "out" / "leaderboard.json").read_text())["failed"][0]["why"]
    assert why == "Every case ended in an error, the first with: It broke."


def test_a_metric_that_the_runs_lack_ends_the_sweep_after_the_first(folder: Path) -> None:
    path, teller = sheet(folder, HEAD.replace("retrieval.mrr@10", "answer.correct") + GRID), Teller()
    with pytest.raises(Problem, match=r'"metric" cannot be shown. This run has no answer.correct. It has retrieval.hit@1'):
        swept(path, folder / "out", teller)
    assert len(teller.ran) == 1
    rest = Teller()
    assert swept(sheet(folder), folder / "out", rest) == 0
    assert len(rest.ran) == 3, "what was run is kept"


def test_a_time_that_the_runs_lack_ends_it_as_well(folder: Path) -> None:
    path = sheet(folder, HEAD + 'time = "latency.first_token_s"\n' + GRID)
    with pytest.raises(Problem, match='"time" cannot be shown'):
        swept(path, folder / "out", Teller())


ANSWERS = 'name = "a"\nsuites = ["answers"]\nllm = false\nmetric = "answer.f1"\n'
TOP_K = '[grid]\n"search.top_k" = '
MISTAKES = {
    "not TOML": ("name = ", "this is not TOML: Invalid value (at end of document)"),
    "no grid": (HEAD, '"grid" is missing, the table of the settings to try'),
    "an empty grid": (HEAD + "[grid]\n", "[grid] is empty. Name at least one setting"),
    "no values": (HEAD + TOP_K + "[]", '[grid] "search.top_k" is []; a list of the values to try is wanted'),
    "one value, no list": (HEAD + TOP_K + "4", '[grid] "search.top_k" is 4; a list'),
    "a value twice": (HEAD + TOP_K + "[4, 4]", '[grid] "search.top_k" has 4 more than once'),
    "a value too large": (HEAD + TOP_K + "[4, 99]", '[grid] "search.top_k" is 99: input should be less than or equal to 50'),
    "a misspelt setting": (HEAD + '[grid]\n"search.topk" = [4]', "there is no such setting. Did you mean search.top_k?"),
    "misspelt in a table": (HEAD + "[grid.search]\ntopk = [4]", "there is no such setting. Did you mean search.top_k?"),
    "a bad base": (HEAD + GRID + '[base]\n"llm.provider" = "x"', "[base] \"llm.provider\" is 'x': input should be 'embedded' or 'openai'"),
    "in grid and base": (HEAD + GRID + "[base]\nsearch.rerank = true", '"search.rerank" is in [grid] and in [base]'),
    "a secret": (HEAD + '[grid]\n"llm.api_key" = ["a"]', "Set ARTICLE_QA_LLM__API_KEY instead"),
    "the home": (HEAD + '[grid]\nhome = ["a", "b"]', '[grid] "home" changes nothing that is measured'),
    "two that do not fit": (HEAD + "[grid]\nanswer.evidence_tokens = [4000]", "evidence_tokens 4000: value error, ARTICLE_QA_ANSWER__"),
    "an unknown key": (HEAD + "workers = 3\n" + GRID, 'there is no key "workers". There are name, suites'),
    "a limit of 0": (HEAD + "limit = 0\n" + GRID, '"limit" is 0: input should be greater than or equal to 1'),
    "an unknown metric": (HEAD.replace("mrr@10", "mmr@10") + GRID, "Did you mean retrieval.mrr@10?"),
    "a time that is none": (HEAD + 'time = "answer.f1"\n' + GRID, "there is no such metric of time. There are latency."),
    "suites and a dataset": (HEAD + 'suites = ["answers"]\n' + GRID, 'either "suites" or a "dataset"'),
    "articles of suites": (ANSWERS + 'articles = "x"\n' + GRID, '"articles" and "distractors" go with a "dataset"'),
    "an unknown kind": (HEAD.replace("cases:", "csv:") + GRID, "KIND:PATH is wanted, KIND one of beir"),
    "no such dataset": (HEAD.replace("cases.jsonl", "none.jsonl") + GRID, "none.jsonl: there is no such file"),
    "an unknown suite": (ANSWERS.replace('"answers"', '"speed"') + GRID, "no suite 'speed'"),
    "answers without a model": (ANSWERS + GRID, "answers cannot be measured with llm = false"),
}


@pytest.mark.parametrize(("text", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_file_is_told_before_anything_runs(folder: Path, text: str, says: str) -> None:
    teller = Teller()
    with pytest.raises(Problem) as told:
        swept(sheet(folder, text), folder / "out", teller)
    assert says in str(told.value)
    assert "sweep.toml" in str(told.value) or "none.jsonl" in str(told.value)
    assert teller.ran == []
    assert not (folder / "out").exists()


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no such file"):
        swept(tmp_path / "none.toml", tmp_path / "out", Teller())


def test_tables_and_dotted_names_say_the_same_and_base_is_for_all(folder: Path) -> None:
    text = HEAD + "[grid.search]\ntop_k = [4, 6]\n[base]\nsearch.candidates = 9\nthreads = 1\n"
    found = read_plan(sheet(folder, text), load_settings(llm={"max_tokens": 99})).combinations
    assert [(c.slug, c.settings.search.top_k, c.settings.search.candidates, c.settings.threads) for c in found] == [
        ("top_k=4", 4, 9, 1),
        ("top_k=6", 6, 9, 1),
    ]
    assert {c.settings.llm.max_tokens for c in found} == {99}, "what the sheet does not name stays as it was set"


def test_settings_of_one_name_are_told_apart(folder: Path) -> None:
    text = HEAD + '[grid]\n"llm.model" = ["a b", "a/b"]\n"judge.model" = ["c"]\n'
    plan = read_plan(sheet(folder, text), load_settings())
    assert list(plan.keys.values()) == ["llm.model", "judge.model"]
    assert len({c.slug for c in plan.combinations}) == 2
    assert all(c.slug == slug(c.slug) for c in plan.combinations)


def test_a_long_name_is_cut_and_still_its_own() -> None:
    long = "x" * 300
    assert len(slug(long)) < 120
    assert slug(long) != slug(long + "y")
    assert slug("../Over & out") == "over-out"


def a_run(scores: Sequence[float | None], seconds: float = 1.0, error: str | None = None, more: Mapping[str, float] | None = None) -> Run:
    given = [{"retrieval.mrr@10": score, **(more or {})} for score in scores]
    records = [Record(f"c{i}", f"{i}?", {}, row, error, (f"{i}?",)) for i, row in enumerate(given)]
    return summed(records, settings={}, fingerprint="0" * 16, seconds=seconds)


def a_plan(folder: Path, text: str = HEAD + GRID) -> Plan:
    return read_plan(sheet(folder, text), load_settings())


def test_the_best_is_first_and_the_surely_worse_are_said_to_be(folder: Path) -> None:
    plan = a_plan(folder)
    runs = [a_run([0.0] * 20, 1.0), a_run([1.0] * 19 + [0.5], 9.0), a_run([1.0] * 20, 20.0), a_run([None] * 20, 1.0)]
    board = leaderboard(plan, list(zip(plan.combinations, runs, strict=True)))
    assert [row.combination for row in board.rows] == [plan.combinations[i] for i in (2, 1, 0, 3)]
    assert [row.on_front for row in board.rows] == [True, True, True, False]
    first, second, third, last = board.rows
    assert first.difference is None
    assert second.difference and second.difference.verdict == "no sure difference"
    assert third.difference and third.difference.verdict == "worse" and third.difference.difference == -1.0
    assert last.figure.value is None
    assert board.advice == "2 of 4 are not surely worse than the best; the fastest of them is rerank true, chunk_tokens 150."
    assert "no figure" in as_text(board)


def test_where_less_is_better_the_least_is_first(folder: Path) -> None:
    plan = a_plan(folder, HEAD.replace("retrieval.mrr@10", "latency.total_s") + 'time = "latency.retrieve_s"\n' + GRID)
    more: list[dict[str, float]] = [{"latency.total_s": s, "latency.retrieve_s": 0.1} for s in (3.0, 1.0, 2.0, 4.0)]
    board = leaderboard(plan, [(c, a_run([1.0, 1.0], more=m)) for c, m in zip(plan.combinations, more, strict=True)])
    assert [row.figure.value for row in board.rows] == [1.0, 2.0, 3.0, 4.0]
    assert [row.on_front for row in board.rows] == [True, False, False, False]


@pytest.mark.parametrize(
    ("points", "front"),
    [
        pytest.param([(0.9, 2.0), (0.8, 1.0), (0.7, 1.5)], [True, True, False], id="the last is slower and worse than the second"),
        pytest.param([(0.9, 2.0), (0.9, 2.0)], [True, True], id="two alike are both on it"),
        pytest.param([(0.9, 2.0), (0.9, 1.0)], [False, True], id="as good and faster"),
        pytest.param([(0.9, None), (0.1, 1.0), (None, 0.1)], [False, True, False], id="what was not measured is not on it"),
    ],
)
def test_the_front_is_what_no_other_beats(points: list[tuple[float | None, float | None]], front: list[bool]) -> None:
    assert [on_front(points, i, down=False) for i in range(len(points))] == front


def test_the_time_of_cases_is_their_own_and_not_the_caches(folder: Path) -> None:
    plan = a_plan(folder)
    asked = a_run([1.0, 1.0], seconds=0.01, more={"latency.total_s": 3.0})
    assert time_of(plan, asked) == 3.0
    searched = a_run([1.0, 1.0, 1.0], seconds=4.0)
    half = replace(searched, records=(replace(searched.records[0], answer={"cached": True}), *searched.records[1:]))
    assert time_of(plan, half) == 2.0
    assert time_of(plan, replace(half, records=half.records[:1])) is None


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def drawn(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    return tags


def test_the_page_draws_each_combination_with_its_interval_and_fills_the_front(folder: Path) -> None:
    plan = a_plan(folder)
    runs = [a_run([0.0, 1.0], 1.0), a_run([1.0, 1.0, 0.5], 2.0), a_run([0.2, 0.1], 3.0)]
    text = page(leaderboard(plan, list(zip(plan.combinations[:3], runs, strict=True)), [(plan.combinations[3], EVIL)]))
    tags = drawn(text).seen
    circles = [attributes for tag, attributes in tags if tag == "circle"]
    assert sorted(str(c["class"]) for c in circles) == ["dot", "dot", "dot unsure"]
    assert sum(tag == "line" and a.get("class") == "interval" for tag, a in tags) == 3
    assert len({c["cx"] for c in circles}) == 3
    assert text.count(EVIL) == 0
    assert "&lt;script&gt;" in text


def test_the_page_runs_and_loads_nothing_and_links_only_to_its_reports(folder: Path) -> None:
    plan = a_plan(folder, HEAD.replace("rerank or not", EVIL) + f'[grid]\n"llm.model" = ["{EVIL}", "b"]\n')
    board = leaderboard(plan, [(c, a_run([1.0, 0.0])) for c in plan.combinations])
    text = page(board)
    tags = drawn(text).seen
    assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "src"]
    assert [a["href"] for tag, a in tags if tag == "a"] == [f"{quote(row.combination.slug)}.html" for row in board.rows]
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_a_page_without_a_figure_has_no_drawing(folder: Path) -> None:
    assert "<svg" not in page(leaderboard(a_plan(folder), []))


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        pytest.param(0.62, 0.91, 1.0, ["0.6", "0.7", "0.8", "0.9", "1.0"], id="a share"),
        pytest.param(0.0, 1.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], id="the whole scale"),
        pytest.param(1.0, 1.0, 1.0, ["0.90", "0.95", "1.00"], id="all alike, at the top"),
        pytest.param(0.2, 3.1, None, ["0", "1", "2", "3", "4"], id="seconds, from 0"),
        pytest.param(40.0, 42.0, None, ["40.0", "40.5", "41.0", "41.5", "42.0"], id="far from 0"),
        pytest.param(0.0, 0.0, None, ["-0.6", "-0.4", "-0.2", "0.0", "0.2", "0.4", "0.6"], id="nothing at all"),
    ],
)
def test_an_axis_has_a_few_round_numbers(low: float, high: float, most: float | None, expected: list[str]) -> None:
    assert labels(ticks(low, high, most)) == expected


def test_a_sweep_of_real_claims_needs_no_weights(folder: Path) -> None:
    started = time.perf_counter()
    assert sweep(claims_sheet(folder), load_settings(), folder / "out") == 0
    rows = json.loads((folder / "out" / "leaderboard.json").read_text())["rows"]
    assert {row["value"] for row in rows} == {1.0}
    assert {row["to_the_best"]["verdict"] for row in rows[1:]} == {"no sure difference"}
    assert time.perf_counter() - started < 30
