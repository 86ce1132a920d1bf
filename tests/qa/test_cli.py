"""The command line as contract.md has it: exit codes, JSON, and never a traceback."""

import json
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

import qa.assistant
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from qa.cli import main
from qa.talks import Talks, new_id
from tests.qa.conftest import Serve

ROOT = Path(__file__).parents[2]
ARTICLE = "# The bridge at Varn\n\nThe stone bridge at Varn was opened in May 1932. It carries the road to Harrow."


@pytest.fixture(autouse=True)
def _small_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Everything is real but the weights: every library of these tests is opened with the models of index/fakes.py."""

    class Small(Articles):
        def __init__(self, *given, **told) -> None:
            super().__init__(*given, **told, embedder=WordEmbedder(), reranker=OverlapReranker())

    monkeypatch.setattr(qa.assistant, "Articles", Small)
    monkeypatch.chdir(tmp_path)


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 1
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


@pytest.fixture
def bridge(run, tmp_path: Path) -> str:
    """The id of an article that is in the library."""
    file = tmp_path / "bridge.md"
    file.write_text(ARTICLE, "utf-8")
    return run("add", str(file), "--source", "Tidewater Courier", "--published", "2021-03-04", "--json").json["articles"][0]["id"]


@pytest.fixture
def model(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    """The environment leads to a scripted model."""

    def start(*pieces: str, fault: str = ""):
        server, settings = serve(pieces, fault)
        for name in ("provider", "model", "base_url"):
            monkeypatch.setenv(f"ARTICLE_QA_LLM__{name.upper()}", getattr(settings.llm, name))
        return server

    return start


def test_add_reports_as_the_contract_says_and_the_second_time_changes_nothing(run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ARTICLE, "utf-8")
    first = run("add", "a.md", "--json")
    assert first.code == 0
    assert set(first.json) >= {"added", "updated", "unchanged", "duplicates", "failed", "articles", "seconds"}
    assert first.json["added"] == 1 and set(first.json["articles"][0]) == {"id", "title", "chunks"}
    again = run("add", "a.md", "--json")
    assert (again.code, again.json["added"], again.json["unchanged"]) == (0, 0, 1)


def test_list_show_search_and_remove_tell_the_same_article(run, bridge: str) -> None:
    (row,) = run("list", "--json").json
    assert set(row) >= {"id", "title", "source", "author", "url", "published", "added", "chars", "chunks", "state"}
    assert (row["id"], row["source"], row["published"], row["state"]) == (bridge, "Tidewater Courier", "2021-03-04", "indexed")
    text = run("show", bridge, "--json").json["text"]
    (passage,) = run("search", "When was the bridge opened?", "--top-k", "3", "--json").json
    assert text[passage["start"] : passage["end"]] == passage["text"]
    best = passage["best_sentence"]
    assert text[best["start"] : best["end"]] == best["text"] == "The stone bridge at Varn was opened in May 1932."
    assert 0 <= passage["relevance"] <= 1
    assert run("remove", bridge).code == 0
    assert run("list", "--json").json == []


def test_what_is_edited_stays_when_the_file_is_added_again(run, bridge: str, tmp_path: Path) -> None:
    edited = run("edit", bridge, "--title", "The old bridge", "--published", "2021-03", "--url", "https://a.example/bridge")
    assert (edited.code, edited.out) == (0, "The old bridge\nTidewater Courier, 2021-03, https://a.example/bridge\n")
    again = run("add", str(tmp_path / "bridge.md"), "--published", "2020-01-01", "--author", "Ada Quill", "--json").json
    assert (again["updated"], again["articles"][0]["id"]) == (1, bridge)
    shown = run("show", bridge, "--json").json
    assert (shown["title"], shown["published"], shown["precision"]) == ("The old bridge", "2021-03-01", "month")
    assert (shown["author"], shown["origins"]) == ("Ada Quill", [str(tmp_path / "bridge.md")])
    assert run("search", "the old bridge", "--json").json[0]["title"] == "The old bridge"
    assert run("edit", bridge, "--published", "unknown", "--source", "", "--json").json["published"] is None
    assert run("edit", bridge, "--title", " ").code == run("edit", bridge).code == 1


def test_an_earlier_version_can_be_read(run, bridge: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.md").write_text("# The bridge at Varn\n\nIt was closed in 2025.", "utf-8")
    assert run("add", str(tmp_path / "bridge.md"), "--json").json["updated"] == 1
    assert [(v["version"], v["current"]) for v in run("history", bridge, "--json").json] == [(2, True), (1, False)]
    assert "1932" not in run("show", bridge).out
    old = run("show", bridge, "--version", "1")
    assert "opened in May 1932" in old.out and "version 1 of 2" in old.out
    assert run("show", bridge, "--version", "2", "--json").json["text"].endswith("It was closed in 2025.")
    none = run("show", bridge, "--version", "3")
    assert none.code == 1 and "article-qa history" in none.err


def test_the_same_text_from_two_files_is_one_article_of_both(run, bridge: str, tmp_path: Path) -> None:
    (tmp_path / "copy.md").write_text(ARTICLE, "utf-8")
    assert run("add", "copy.md", "--json").json["duplicates"] == 1
    assert run("show", bridge, "--json").json["origins"] == [str(tmp_path / n) for n in ("bridge.md", "copy.md")]
    assert f"From: {tmp_path / 'copy.md'}" in run("show", bridge).out


def test_what_failed_is_listed_until_it_succeeds(run, tmp_path: Path) -> None:
    (tmp_path / "late.txt").write_text("")
    assert run("add", "late.txt", "--source", "Tidewater Courier").code == 1
    (failed,) = run("failed", "--json").json
    assert failed["from"] == failed["path"] == str(tmp_path / "late.txt")
    assert "empty" in failed["why"] and "late.txt" in run("failed").out
    assert run("retry").code == 1
    (tmp_path / "late.txt").write_text("The ferry sinks never.")
    assert run("retry", "--json").json["added"] == 1
    assert run("list", "--json").json[0]["source"] == "Tidewater Courier"
    assert run("failed", "--json").json == []
    run("add", "nowhere.txt")
    assert "Forgotten" in run("failed", "--forget").out
    assert run("failed", "--json").json == []


def test_a_mapping_names_the_fields_of_an_export(run, tmp_path: Path) -> None:
    lines = [json.dumps({"words": f"Ferry {n} sinks never.", "head": f"Ferry {n}"}) for n in range(3)]
    (tmp_path / "export.jsonl").write_text("\n".join([*lines, "no JSON"]), "utf-8")
    ran = run("add", "export.jsonl", "--mapping", "text=words,title=head", "--json")
    assert (ran.code, ran.json["added"], len(ran.json["failed"])) == (0, 3, 1)
    assert {row["title"] for row in run("list", "--json").json} == {"Ferry 0", "Ferry 1", "Ferry 2"}
    (failed,) = run("failed", "--json").json
    assert failed["path"] == str(tmp_path / "export.jsonl") != failed["from"]
    (tmp_path / "export.jsonl").write_text("\n".join(lines), "utf-8")
    assert run("retry", "--json").json["unchanged"] == 3
    assert run("failed", "--json").json == []


def test_ctrl_c_keeps_what_is_done_and_says_what_that_was(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The person presses the keys while the second hundred is embedded.
    class Pressing(WordEmbedder):
        calls = 0

        def passages(self, texts):
            Pressing.calls += 1
            if Pressing.calls == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return super().passages(texts)

    monkeypatch.setattr(qa.assistant, "Articles", lambda *a, **k: Articles(*a, **k, embedder=Pressing(), reranker=OverlapReranker()))
    lines = [json.dumps({"text": f"Ferry {n} sinks never.", "title": f"Ferry {n}"}) for n in range(1000)]
    (tmp_path / "export.jsonl").write_text("\n".join(lines), "utf-8")
    ran = run("add", "export.jsonl")
    assert ran.code == 130
    assert "512 added" in ran.out and "kept" in ran.err
    assert len(run("list", "--json").json) == 512
    assert run("verify").code == 0


def test_verify_says_what_it_could_not_check(run, bridge: str, home: Path) -> None:
    assert "All is well: the database with 1 articles" in run("verify").out
    with closing(Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker())) as other:
        assert other.own()
        beside = run("verify")
        assert beside.code == 0
        assert "All is well" not in beside.out and "Not checked: the vector index" in beside.out
        assert run("verify", "--repair").code == 1


def test_dates_and_outlets_filter(run, bridge: str) -> None:
    def found(*filters: str) -> int:
        return len(run("search", "the bridge", *filters, "--json").json)

    assert found("--from", "2021-03-04", "--to", "2021-03-04") == 1
    assert found("--from", "2021-03-05") == 0
    assert found("--source", "tidewater courier") == 1
    assert found("--source", "Orbit Desk") == 0


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["show", "ID"],
        ["history", "ID"],
        ["failed"],
        ["retry"],
        ["search", "the bridge"],
        ["verify"],
        ["reindex"],
        ["models", "list"],
    ],
    ids=" ".join,
)
def test_every_command_prints_for_people_too(run, bridge: str, command: list[str]) -> None:
    ran = run(*[bridge if word == "ID" else word for word in command])
    assert ran.code == 0
    assert ran.out.strip()


def test_ask_prints_the_answer_of_the_contract(run, bridge: str, model) -> None:
    model("The stone bridge at Varn was opened in May 1932.")
    ran = run("ask", "When was the stone bridge at Varn opened?", "--today", "2026-11-22", "--json")
    assert ran.code == 0
    assert ran.json["text"] == "The stone bridge at Varn was opened in May 1932. [1]"
    citation = ran.json["sentences"][0]["citations"][0]
    assert run("show", bridge, "--json").json["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_ask_streams_for_people_and_shows_the_words_cited(run, bridge: str, model) -> None:
    model("The stone bridge at Varn ", "was opened in May 1932.")
    ran = run("ask", "When was the stone bridge at Varn opened?")
    assert "The stone bridge at Varn was opened in May 1932. [1]\n" in ran.out
    assert "[1] The bridge at Varn (Tidewater Courier, 2021-03-04): “The stone bridge" in ran.out


def test_ask_answers_though_the_model_is_down(run, bridge: str, model) -> None:
    model(fault="500")
    ran = run("ask", "When was the stone bridge at Varn opened?", "--json")
    assert (ran.code, ran.json["quoted"], ran.json["refused"]) == (0, True, False)
    assert "(500)" in ran.json["interrupted"]


def test_ask_in_an_empty_library_refuses_and_is_done(run, model) -> None:
    model("x")
    ran = run("ask", "When was it opened?", "--json")
    assert (ran.code, ran.json["refused"], ran.json["refusal_reason"], ran.json["sentences"]) == (0, True, "no_articles", [])


PREFERRING = "According to Tidewater Courier, when was the stone bridge at Varn opened last week?"
DAY = ("--today", "2021-03-10")
TOLD = "Preferred: Tidewater Courier; last week: 1–7 March 2021. Leave one out with --ignore WORDS.\n"


def test_search_says_what_was_preferred_and_leaves_it_out_when_told(run, bridge: str) -> None:
    found = run("search", PREFERRING, *DAY)
    assert found.out.startswith(TOLD + "1. The bridge at Varn")
    one = run("search", PREFERRING, *DAY, "--ignore", "last week")
    assert one.out.startswith(
        "Preferred: Tidewater Courier. Leave one out with --ignore WORDS. Not preferred: last week: 1–7 March 2021.\n1. "
    )
    none = run("search", PREFERRING, *DAY, "--ignore", "LAST WEEK", "--ignore", "Tidewater Courier")
    assert none.out.startswith("Not preferred: Tidewater Courier; last week: 1–7 March 2021.\n1. ")
    assert (one.err, none.err) == ("", "")
    assert run("search", "When was the bridge opened?").out.startswith("1. The bridge at Varn")
    assert isinstance(run("search", PREFERRING, *DAY, "--ignore", "last week", "--json").json, list)


def test_ask_says_what_was_preferred_and_its_json_does(run, bridge: str, model) -> None:
    model("The stone bridge at Varn was opened in May 1932.")
    assert TOLD in run("ask", PREFERRING, *DAY).out
    assert "referred" not in run("ask", "When was the stone bridge at Varn opened?").out
    told = run("ask", PREFERRING, *DAY, "--ignore", "last week", "--json").json
    assert told["preferred"] == [
        {"words": "Tidewater Courier", "label": "Tidewater Courier", "ignored": False},
        {"words": "last week", "label": "last week: 1–7 March 2021", "ignored": True},
    ]


def test_what_is_to_be_ignored_but_not_in_the_question_is_said(run, bridge: str, model) -> None:
    model("The stone bridge at Varn was opened in May 1932.")
    for asked in (["search"], ["search", "--json"], ["ask"], ["ask", "--json"]):
        ran = run(*asked, PREFERRING, *DAY, "--ignore", "CNN")
        assert ran.code == 0
        assert "--ignore: the question prefers nothing by “CNN”; it does by “Tidewater Courier”; “last week”.\n" in ran.err
    assert "by no words at all" in run("search", "the bridge", "--ignore", "CNN").err


def test_a_history_is_read(run, bridge: str, model, tmp_path: Path) -> None:
    server = model("When was the stone bridge at Varn opened?")
    (tmp_path / "history.json").write_text('[["Where is the stone bridge?", "At Varn. [1]"]]', "utf-8")
    ran = run("ask", "When was it opened?", "--history", "history.json", "--json")
    assert ran.json["standalone_question"] == "When was the stone bridge at Varn opened?"
    assert "Where is the stone bridge?" in server.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"a": 1}', "[1]", '["ab"]', '[["one"]]', '[["a", "b", "c"]]', "[[1, 2]]", "nope", '[["a", null]]', "\ud83d"],
    ids=["empty", "object", "object with a key", "number", "two letters", "one", "three", "numbers", "no JSON", "null", "half a character"],
)
def test_a_bad_history_is_a_problem_that_says_what_it_should_be(run, bridge: str, model, tmp_path: Path, text: str) -> None:
    model("x")
    (tmp_path / "history.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    ran = run("ask", "When was it opened?", "--history", "history.json")
    assert ran.code == 1
    assert "history.json" in ran.err and "JSON list of [question, answer text] pairs" in ran.err


def test_a_missing_history_is_a_problem(run, bridge: str, model) -> None:
    model("x")
    assert run("ask", "When?", "--history", "nowhere.json").code == 1


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        pytest.param("binary.txt", bytes(range(256)) * 40, "text", id="binary named .txt"),
        pytest.param("empty.txt", b"", "empty", id="empty"),
        pytest.param("spaces.txt", b" \n\t ", "empty", id="only spaces"),
        pytest.param("nowhere.txt", None, "no", id="missing"),
        pytest.param("picture.png", b"\x89PNG", ".txt", id="a format that is not read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_reason(run, tmp_path: Path, name: str, data: bytes | None, why: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    ran = run("add", name)
    assert ran.code == 1
    assert name in ran.err
    assert why in ran.err.casefold()
    (failed,) = run("add", name, "--json").json["failed"]
    assert set(failed) == {"from", "why"}


def test_a_link_that_cannot_be_read_is_told_with_its_reason(run) -> None:
    ran = run("add", "http://127.0.0.1:1/article", "--json")
    assert ran.code == 1 and ran.json["failed"][0]["why"]


def test_a_folder_without_readable_files_adds_nothing_and_says_so(run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "picture.png").write_bytes(b"\x89PNG")
    ran = run("add", "folder")
    assert ran.code == 1 and ran.err.strip()


def test_one_bad_file_does_not_keep_the_others_out(run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ARTICLE, "utf-8")
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 40)
    ran = run("add", "a.md", "b.txt", "--json")
    assert (ran.code, ran.json["added"], len(ran.json["failed"])) == (0, 1, 1)


def test_a_file_in_an_old_encoding_is_read_as_it_was_meant(run, tmp_path: Path) -> None:
    text = "The café at Zürich opened in May. “Très bien,” said the naïve façade painter; it cost 20 £ – no more."
    (tmp_path / "cafe.txt").write_bytes(text.encode("cp1252"))
    article = run("add", "cafe.txt", "--json").json["articles"][0]["id"]
    assert run("show", article, "--json").json["text"] == text


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["add"],
        ["search"],
        ["ask", "When?", "--today", "yesterday"],
        ["search", "When?", "--today", "yesterday"],
        ["search", "When?", "--ignore"],
        ["ask", "When?", "--from", "2023-02-30"],
        ["search", "x", "--from", ""],
        ["search", "x", "--top-k", "0"],
        ["search", "x", "--top-k", "many"],
        ["add", "a.md", "--published", "31/31/2020"],
        ["chat", "--port", "99999"],
        ["show", "x", "--version", "0"],
        ["edit", "x", "--published", "1/12/2023"],
        ["add", "x", "--mapping", "text"],
        ["list", "--colour"],
    ],
    ids=lambda a: " ".join(a) or "nothing",
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(run, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert "usage:" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "nowhere"],
        ["remove", "nowhere"],
        ["history", "nowhere"],
        ["edit", "nowhere", "--title", "Nothing"],
        ["add", "x.jsonl", "--mapping", "words=body"],
        ["search", ""],
        ["search", "x" * 50_000],
        ["search", "x", "--from", "2024-01-01", "--to", "2023-01-01"],
        ["import", "nowhere.zip"],
        ["models", "pull", "no-such-model"],
        ["chat", "--seeds", "nowhere"],
    ],
    ids=lambda a: " ".join(a)[:40],
)
def test_a_problem_exits_with_1_and_its_message(run, bridge: str, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.code == 1
    assert len(ran.err.strip()) > 20


def test_a_wrong_setting_stops_every_command(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_PORT", "web")
    ran = run("list")
    assert ran.code == 1 and "ARTICLE_QA_PORT" in ran.err and "'web'" in ran.err


def test_a_home_that_cannot_be_written_is_a_problem(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path / "file" / "home"))
    ran = run("list")
    assert ran.code == 1 and "ARTICLE_QA_HOME" in ran.err


def test_a_model_file_that_was_cut_short_is_a_problem(run, bridge: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from index.models import models

    monkeypatch.setenv("ARTICLE_QA_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ARTICLE_QA_LLM__MODEL", "smollm2-135m")
    missing = run("ask", "When was the stone bridge at Varn opened?")
    assert missing.code == 1 and "models pull" in missing.err
    file = tmp_path / "models" / "smollm2-135m" / models()["smollm2-135m"].files[0].path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF" + os.urandom(1000))
    cut = run("ask", "When was the stone bridge at Varn opened?")
    assert cut.code == 1 and "models pull" in cut.err


def test_a_library_that_is_no_database_is_a_problem(run, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "library.sqlite").write_bytes(b"this is no database" * 100)
    assert run("list").code == 1


def test_what_is_exported_can_be_imported_elsewhere(run, bridge: str, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = run("show", bridge, "--json").json["text"]
    talk = new_id()
    with closing(Talks(home / "talks.sqlite")) as talks:
        talks.keep(talk, 1, "When was it opened?", "kept")
    assert run("export", "library.zip").code == 0
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path / "elsewhere"))
    assert run("import", "library.zip").out == "Took in 1 article and 1 conversation.\n"
    assert run("import", "library.zip").out == "Took in 0 articles and 0 conversations.\n"
    with closing(Talks(tmp_path / "elsewhere" / "talks.sqlite")) as talks:
        assert talks.turns(talk) == ["kept"]
    assert run("show", bridge, "--json").json["text"] == text
    assert run("verify").code == 0


@pytest.mark.parametrize(
    "command",
    [
        "",
        "chat",
        "add",
        "list",
        "show",
        "history",
        "edit",
        "failed",
        "retry",
        "search",
        "ask",
        "models",
        "models list",
        "models pull",
        "export",
        "import",
        "user",
        "user add",
        "user list",
        "user remove",
    ],
)
def test_every_command_explains_itself(run, command: str) -> None:
    ran = run(*command.split(), "--help")
    assert ran.code == 0 and "usage: article-qa" in ran.out


def test_evals_is_the_evaluation_suite(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = run("evals", "--help")
    assert ran.code == 0 and "compare" in ran.out
