"""Every setting, in one frozen object: `ARTICLE_QA_…` environment first, then `article-qa.toml`."""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from index.problem import Problem

FILE = Path("article-qa.toml")
PREFIX = "ARTICLE_QA_"
EMBEDDED_CONTEXT = 4096  # tokens; a question with its evidence and answer takes about 700
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _server_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("a server's address is wanted, such as http://127.0.0.1:8000")
    return value


ServerUrl = Annotated[str, AfterValidator(_server_url)]


class LlmSettings(BaseModel):
    """The language model that writes answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Literal["embedded", "openai"] = Field(
        "embedded", description="`embedded` runs in this process; `openai` is any OpenAI-compatible server"
    )
    model: str = Field("qwen2.5-1.5b", min_length=1, description="a name in index/models.toml, or the server's name for it")
    others: str = Field("", description="more models of that server to choose from on the page: their names, with commas")
    base_url: ServerUrl = Field("http://127.0.0.1:8080/v1", description="where the `openai` server listens")
    api_key: SecretStr = Field(SecretStr("none"), description="its key, when it wants one")
    max_tokens: Annotated[int, Field(ge=16, le=4096)] = Field(160, description="the longest answer, in tokens")
    first_token_timeout: Seconds = Field(60.0, description="seconds to wait for the first word")
    idle_timeout: Seconds = Field(20.0, description="seconds to wait between words")
    total_timeout: Seconds = Field(180.0, description="seconds for a whole answer")


class SearchSettings(BaseModel):
    """How passages are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding: str = Field("bge-small", min_length=1, description="a name in index/models.toml; changing it re-embeds the library")
    candidates: Annotated[int, Field(ge=1, le=200)] = Field(20, description="passages the cross-encoder reads for each question")
    top_k: Annotated[int, Field(ge=1, le=50)] = Field(6, description="passages shown for each question")
    chunk_tokens: Annotated[int, Field(ge=40, le=400)] = Field(150, description="the aimed length of a passage, in tokens")
    legs: Literal["both", "words", "vectors"] = Field("both", description="what finds the candidates; one alone is for comparing")
    rerank: bool = Field(True, description="let the cross-encoder order the candidates; off is for comparing")


class AnswerSettings(BaseModel):
    """How answers are written and when they are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence_tokens: Annotated[int, Field(ge=80, le=4000)] = Field(600, description="tokens of evidence the model reads, at most")
    carefulness: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        0.5, description="0 answers more, 1 refuses more: the probability that evidence must reach"
    )
    length: Literal["brief", "normal", "thorough"] = Field(
        "normal", description="a sentence, one or two, or three to five from twice the evidence"
    )
    quotations_only: bool = Field(False, description="answer in the articles' own words alone, none of a model's")

    @property
    def share(self) -> int:
        """How many times the evidence and the longest answer this length takes."""
        return 2 if self.length == "thorough" else 1


class JudgeSettings(BaseModel):
    """The model that grades answers in evaluations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Literal["same", "embedded", "openai"] = Field(
        "same", description="the model that grades in evaluations: `same` as answers, or as ARTICLE_QA_LLM__PROVIDER"
    )
    model: str = Field("qwen2.5-1.5b", min_length=1, description="the grading model's name, unless it is the same")
    base_url: ServerUrl = Field("http://127.0.0.1:8080/v1", description="where the grading model's server listens")
    api_key: SecretStr = Field(SecretStr("none"), description="its key, when it wants one")


class Settings(BaseSettings):
    """Read once at the rim, passed down, never changed. `load_settings` turns mistakes into Problems."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", toml_file=FILE, frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("article-qa", appauthor=False)),
        description="the folder of the library, vectors and evaluation runs",
    )
    models: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("article-qa", appauthor=False)) / "models",
        description="the embedded models; many homes share one copy",
    )
    chroma_url: ServerUrl = Field("", description="a Chroma server, instead of the embedded store")
    host: str = Field("127.0.0.1", description="the address the page listens on")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(7860, description="the port the page listens on")
    users: str = Field("", description="the file of who may sign in (`article-qa user add`); empty lets in whoever gets here")
    threads: Annotated[int, Field(ge=0, le=256)] = Field(
        0, description="threads of the embedded model; 0 leaves a core free where there are more than two"
    )
    mcp: bool = Field(False, description="let MCP clients ask the library too (docs/clients.md)")
    llm: LlmSettings = LlmSettings()
    search: SearchSettings = SearchSettings()
    answer: AnswerSettings = AnswerSettings()
    judge: JudgeSettings = JudgeSettings()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self._room_for(self.answer):
            raise ValueError(
                f"{PREFIX}ANSWER__EVIDENCE_TOKENS and {PREFIX}LLM__MAX_TOKENS do not fit together into the {EMBEDDED_CONTEXT} tokens "
                f"of the embedded model; make one smaller"
            )
        return self

    def _room_for(self, answer: AnswerSettings) -> bool:
        # Our count of tokens falls short of a model's by up to a third, on figures above all.
        needed = answer.share * (answer.evidence_tokens * 4 // 3 + self.llm.max_tokens) + 300
        return self.llm.provider != "embedded" or needed <= EMBEDDED_CONTEXT

    def check_fits(self, answer: AnswerSettings) -> None:
        """Raises Problem where one question cannot be answered this way beside the other settings."""
        if not self._room_for(answer):
            raise Problem(f"A {answer.length} answer does not fit into the embedded model with these settings. Choose a shorter one.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def users_file(self) -> Path | None:
        """Who may sign in; None where nobody needs to."""
        return Path(self.users).expanduser() if self.users else None

    def of_judge(self) -> Self:
        """These settings with the grading model as the language model."""
        if self.judge.provider == "same":
            return self
        return self.model_copy(update={"llm": self.llm.model_copy(update=dict(self.judge))})

    def fingerprint(self, **more: str) -> str:
        """Sixteen hex digits of everything that changes an answer; `more` adds prompt digests and the like."""
        told = self.model_dump(mode="json", include={"search", "answer"})
        told["llm"] = self.llm.model_dump(mode="json", include={"provider", "model", "base_url", "max_tokens"})
        if self.llm.provider == "embedded":
            del told["llm"]["base_url"]
        return hashlib.sha256(json.dumps(told | more, sort_keys=True).encode()).hexdigest()[:16]


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. A mistake names the setting, its value and what is allowed.

    Raises Problem, all mistakes at once.
    """
    unknown = _unknown_environment()
    if unknown:
        raise Problem(unknown)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [_mistake(item) for item in error.errors()]
        raise Problem("\n".join(lines)) from None
    except (SettingsError, OSError, ValueError) as error:
        raise Problem(f"The settings cannot be read: {error}. Check {FILE} and the {PREFIX}… environment.") from None


def setting_names() -> dict[str, tuple[str, str]]:
    """Every setting by its environment name, with its default and description, for help and README."""
    rows: dict[str, tuple[str, str]] = {}
    for name, field in Settings.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            for inner, inner_field in nested.model_fields.items():
                shown = inner_field.default
                shown = shown.get_secret_value() if isinstance(shown, SecretStr) else shown
                rows[f"{PREFIX}{name}__{inner}".upper()] = (str(shown), inner_field.description or "")
        else:
            default = "" if field.default_factory else str(field.default)
            rows[f"{PREFIX}{name}".upper()] = (default, field.description or "")
    return rows


def _mistake(item: Any) -> str:
    path = "__".join(str(part) for part in item["loc"]).upper()
    given = item.get("input")
    given = "" if isinstance(given, dict) or _secret(path) else f" is {given!r}"
    if item["type"] == "extra_forbidden":
        return _no_such(f"{PREFIX}{path}", item.get("input"))
    return f"{PREFIX}{path}{given}: {item['msg'][0].lower()}{item['msg'][1:]}."


def _unknown_environment() -> str:
    """pydantic-settings passes over unknown names in the environment; a misspelt setting must not go unseen."""
    import os

    known = set(setting_names())
    # The contract check names the command under test ARTICLE_QA_BIN: no setting of ours, but no mistake either.
    groups = {name for name, f in Settings.model_fields.items() if isinstance(f.annotation, type) and issubclass(f.annotation, BaseModel)}
    wrong = [n for n in os.environ if n.upper().startswith(PREFIX) and n.upper() not in known]
    wrong = [n for n in wrong if n.upper().removeprefix(PREFIX).lower() not in groups and n.upper() != f"{PREFIX}BIN"]
    return "\n".join(_no_such(n, os.environ[n]) for n in sorted(wrong))


def _no_such(name: str, value: object) -> str:
    # What may be a key under a misspelt name is not repeated on a screen or in a log.
    shown = "" if _secret(name) else f" is {value!r}"
    alike = difflib.get_close_matches(name.upper(), setting_names(), 1)
    meant = f"Did you mean {alike[0]}?" if alike else "README.md lists them all."
    return f"{name}{shown}: there is no such setting. {meant}"


def _secret(name: str) -> bool:
    return any(word in name.upper() for word in ("KEY", "SECRET", "TOKEN_", "PASSWORD"))
