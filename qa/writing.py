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

# Whether a sentence ended here, only the whole next word tells ("in the U.S. The", "the U.S. Senate").
_UNDECIDED = re.compile(r"([.!?…][\"'”’)\]]*)\s+\S*$")


class Numbering:
    """Markers by first use: one number is one article in the whole answer."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

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
        self.text = ""
        self.sentences: list[Sentence] = []

    def feed(self, words: str) -> Iterator[str]:
        self._open += self._markers.feed(words)
        if not self._shown:
            self._open = self._open.lstrip()
        while ended := self._ended():
            yield from self._close(*ended)
        undecided = _UNDECIDED.search(self._open)
        yield from self._show(undecided.end(1) if undecided else len(self._open.rstrip()))

    def finish(self) -> Iterator[str]:
        """The stream is over, for whatever reason: what is left are sentences."""
        self._open = (self._open + self._markers.finish()).rstrip()
        while ended := self._ended(final=True):
            yield from self._close(*ended)
        if self._open:
            yield from self._close(len(self._open), len(self._open))

    def _ended(self, final: bool = False) -> tuple[int, int] | None:
        """Where the first sentence ends and the next begins, once that is certain."""
        spans = split_sentences(self._open)
        if len(spans) < 2:
            return None
        certain = final or len(spans) > 2 or re.search(r"\s", self._open[spans[1].start :])
        return (spans[0].end, spans[1].start) if certain else None

    def _close(self, end: int, following: int) -> Iterator[str]:
        sentence, gap = self._open[:end], self._open[end:following]
        yield from self._show(end)
        hints = self._markers.hints[self._hints_used :]
        self._hints_used = len(self._markers.hints)
        sources, verdict = self._attribute(sentence, hints)
        citations = tuple(self._numbering.cite(s) for s in sources)
        self.sentences.append(Sentence(sentence, citations, verdict.support, verdict.why))
        marks = "".join(f"[{n}]" for n in dict.fromkeys(c.marker for c in citations))
        after = (f" {marks}" if marks else "") + ("\n\n" if "\n" in gap else " " if gap else "")
        self._open, self._shown = self._open[following:], 0
        if after:
            self.text += after
            yield after

    def _show(self, until: int) -> Iterator[str]:
        words = self._open[self._shown : until]
        if words:
            self._shown = until
            self.text += words
            yield words
