"""The model's words → sentences with citations, while they stream: what has been shown never changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from index.sentences import split_sentences
from qa.attribution import Source
from qa.markers import MarkerFilter
from qa.support import Verdict
from qa.types import Citation, Sentence

Attribute = Callable[[str, Sequence[int]], tuple[list[Source], Verdict]]

LONGEST = 1000  # characters; what runs on without an end is cut there, so that the time stays linear
# Whether a sentence ended here, only the whole next word tells ("in the U.S. The", "the U.S. Senate");
# whether a line begins a list, only what follows its dash or number.
_UNDECIDED = re.compile(r"([.!?…][\"'”’»)\]]*)\s+\S*$|(\S)[ \t]*\n\s*\S{0,8}[ \t]*$")
_MAY_END = re.compile(r"[.!?…。！？\n]")
_CLOSED = "。！？”’」』）"  # after these no space is needed


class Numbering:
    """Markers by first use: one number is one article in the whole answer."""

    def __init__(self, known: Sequence[Citation] = ()) -> None:
        self._numbers = {c.article_id: c.marker for c in known}

    def cite(self, source: Source) -> Citation:
        passage, span = source.passage, source.span
        marker = self._numbers.setdefault(passage.chunk.article_id, len(self._numbers) + 1)
        return Citation(
            marker, passage.chunk.article_id, passage.title, passage.source, passage.url, passage.published, span.start, span.end, span.text
        )


class Writer:
    """Feed it the stream; it gives back what to show, a citation mark after each sentence as it ends.

    `text` is everything shown so far and `sentences` those that are finished.
    """

    def __init__(self, attribute: Attribute) -> None:
        self._attribute = attribute
        self._numbering = Numbering()
        self._markers = MarkerFilter()
        self._hints_used = 0
        self._open = ""  # the sentence being written, and perhaps a beginning of the next
        self._shown = 0  # characters of it that are out
        self._said: list[str] = []
        self.sentences: list[Sentence] = []

    @property
    def text(self) -> str:
        return "".join(self._said)

    def feed(self, words: str) -> Iterator[str]:
        for at in range(0, len(words), LONGEST):
            yield from self._feed(words[at : at + LONGEST])

    def finish(self) -> Iterator[str]:
        """The stream is over, for whatever reason: what is left are sentences."""
        self._open = (self._open + self._markers.finish()).rstrip()
        self._begin()
        while ended := self._ended(final=True):
            yield from self._close(*ended)
        if self._open:
            yield from self._close(len(self._open), len(self._open))

    def _feed(self, words: str) -> Iterator[str]:
        self._open += self._markers.feed(words)
        self._begin()
        while ended := self._ended():
            yield from self._close(*ended)
        undecided = _UNDECIDED.search(self._open)
        yield from self._show(max(undecided.end(1), undecided.end(2)) if undecided else len(self._open.rstrip()))

    def _begin(self) -> None:
        if not self._shown:
            self._open = self._open.lstrip()

    def _ended(self, final: bool = False) -> tuple[int, int] | None:
        """Where the first sentence ends and the next begins, once that is certain."""
        if not _MAY_END.search(self._open, 0, LONGEST):
            return self._overlong()
        spans = split_sentences(self._open)
        if len(spans) < 2 or spans[0].end > LONGEST:
            return self._overlong()
        first, second = spans[0], spans[1]
        touching = second.start == first.end and self._open[first.end - 1] in _CLOSED
        if final or touching or len(spans) > 2 or re.search(r"\s", self._open[second.start :]):
            return first.end, second.start
        return None

    def _overlong(self) -> tuple[int, int] | None:
        if len(self._open) <= LONGEST:
            return None
        space = self._open.rfind(" ", self._shown + 1, LONGEST)
        return (space, space + 1) if space > LONGEST // 2 else (max(self._shown, LONGEST), max(self._shown, LONGEST))

    def _close(self, end: int, following: int) -> Iterator[str]:
        sentence, gap = self._open[:end], self._open[end:following]
        yield from self._show(end)
        hints = self._markers.hints[self._hints_used :]
        self._hints_used = len(self._markers.hints)
        sources, verdict = self._attribute(sentence, hints)
        citations = tuple(self._numbering.cite(s) for s in sources)
        self.sentences.append(Sentence(sentence, citations, verdict.support, verdict.why, verdict.faulty))
        marks = "".join(f"[{n}]" for n in dict.fromkeys(c.marker for c in citations))
        after = (f" {marks}" if marks else "") + ("\n\n" if "\n" in gap else " " if gap else "")
        # What is out already stays out, and is not said twice.
        self._open, self._shown = self._open[following:], max(0, self._shown - following)
        if after:
            self._said.append(after)
            yield after

    def _show(self, until: int) -> Iterator[str]:
        words = self._open[self._shown : until]
        if words:
            self._shown = until
            self._said.append(words)
            yield words
