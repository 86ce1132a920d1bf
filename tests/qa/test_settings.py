"""Every mistake in a setting is told with its name, its value and what is allowed."""

from pathlib import Path

import pytest

import prompts
from index.problem import Problem
from qa.settings import Settings, load_settings, setting_names

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def toml(text: str) -> None:
    Path("article-qa.toml").write_text(text, "utf-8")


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM__PROVIDER", "openai")
    monkeypatch.setenv("ARTICLE_QA_LLM__MAX_TOKENS", "99")
    monkeypatch.setenv("ARTICLE_QA_CHROMA_URL", "http://chroma:8000")
    settings = load_settings()
    assert (settings.llm.provider, settings.llm.max_tokens, settings.chroma_url) == ("openai", 99, "http://chroma:8000")


def test_the_file_sets_what_it_names_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    toml('port = 7000\n[llm]\nmodel = "from-file"\nmax_tokens = 77\n[search]\ntop_k = 3\n')
    monkeypatch.setenv("ARTICLE_QA_LLM__MODEL", "from-environment")
    settings = load_settings()
    assert (settings.port, settings.llm.model, settings.llm.max_tokens, settings.search.top_k) == (7000, "from-environment", 77, 3)


@pytest.mark.parametrize(
    "name",
    [
        "ARTICLE_QA_MODLES",
        "ARTICLE_QA_LLM__PROVDER",
        "ARTICLE_QA_LLM_MODEL",
        "ARTICLE_QA_LLM__MODEL__NAME",
        "article_qa_hom",
        "ARTICLE_QA_",
    ],
)
def test_a_misspelt_name_in_the_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "a-value")
    with pytest.raises(Problem, match="there is no such setting") as raised:
        load_settings()
    assert name in str(raised.value)
    assert "a-value" in str(raised.value)


@pytest.mark.parametrize(("text", "name"), [("prot = 1", "ARTICLE_QA_PROT"), ("[llm]\nmodle = 'x'", "ARTICLE_QA_LLM__MODLE")])
def test_a_misspelt_name_in_the_file_stops_the_start(text: str, name: str) -> None:
    toml(text)
    with pytest.raises(Problem, match="there is no such setting") as raised:
        load_settings()
    assert name in str(raised.value)
    assert "Did you mean" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("ARTICLE_QA_PORT", "0", "greater than or equal to 1"),
        ("ARTICLE_QA_PORT", "web", "valid integer"),
        ("ARTICLE_QA_LLM__PROVIDER", "ollama", "'embedded' or 'openai'"),
        ("ARTICLE_QA_LLM__MODEL", "", "at least 1 character"),
        ("ARTICLE_QA_LLM__TOTAL_TIMEOUT", "-1", "greater than 0"),
        ("ARTICLE_QA_SEARCH__TOP_K", "51", "less than or equal to 50"),
        ("ARTICLE_QA_ANSWER__CAREFULNESS", "1.5", "less than or equal to 1"),
        ("ARTICLE_QA_ANSWER__CAREFULNESS", "nan", "less than or equal to 1"),
        ("ARTICLE_QA_LLM__TOTAL_TIMEOUT", "inf", "finite"),
    ],
)
def test_a_malformed_value_is_told_with_its_name_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Problem) as raised:
        load_settings()
    told = str(raised.value)
    assert name in told
    assert value in told
    assert allowed in told


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_PORT", "0")
    monkeypatch.setenv("ARTICLE_QA_LLM__PROVIDER", "ollama")
    with pytest.raises(Problem) as raised:
        load_settings()
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["port = ", "[llm\n", "\x00", "llm = 5"])
def test_a_broken_file_is_a_problem_that_names_it(text: str) -> None:
    toml(text)
    with pytest.raises(Problem, match=r"article-qa.toml|ARTICLE_QA_LLM"):
        load_settings()


def test_a_group_that_is_no_json_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM", "qwen")
    with pytest.raises(Problem, match="ARTICLE_QA_"):
        load_settings()


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM__API_KEY", "very-secret")
    settings = load_settings()
    assert settings.llm.api_key.get_secret_value() == "very-secret"
    assert "very-secret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_misspelt_key_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM__APIKEY", "very-secret")
    with pytest.raises(Problem, match="ARTICLE_QA_LLM__APIKEY") as raised:
        load_settings()
    assert "very-secret" not in str(raised.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


@pytest.mark.parametrize(
    "told",
    [
        {"llm": {"model": "other"}},
        {"llm": {"provider": "openai"}},
        {"llm": {"max_tokens": 50}},
        {"search": {"top_k": 3}},
        {"search": {"chunk_tokens": 100}},
        {"search": {"embedding": "all-minilm"}},
        {"answer": {"carefulness": 0.1}},
        {"answer": {"evidence_tokens": 200}},
    ],
    ids=str,
)
def test_the_fingerprint_changes_with_what_changes_an_answer(told: dict) -> None:
    assert load_settings(**told).fingerprint() != load_settings().fingerprint()


@pytest.mark.parametrize(
    "told",
    [
        {"home": Path("/elsewhere")},
        {"models": Path("/elsewhere")},
        {"port": 1234},
        {"host": "0.0.0.0"},
        {"threads": 1},
        {"llm": {"api_key": "k"}},
        {"llm": {"idle_timeout": 3.0}},
    ],
    ids=str,
)
def test_the_fingerprint_does_not_change_with_what_does_not(told: dict) -> None:
    assert load_settings(**told).fingerprint() == load_settings().fingerprint()


def test_the_fingerprint_changes_with_a_prompt() -> None:
    assert load_settings().fingerprint(prompt="a") != load_settings().fingerprint(prompt="b")


def test_every_setting_stands_in_the_readme_with_its_default_and_what_it_does() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in readme.splitlines() if line.startswith("| `ARTICLE_QA_")}
    assert rows.keys() == setting_names().keys()
    for name, (default, about) in setting_names().items():
        assert f"`{default}`" in rows[name] or not default
        assert rows[name].endswith(f"| {about} |")


@pytest.mark.parametrize("name", ["ARTICLE_QA_CHROMA_URL", "ARTICLE_QA_LLM__BASE_URL"])
@pytest.mark.parametrize("value", ["chroma.lan:9000", "localhost:8000", "ftp://host", "http://"])
def test_a_server_s_address_without_its_scheme_is_not_taken_for_another(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Problem, match=f"{name} is '{value}'.*a server's address is wanted"):
        load_settings()


def test_what_does_not_fit_into_the_embedded_model_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_ANSWER__EVIDENCE_TOKENS", "3500")
    with pytest.raises(Problem, match="do not fit together"):
        load_settings()
    monkeypatch.setenv("ARTICLE_QA_LLM__PROVIDER", "openai")
    assert load_settings().answer.evidence_tokens == 3500


def test_a_key_is_not_repeated_whatever_is_wrong_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM", '{"api_key": 12345678}')
    with pytest.raises(Problem) as told:
        load_settings()
    assert "12345678" not in str(told.value)


def test_every_setting_has_a_description() -> None:
    assert all(description for _, description in setting_names().values())
    assert len(setting_names()) > len(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("answer", {"fence", "evidence", "closest", "question", "length"}),
        ("answerable", {"fence", "evidence", "closest", "question"}),
        ("answer_system", {"length"}),
        ("length/brief", set()),
        ("length/normal", set()),
        ("length/thorough", set()),
        ("condense", {"fence", "question", "before", "answer"}),
    ],
)
def test_a_prompt_has_the_variables_that_its_caller_passes(name: str, given: set[str]) -> None:
    assert prompts.variables(name) == given
    assert all(value in prompts.render(name, **{g: f"<{g}>" for g in given}) for value in (f"<{g}>" for g in given))


def test_a_prompt_refuses_a_missing_or_an_extra_variable() -> None:
    with pytest.raises(ValueError, match="wants"):
        prompts.render("condense", question="?")
    with pytest.raises(ValueError, match="wants"):
        prompts.render("length/brief", extra="x")


def test_a_dollar_sign_in_an_article_stays_one() -> None:
    told = prompts.render("condense", fence="f", question="$5 or $before?", before="b", answer="a")
    assert "$5 or $before?" in told
