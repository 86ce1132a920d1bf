"""Articles → chunks: whole sentences, about one length, exact offsets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date

from index.sentences import split_sentences
from index.text import count_tokens
from index.types import Article, Chunk, Precision, Span


def chunk(article: Article, tokens: int = 150) -> list[Chunk]:
    """The article cut between sentences into stretches of about `tokens` tokens.

    A chunk ends early at a blank line when it is nearly full, so that a paragraph seldom
    straddles two; a sentence longer than twice the aim is cut between words. The last chunk joins
    the one before it when it is shorter than a fifth of the aim.
    """
    spans = _grouped(article.text, _pieces(article.text, tokens), tokens)
    return [
        Chunk(_chunk_id(article.id, start, end, article.text[start:end]), article.id, n, start, end, article.text[start:end])
        for n, (start, end) in enumerate(spans)
    ]


def embedded_text(article: Article, chunk: Chunk) -> str:
    """What is embedded for a chunk: the facts of its article stand in front of its words.

    Title, source and date in front lifted MultiHop-RAG coverage@4 from 0.651 to 0.745 (field notes).
    """
    facts = [article.title, article.source, day_in_words(article.published, article.precision)]
    return ". ".join(f for f in facts if f) + "\n" + chunk.text


def day_in_words(day: date | None, precision: Precision = "day") -> str:
    """A date as people write it ("1 December 2023", "December 2023", "2023"), or nothing when unknown."""
    if day is None or precision == "year":
        return f"{day:%Y}" if day else ""
    return f"{day:%B %Y}" if precision == "month" else f"{day.day} {day:%B %Y}"


def _grouped(text: str, pieces: Iterable[tuple[Span, int]], tokens: int) -> list[tuple[int, int]]:
    groups: list[tuple[int, int]] = []
    sizes: list[int] = []
    for piece, size in pieces:
        if groups:
            gap = text[groups[-1][1] : piece.start]
            full = sizes[-1] + size > tokens * 1.15 or (gap.count("\n") > 1 and sizes[-1] >= tokens * 5 // 6)
            if not full:
                groups[-1] = (groups[-1][0], piece.end)
                sizes[-1] += size
                continue
        groups.append((piece.start, piece.end))
        sizes.append(size)
    if len(groups) > 1 and sizes[-1] < tokens // 5:
        last = groups.pop()
        groups[-1] = (groups[-1][0], last[1])
    return groups


def _pieces(text: str, tokens: int) -> Iterator[tuple[Span, int]]:
    """What is never cut, with its size in tokens."""
    for sentence in split_sentences(text):
        size = count_tokens(sentence.text)
        if size <= 2 * tokens:
            yield sentence, size
        else:
            yield from ((piece, count_tokens(piece.text)) for piece in _cut(sentence, tokens))


def _cut(sentence: Span, tokens: int) -> Iterator[Span]:
    """A run without sentence ends (a table, a log, another script) is cut between words, an endless word anywhere."""
    start = end = size = 0
    # A character is at most about one token, so no piece of a word is larger than a chunk.
    for word in re.finditer(rf"\S{{1,{tokens}}}", sentence.text):
        grown = count_tokens(word.group())
        if size and size + grown > tokens:
            yield Span(sentence.start + start, sentence.start + end, sentence.text[start:end])
            start, size = word.start(), 0
        end, size = word.end(), size + grown
    yield Span(sentence.start + start, sentence.start + end, sentence.text[start:end])


def _chunk_id(article_id: str, start: int, end: int, text: str) -> str:
    return hashlib.sha256(f"{article_id}\n{start}\n{end}\n{text}".encode("utf-8", "replace")).hexdigest()[:24]
