"""The arrows of the design: who may import whom, and where each outside thing is allowed in."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARROWS = {
    "index": {"index"},
    "prompts": {"prompts"},
    "qa": {"qa", "index", "prompts"},
    "evals": {"evals", "qa", "index", "prompts"},
    "app": {"qa", "index.problem", "evals.pages.site"},  # the rim may wire
    "tests": {"tests", "evals", "qa", "index", "prompts", "app"},
}
OURS = set(ARROWS)
# Who may import what from outside; a folder stands for everything in it.
GATES = {
    "chromadb": {"index/vectors.py", "evals/bench/yardsticks.py"},
    "sqlite3": {
        f"index/{name}.py"
        for name in "archive catalogue collecting history ledger library migrations quarantine rows schema store stories words".split()
    }
    | {"qa/talks.py", "qa/carried.py"},
    "gradio": {"app.py", "qa/page"},
    "openai": {"qa/remote.py"},
    "llama_index.llms": {"qa/remote.py"},
    "ctranslate2": {"index/converted.py", "qa/embedded.py"},
}
SQL = re.compile(r"\b(SELECT .+ FROM|INSERT (OR \w+ )?INTO|DELETE FROM|CREATE (TABLE|INDEX|VIRTUAL)|UPDATE \w+ SET|PRAGMA)\b", re.DOTALL)
LONGEST = 300  # lines; the house raises an eyebrow there


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py")) if folder != "app" else [ROOT / "app.py"]


CODE = [path for folder in ARROWS if folder != "tests" for path in sources(folder)]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> list[str]:
    """Every module a file imports, wherever in it; `from a import b` counts as both `a` and `a.b`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} line {node.lineno}: a relative import hides the arrow; write the package's name"
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def inside(module: str, packages: set[str]) -> bool:
    return any(module == p or module.startswith(p + ".") for p in packages)


@pytest.mark.parametrize("package", [p for p in ARROWS if p != "tests"])
def test_a_package_imports_only_what_its_arrows_allow(package: str) -> None:
    ours = [(path, module) for path in sources(package) for module in imports(path) if module.partition(".")[0] in OURS]
    wrong = [f"{named(path)} imports {module}" for path, module in ours if not inside(module, ARROWS[package])]
    assert not wrong


def test_prompts_need_nothing_but_the_standard_library() -> None:
    outside = {m for path in sources("prompts") for m in imports(path) if m.partition(".")[0] not in sys.stdlib_module_names}
    assert not {m for m in outside if not inside(m, {"prompts"})}


@pytest.mark.parametrize("package", list(GATES))
def test_an_outside_package_comes_in_by_its_own_gate(package: str) -> None:
    gates = GATES[package]
    wrong = [
        named(path)
        for path in CODE
        if any(inside(m, {package}) for m in imports(path)) and not any(named(path) == g or named(path).startswith(g + "/") for g in gates)
    ]
    assert not wrong


def test_sql_is_written_only_where_the_database_is_owned() -> None:
    others = [path for path in CODE if named(path) not in GATES["sqlite3"]]
    nodes = [(path, node) for path in others for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    wrong = [f"{named(path)} line {node.lineno}" for path, node in nodes if isinstance(node.value, str) and SQL.search(node.value)]
    assert not wrong


def test_no_file_is_too_long_to_read_at_a_sitting() -> None:
    long = {named(path): lines for path in CODE if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST}
    assert not long


def test_the_check_sees_imports_wherever_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "late.py"
    file.write_text("def f():\n    from chromadb.config import Settings\n    import index.library as l\n")
    assert imports(file) == ["chromadb.config", "chromadb.config.Settings", "index.library"]
