"""Articles, passages and answers as lines of a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from index.ingest import Progress
from index.library import Row
from index.question.hints import Hint
from index.types import Adding, AddReport, Article, Failure, Passage, Version, dated
from qa.preferred import preferred, unmatched
from qa.types import Answer, Delta, Event, Retrieved, Rewritten


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


@contextmanager
def bar(what: str, quiet: bool = False, now: Callable[[], Adding | None] | None = None) -> Iterator[Progress | None]:
    """A progress bar on stderr with the time left, when somebody is looking; `now` tells it what else to show."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    # What is counted may be articles or bytes, so only the share is shown.
    with tqdm(desc=what, leave=False, bar_format="{desc}: {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left{postfix}") as shown:

        def progress(title: str, done: int, total: int) -> None:
            shown.total = total or None
            adding = now() if now else None
            if adding:
                shown.set_postfix_str(f"{count(adding.articles, 'article')}, {adding.rate:,.0f} passages/s", refresh=False)
            shown.update(done - shown.n)

        yield progress


def report(told: AddReport) -> str:
    parts = [
        f"{told.added} added",
        f"{told.updated} updated",
        f"{told.unchanged} unchanged",
        f"{told.duplicates} duplicates",
        f"{len(told.failed)} failed",
    ]
    return ", ".join(parts) + f" in {told.seconds:.1f} s."


def failures(found: Sequence[Failure]) -> str:
    lines = [f"{f.at[:16].replace('T', ' ')}  {f.origin}: {f.why}" for f in found]
    told = f"{count(len(found), 'failure')}." + (" Try again: article-qa retry" if found else "")
    return "\n".join([*lines, told])


def rows(found: Sequence[Row]) -> str:
    if not found:
        return "There are no articles yet. Add some: article-qa add PATH…"
    lines = [
        f"{r.id}  {dated(r.published, r.precision) or '(no date)':10}  {(r.source or '(no outlet)')[:20]:20}  {r.title[:70]}  "
        f"({count(r.chunks, 'passage')})"
        for r in found
    ]
    return "\n".join([*lines, count(len(found), "article")])


def versions(found: Sequence[Version]) -> str:
    """The present one first."""
    return "\n".join(
        f"{v.number:4}  {v.since[:16].replace('T', ' ')} to {v.until[:16].replace('T', ' ') if v.until else 'now':16}  "
        f"{v.chars:,} characters  {v.title[:70]}"
        for v in found
    )


def article(found: Article, origins: Sequence[str], version: int, newest: int) -> str:
    """An article with its facts, where it was read from, and which of its versions this is."""
    places = "".join(f"\nFrom: {origin}" for origin in origins)
    old = f"\nThis is version {version} of {newest}; it has changed since." if version != newest else ""
    return f"{facts(found)}{places}{old}\n\n{found.text}"


def facts(found: Article) -> str:
    when = dated(found.published, found.precision)
    changed = f"updated {found.updated}" if found.updated else None
    told = ", ".join(str(f) for f in (found.source, found.author, when, changed, found.url) if f)
    return f"{found.title}\n{told or '(no outlet, no date)'}"


def article_json(found: Article) -> dict[str, object]:
    return {
        "id": found.id,
        "title": found.title,
        "text": found.text,
        "source": found.source,
        "author": found.author,
        "url": found.url,
        "published": found.published.isoformat() if found.published else None,
        "language": found.language,
        "added": found.added,
        "origin": found.origin,
        "precision": found.precision if found.published else None,
        "updated": found.updated.isoformat() if found.updated else None,
        "pages": list(found.pages),
    }


def passages(found: Sequence[Passage]) -> str:
    if not found:
        return "Nothing was found."
    return "\n\n".join(_passage(p) for p in found)


def _passage(passage: Passage) -> str:
    facts = ", ".join(f for f in (passage.source, dated(passage.published, passage.precision)) if f)
    copies = f"\n   also in: {', '.join(passage.copies)}" if passage.copies else ""
    words = textwrap.fill(" ".join(passage.best_sentence.text.split()), 96, initial_indent="   ", subsequent_indent="   ")
    return f"{passage.rank}. {passage.title}{f' ({facts})' if facts else ''}  {passage.relevance:.0%}\n{words}{copies}"


def preferences(hints: Sequence[Hint], ignored: Sequence[str]) -> str:
    """A line that says what was preferred because the question says so, and what was not; nothing where there is neither."""
    told = preferred(hints, ignored)
    followed, left = ("; ".join(one.label for one in told if one.ignored == out) for out in (False, True))
    parts = [f"Preferred: {followed}. Leave one out with --ignore WORDS."] if followed else []
    parts += [f"Not preferred: {left}."] if left else []
    return " ".join(parts) + "\n" if parts else ""


def warn_of_unmatched(hints: Sequence[Hint], ignored: Sequence[str]) -> None:
    """Say on stderr what was to be ignored but is nothing that the question prefers."""
    words = "; ".join(dict.fromkeys(f"“{hint.words}”" for hint in hints))
    for unknown in unmatched(hints, ignored):
        print(f"--ignore: the question prefers nothing by “{unknown}”; it does by {words or 'no words at all'}.", file=sys.stderr)


def heeding(events: Iterable[Event], ignored: Sequence[str]) -> Iterator[Event]:
    """The same events, with that warning."""
    for event in events:
        if isinstance(event, Retrieved):
            warn_of_unmatched(event.hints, ignored)
        yield event


def stream(events: Iterable[Event], ignored: Sequence[str] = ()) -> None:
    """Print an answer as it comes, then its citations."""
    shown = ""
    for event in events:
        if isinstance(event, Rewritten):
            print(f"({event.question})")
        elif isinstance(event, Retrieved):
            print(f"{count(len(event.passages), 'passage')} found in {event.seconds:.2f} s.", file=sys.stderr)
            print(preferences(event.hints, ignored), end="", flush=True)
        elif isinstance(event, Delta):
            shown += event.text
            print(event.text, end="", flush=True)
        else:
            _finish(event, shown)


def _finish(answer: Answer, shown: str) -> None:
    if shown and shown != answer.text:
        print("\n— The sources do not bear this out. " + ("" if answer.refused else "Their own words:"))
    if shown != answer.text:
        print(answer.text, end="")
    print()
    for sentence in answer.sentences:
        if sentence.support != "supported":
            print(f"  ! {sentence.support}: “{sentence.text}” ({sentence.why})")
    told: dict[tuple[Any, ...], None] = {}
    for citation in answer.citations:
        key = (citation.marker, citation.start)
        if key not in told:
            told[key] = None
            facts = ", ".join(str(f) for f in (citation.source, citation.published) if f)
            print(f"  [{citation.marker}] {citation.title}{f' ({facts})' if facts else ''}: “{' '.join(citation.quote.split())}”")
    for disagreement in answer.disagreements:
        print("  The articles differ, newest first:")
        for stated in disagreement.stated:
            where = ", ".join(str(f) for f in (stated.citation.source or stated.citation.title, stated.citation.published) if f)
            print(f"    {stated.value} ({where}): “{' '.join(stated.citation.quote.split())}”")
    if answer.refused:
        for passage in answer.passages[:3]:
            print(f"  {passage.rank}. {passage.title}: “{' '.join(passage.best_sentence.text.split())}”")
    if answer.interrupted:
        print(f"  ! {answer.interrupted}")


def models(told: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        f"{m['name']:14} {m['kind']:10} {m['size'] / 1e6:7.0f} MB  {m['licence']:10}  "
        f"{'here' if m['present'] else 'not here':9} {m['about']}"
        for m in told
    )
