"""`python -m evals`, and `article-qa evals`: run, compare, report, gate, sweep, generate, fit, bench."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from index.problem import Problem

# Everything else is imported where it is used: `--help` answers at once.
KINDS = ("beir", "squad", "labelled-rag", "cases", "support", "injection", "injection-clean")
JUDGES = ("faithfulness", "correctness", "helpfulness")
BENCHES = ("answer", "search", "hybrid", "ingest", "page", "scale", "start")
TAKES = {"ingest": ("articles", "limit", "folder"), "hybrid": ("dataset", "limit")}  # the options of a bench, where it has any


def main(argv: Sequence[str] | None = None, prog: str = "python -m evals") -> int:
    """0 done, 1 a Problem on stderr (or a figure below its floor, for `gate`), 2 wrong usage."""
    parser = _parser(prog)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(args.do(args))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was indexed is kept; the next run goes on from there.", file=sys.stderr)
        return 130


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Measure answers, citations, refusals, retrieval and speed.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="run suites on seeds/, or a dataset",
        description="Run suites on seeds/, or a dataset; prints the figures, writes RUN.json and a report beside it.",
    )
    run.add_argument(
        "suites",
        nargs="*",
        metavar="SUITE",
        help="retrieval, answers, citations, refusals, conversations, hostile, latency; all unless named",
    )
    run.add_argument("--dataset", type=_dataset, metavar="KIND:PATH", help=f"one of {', '.join(KINDS)} instead of the suites")
    run.add_argument("--articles", type=Path, metavar="FOLDER", help="what `cases` are about (default: seeds/; `library`: your own)")
    run.add_argument("--limit", type=_count, metavar="N", help="so many cases, drawn by --seed; the corpus stays whole")
    run.add_argument("--seed", type=int, default=0, metavar="S", help="which cases --limit draws (default: 0)")
    run.add_argument("--distractors", type=_count, metavar="N", help="of a dataset's corpus, the gold articles and N others only")
    run.add_argument("--fresh", action="store_true", help="ask everything anew, whatever is known from earlier runs")
    run.add_argument(
        "--judge", action="append", choices=(*JUDGES, "all"), default=[], help="let the model of ARTICLE_QA_JUDGE__… grade too"
    )
    run.add_argument("--parallel", type=_count, default=0, metavar="N", help="questions at a time (default: 4 with a server, else 1)")
    run.add_argument("--out", type=Path, metavar="RUN.json", help="where the run is written (default: runs/ under the home)")
    run.add_argument("--no-llm", action="store_true", help="score retrieval only, without a language model")
    run.add_argument("--json", action="store_true", help="print the figures as JSON")
    run.set_defaults(do=_run)

    compare = commands.add_parser(
        "compare",
        help="two runs side by side",
        description="How much each metric moved from A to B, how surely, and which cases flipped.",
    )
    compare.add_argument("before", type=Path, metavar="A.json")
    compare.add_argument("after", type=Path, metavar="B.json")
    compare.add_argument("--json", action="store_true", help="print the comparison as JSON")
    compare.set_defaults(do=_compare)

    report = commands.add_parser("report", help="one HTML page of a run", description="Write one self-contained HTML page of a run.")
    report.add_argument("run", type=Path, metavar="RUN.json")
    report.add_argument("-o", "--out", type=Path, metavar="report.html", help="default: beside RUN.json")
    report.set_defaults(do=_report)

    gate = commands.add_parser(
        "gate",
        help="the quick subset of `make test`",
        description="A quick subset; exit 1 when a figure is below its floor, or surely worse than in evals/baselines/.",
    )
    gate.add_argument("--write-baseline", action="store_true", help="what is measured now is what later changes are held against")
    gate.set_defaults(do=_gate)

    sweep = commands.add_parser(
        "sweep",
        help="a grid over settings",
        description="Run every combination of the settings in a sweep file; docs/sweep.md shows one. Goes on where it was stopped.",
    )
    sweep.add_argument("file", type=Path, metavar="sweep.toml")
    sweep.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the runs and the leaderboard are written (default: under the home)"
    )
    sweep.add_argument("--fresh", action="store_true", help="run again what was run already")
    sweep.set_defaults(do=_sweep)

    generate = commands.add_parser(
        "generate",
        help="make cases from one's own articles",
        description="The model writes questions on the articles; those that hold are kept as cases, to be read over by a person.",
    )
    generate.add_argument("--articles", type=Path, metavar="FOLDER", help="the articles (default: the library)")
    generate.add_argument("--n", type=_count, default=50, metavar="N", help="how many cases (default: 50)")
    generate.add_argument(
        "--unanswerable", type=_share, default=0.3, metavar="SHARE", help="share of questions beyond the text (default: 0.3)"
    )
    generate.add_argument("--seed", type=int, default=0, metavar="S", help="which passages are drawn (default: 0)")
    generate.add_argument("--feedback", action="store_true", help="from what readers thought of answers on the page, without the model")
    generate.add_argument("--out", type=Path, default=Path("cases.jsonl"), metavar="FILE", help="default: cases.jsonl")
    generate.set_defaults(do=_generate)

    fit = commands.add_parser(
        "fit",
        help="fit the refusal gate, or the support checker",
        description="Fit the weights of qa/gate.py on the seed cases and print them; --dataset is then judged by them, unseen. "
        "With --support those of qa/weighing.py, on claims made from seeds/ and the labelled ones of the files.",
    )
    fit.add_argument("--dataset", type=_dataset, metavar="cases:PATH", help="cases to judge the fit on")
    fit.add_argument("--articles", type=Path, metavar="FOLDER", help="the articles they are about")
    fit.add_argument("--support", type=Path, nargs="*", metavar="FILE.jsonl", help="fit the support checker, on these labelled claims too")
    fit.set_defaults(do=_fit)

    followups = commands.add_parser(
        "followups",
        help="follow-up questions of mtRAG-UN",
        description="What is found for follow-up questions as they are, with the turn before, and by our rules; no language model.",
    )
    followups.add_argument("file", type=Path, metavar="mtrag-un.jsonl")
    followups.set_defaults(do=_followups)

    bench = commands.add_parser(
        "bench",
        help="measure speed beside a yardstick",
        description="Measure one part's speed beside its yardstick, from one run, with the ratio.",
    )
    bench.add_argument("name", choices=BENCHES)
    bench.add_argument("--articles", type=Path, metavar="FILE.jsonl", help="for `ingest`: the articles to add (default: made-up ones)")
    bench.add_argument("--dataset", type=_dataset, metavar="KIND:PATH", help="for `hybrid`: what is searched (default: seeds/)")
    bench.add_argument("--limit", type=_count, metavar="N", help="for `ingest`: so many articles (100); for `hybrid`: questions (all)")
    bench.add_argument("--folder", type=Path, metavar="FOLDER", help="for `ingest`: keep what is measured there, and go on from it")
    bench.add_argument("--json", action="store_true", help="print the measurement as JSON")
    bench.set_defaults(do=_bench)
    return parser


def _dataset(text: str) -> tuple[str, Path]:
    kind, colon, path = text.partition(":")
    if kind not in KINDS or not colon or not path:
        raise argparse.ArgumentTypeError(f"{text!r}: KIND:PATH is wanted, KIND one of {', '.join(KINDS)}")
    return kind, Path(path)


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1 is wanted")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r}: a share from 0 to 1 is wanted")
    return share


def _run(args: argparse.Namespace) -> int:
    from evals import session
    from evals.pages.report import render
    from evals.run import table, write
    from qa.settings import load_settings

    settings = load_settings()
    if args.judge and args.no_llm:
        raise Problem("A judge grades answers, and --no-llm asks for none. Leave one of the two out.")
    judges = JUDGES if "all" in args.judge else tuple(dict.fromkeys(args.judge))
    how = session.How(llm=not args.no_llm, fresh=args.fresh, judges=judges, parallel=args.parallel)
    which = {"limit": args.limit, "seed": args.seed}
    if args.dataset:
        if args.suites:
            raise Problem("Name suites or a --dataset, not both: the suites are about seeds/.")
        kind, path = args.dataset
        run = session.run_dataset(kind, path, settings, how, articles=args.articles, distractors=args.distractors, **which)
    else:
        run = session.run_suites(args.suites, settings, how, **which)
    out = args.out or settings.home / "runs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{run.name}.json"
    write(run, out)
    page = _write_page(render(run), out.with_suffix(".html"))
    if args.json:
        print(json.dumps({name: figure.as_json() for name, figure in run.metrics.items()}, indent=1))
    else:
        print(table(run.metrics, run.records))
        for name, a in run.about.get("agreement", {}).items():
            kappa = "–" if a["kappa"] is None else f"{a['kappa']:.2f}"
            print(f"judge {name} agrees with {a['against']} on {a['agree']:.0%} of {a['n']} cases (kappa {kappa})")
        for name, suite in run.suites.items():
            for line in suite["below"]:
                print(f"{name}: {line}")
    print(f"Run:    {out}\nReport: {page}", file=sys.stderr if args.json else sys.stdout)
    if run.records and all(record.error for record in run.records):
        raise Problem(f"Every case ended in an error, the first with: {run.records[0].error}")
    return 0


def _compare(args: argparse.Namespace) -> int:
    from evals.compare import as_text, compare
    from evals.run import read

    comparison = compare(read(args.before), read(args.after))
    print(json.dumps(comparison.as_json(), indent=1, ensure_ascii=False) if args.json else as_text(comparison))
    return 0


def _report(args: argparse.Namespace) -> int:
    from evals.pages.report import render
    from evals.run import read

    print(_write_page(render(read(args.run)), args.out or args.run.with_suffix(".html")))
    return 0


def _gate(args: argparse.Namespace) -> int:
    from evals.gate import gate
    from qa.settings import load_settings

    return gate(load_settings(), write_baseline=args.write_baseline)


def _sweep(args: argparse.Namespace) -> int:
    from evals.sweeps.sweep import sweep
    from qa.settings import load_settings

    return sweep(args.file, load_settings(), args.out, args.fresh)


def _generate(args: argparse.Namespace) -> int:
    from evals.feedback import cases_of
    from evals.generation.generate import generate
    from qa.settings import load_settings

    if args.feedback:
        return cases_of(load_settings(), args.out)
    return generate(load_settings(), args.articles, args.n, args.seed, args.unanswerable, args.out)


def _fit(args: argparse.Namespace) -> int:
    if args.support is not None:
        from evals.fitting_support import fit_support

        if args.dataset or args.articles:
            raise Problem("--dataset and --articles are for the refusal gate, --support is for the support checker: fit one at a time.")
        print(fit_support(args.support))
        return 0
    from evals.fitting import fit
    from qa.settings import load_settings

    print(fit(load_settings(), args.dataset[1] if args.dataset else None, args.articles))
    return 0


def _followups(args: argparse.Namespace) -> int:
    from evals.followups import measure

    print(measure(args.file))
    return 0


def _bench(args: argparse.Namespace) -> int:
    from evals.bench import as_text, run_bench
    from qa.settings import load_settings

    options = {name: value for name in ("articles", "dataset", "limit", "folder") if (value := getattr(args, name)) is not None}
    taken = TAKES.get(args.name, ())
    for name in (name for name in options if name not in taken):
        raise Problem(f"`bench {args.name}` has no use for --{name}; it takes {' and '.join(f'--{t}' for t in taken) or 'no such option'}.")
    measured = run_bench(args.name, load_settings(), **options)
    print(json.dumps(measured.as_json(), indent=1) if args.json else as_text(measured))
    return 0


def _write_page(page: str, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror or error}.") from None
    return path


if __name__ == "__main__":
    sys.exit(main(prog=sys.argv[0] if sys.argv[0].startswith("article-qa") else "python -m evals"))
