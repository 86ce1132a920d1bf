"""`python app.py`: the page at http://127.0.0.1:7860, wired from the settings."""

from __future__ import annotations

import sys

from evals.pages.site import make_pages
from index.problem import Problem
from qa.assistant import open_assistant
from qa.page.serve import serve
from qa.settings import load_settings


def main() -> int:
    """Serves until it is stopped. 0 when it was, 1 when a Problem stood in the way."""
    try:
        settings = load_settings()
        pages = [("Evaluations", make_pages(settings.home / "runs"))]
        serve(open_assistant(settings), settings.host, settings.port, pages)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
