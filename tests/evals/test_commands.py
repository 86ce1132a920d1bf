"""The command line: what it prints, and how it ends for good input and bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.__main__ import BENCHES, KINDS, main
from evals.datasets import KINDS as LOADERS
from evals.run import read, write
from tests.evals.made_up import a_run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("command", [[], ["run"], ["compare"], ["report"], ["gate"], ["bench"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["run", "--limit", "0"], id="a limit of 0"),
        pytest.param(["run", "--dataset", "squad"], id="no path"),
        pytest.param(["run", "--dataset", "csv:x"], id="an unknown kind"),
        pytest.param(["bench", "everything"], id="an unknown bench"),
        pytest.param(["compare", "a.json"], id="one run"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["run", "speed"], "no suite 'speed'", id="an unknown suite"),
        pytest.param(["run", "--dataset", "squad:/none.json"], "/none.json: there is no such file", id="no such file"),
        pytest.param(["run", "answers", "--dataset", "squad:/none.json"], "not both", id="suites and a dataset"),
        pytest.param(["run", "answers", "--no-llm"], "answers cannot be measured without a language model", id="answers without a model"),
        pytest.param(["compare", "/none.json", "/none.json"], "/none.json", id="no such run"),
        pytest.param(["report", "/none.json"], "/none.json", id="no run to report"),
    ],
)
def test_a_problem_ends_with_1_and_a_message(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told


def test_two_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, scores in (("a", [1, 1, 1]), ("b", [1, 0, 1])):
        write(a_run(name, scores), tmp_path / f"{name}.json")
    assert main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["differences"][0]["metric"] == "answer.correct"
    assert [flip["id"] for flip in told["flips"]] == ["c1"]


def test_a_report_is_written_where_it_is_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(a_run("a", [1]), tmp_path / "a.json")
    assert main(["report", str(tmp_path / "a.json"), "-o", str(tmp_path / "sub" / "page.html")]) == 0
    assert (tmp_path / "sub" / "page.html").read_text().startswith("<!doctype html>")
    assert capsys.readouterr().out.strip().endswith("page.html")


def test_the_support_checker_is_measured_on_labelled_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "claims.jsonl", tmp_path / "run.json"
    claims = [("Cats purr softly at night.", True), ("The bridge collapsed in 1987.", False)]
    path.write_text("".join(json.dumps({"claim": c, "context": "Cats purr softly at night.", "supported": s}) + "\n" for c, s in claims))
    assert main(["run", "--dataset", f"support:{path}", "--out", str(out), "--no-llm"]) == 0
    metrics = read(out).metrics
    assert (metrics["support.auroc"].value, metrics["support.balanced_accuracy"].value) == (1.0, 1.0)
    assert "support.auroc" in capsys.readouterr().out
    assert out.with_suffix(".html").exists()


def test_the_help_names_every_kind_of_dataset_and_every_bench_there_is() -> None:
    assert set(KINDS) == set(LOADERS)
    bench = Path(__file__).parents[2] / "evals" / "bench"
    assert set(BENCHES) == {path.stem for path in bench.glob("[a-z]*.py") if "\ndef measure(" in path.read_text("utf-8")}
