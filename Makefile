# The four things one does here. `make chat` and `make test` start from a bare machine with Python 3.11 and pip.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup chat test evals lock browser
.DELETE_ON_ERROR:

setup: .venv/installed
	$(BIN)/article-qa models pull

chat: setup
	$(BIN)/article-qa chat --seeds seeds

test: .venv/installed-dev browser
	$(BIN)/article-qa models pull
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q
	$(BIN)/python -m evals gate

evals: setup
	$(BIN)/python -m evals run

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml requirements.lock | .venv/bin/python
	$(PIP) -c requirements.lock -e .
	touch $@

.venv/installed-dev: pyproject.toml requirements.lock | .venv/bin/python
	$(PIP) -c requirements.lock -e '.[dev]'
	touch $@ .venv/installed

# The page's tests drive Debian's Chromium; without it they are skipped, and say so.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| echo "chromium is not here: the browser tests will be skipped. Install it as root: apt-get install chromium"

# After changing a dependency in pyproject.toml: install it, run this, look at the difference.
lock: .venv/installed-dev
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > requirements.lock
