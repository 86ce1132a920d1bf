"""`article-qa`: the command line, exactly as the contract has it."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import NoReturn

from index.problem import Problem
from index.readers import parse_date, parse_partial_date
from qa import commands, user_commands
from qa.settings import setting_names

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 a Problem (its message on stderr), 2 wrong usage, 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["evals"]:  # evals may import qa, never the other way round: it is started by name
        return _evals(arguments[1:])
    options = _parser().parse_args(arguments)
    run: Command = options.run
    try:
        return run(options)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was done so far is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has had enough (`| head`)
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="article-qa",
        description="Answers questions about a library of articles; every sentence is cited and checked.",
        epilog="Settings, by environment or article-qa.toml: " + ", ".join(setting_names()),
    )
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Command, about: str) -> argparse.ArgumentParser:
        sub = subparsers.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    chat = command("chat", commands.chat, "Open the chat page.")
    chat.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    chat.add_argument("--port", type=_port, help="port to listen on (default: 7860)")
    chat.add_argument("--seeds", metavar="FOLDER", help="articles to begin with when the library is empty")

    add = command("add", commands.add, "Add articles: files, folders, archives, exports and links. Ctrl-C keeps what is done.")
    add.add_argument("paths", nargs="+", metavar="PATH_OR_URL")
    _facts(add)
    add.add_argument(
        "--mapping", type=_mapping, metavar="FIELD=NAME,…", help="which fields of a JSON or CSV export are which: text=body,title=headline"
    )
    _json(add)
    failed = command("failed", commands.failed, "List what could not be added, and why.")
    failed.add_argument("--forget", action="store_true", help="empty the list")
    _json(failed)
    _json(command("retry", commands.retry, "Try again to add what could not be added."))

    _json(command("list", commands.list_articles, "List the articles."))
    show = command("show", commands.show, "Show one article.")
    show.add_argument("id")
    show.add_argument("--version", type=_version, metavar="N", help="as it was in an earlier version (see history)")
    _json(show)
    history = command("history", commands.history, "List the versions of an article: the present text and those before it.")
    history.add_argument("id")
    _json(history)
    edit = command("edit", commands.edit, "Put the facts of an article right. Adding its file again leaves them as you set them.")
    edit.add_argument("id")
    _facts(edit)
    edit.add_argument("--url")
    _json(edit)
    remove = command("remove", commands.remove, "Remove articles with all their versions.")
    remove.add_argument("ids", nargs="+", metavar="ID")
    command("reindex", commands.reindex, "Cut, embed and index every article anew.")
    verify = command("verify", commands.verify, "Check the library and its indexes.")
    verify.add_argument("--repair", action="store_true", help="put right what can be derived from the library")

    search = command("search", commands.search, "Find passages; needs no language model.")
    search.add_argument("question")
    search.add_argument("--top-k", type=_positive, metavar="N", help="how many passages (default: 6)")
    _asked(search)
    _filters(search)
    _json(search)

    ask = command("ask", commands.ask, "Ask a question and get a cited, checked answer.")
    ask.add_argument("question")
    ask.add_argument("--history", metavar="FILE", help="JSON list of [question, answer text] pairs")
    _asked(ask)
    _filters(ask)
    _json(ask)

    models = command("models", commands.models_list, "List the embedded models, or pull them.")
    verbs = models.add_subparsers(metavar="list|pull")
    _json(models)
    listing = verbs.add_parser("list", help="what there is and what is here")
    listing.set_defaults(run=commands.models_list)
    _json(listing)
    pull = verbs.add_parser("pull", help="fetch models, those of the default set-up when none is named")
    pull.add_argument("names", nargs="*", metavar="NAME")
    pull.set_defaults(run=commands.models_pull)

    _users(command("user", user_commands.list_users, "Who may sign in (docs/security.md): list them, add or remove one."))
    subparsers.add_parser("evals", help="The evaluation suite (= python -m evals).", add_help=False)
    for name, run, about in (
        ("export", commands.export, "Write the whole library and the conversations to one file."),
        ("import", commands.import_, "Take in the library and the conversations of a file made by export; what is here stays."),
    ):
        command(name, run, about).add_argument("file")
    return parser


def _users(user: argparse.ArgumentParser) -> None:
    verbs = user.add_subparsers(metavar="list|add|remove")
    _json(user)
    listing = verbs.add_parser("list", help="everybody who may sign in")
    listing.set_defaults(run=user_commands.list_users)
    _json(listing)
    for name, run, about in (
        ("add", user_commands.add, "add somebody, or give them a new password; it is asked for, or read from a pipe"),
        ("remove", user_commands.remove, "let somebody in no more; their conversations stay"),
    ):
        verb = verbs.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        verb.add_argument("name", metavar="NAME")
        verb.set_defaults(run=run)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", help="the outlet")
    parser.add_argument("--published", type=_date, metavar="DATE", help="when it was published: YYYY-MM-DD, YYYY-MM, YYYY or unknown")
    parser.add_argument("--title")
    parser.add_argument("--author")


def _asked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--today", type=_day, metavar="YYYY-MM-DD", help="the day the question is asked on")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="WORDS",
        help="do not prefer what these words of the question say: an outlet, “last week”, “latest” (may be given again)",
    )  # fmt: skip


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="published_from", type=_day, metavar="DATE", help="published on or after")
    parser.add_argument("--to", dest="published_to", type=_day, metavar="DATE", help="published on or before")
    parser.add_argument("--source", action="append", default=[], help="only this outlet (may be given again)")
    parser.add_argument("--collection", default="", metavar="NAME", help="only this part of the library, as named on its page")


def _day(text: str) -> date:
    try:
        found = parse_date(text, "the date")
    except Problem as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    if found is None:
        raise argparse.ArgumentTypeError("the date is empty")
    return found


def _date(text: str) -> tuple[date | None, str]:
    """A day, a month or a year, with which it is; (None, "day") for "unknown"."""
    if text.strip().casefold() == "unknown":
        return None, "day"
    try:
        found = parse_partial_date(text, "the date")
    except Problem as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    if found[0] is None:
        raise argparse.ArgumentTypeError("the date is empty; write `unknown` where nobody knows it")
    return found


def _mapping(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(field.strip() and name.strip() for field, _, name in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form FIELD=NAME,FIELD=NAME, for example text=body,title=headline")
    return {field.strip(): name.strip() for field, _, name in pairs}


def _version(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a version")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 50")
    return int(text)


def _evals(arguments: Sequence[str]) -> int:
    run: Callable[..., int] = importlib.import_module("evals.__main__").main
    try:
        return run(arguments, prog="article-qa evals")
    except SystemExit as done:  # argparse's own way out
        return done.code if isinstance(done.code, int) else 0


def entry() -> NoReturn:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
