"""Markdown with YAML front matter: the words without the markup."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.problem import Problem
from index.readers.draft import Draft, parse_partial_date
from index.readers.encoding import decode

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def read_markdown(data: bytes) -> Draft:
    """Front matter gives title, source, author, url, published, updated and language; a first heading gives the title otherwise.

    Raises Problem when the front matter is not YAML.
    """
    text = decode(data).replace("\r\n", "\n")
    facts, body = _front_matter(text)
    tokens = _PARSER.parse(body)
    published, precision = parse_partial_date(facts.get("published") or facts.get("date"))
    heading = next((tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open" and t.tag == "h1"), "")
    return Draft(
        _plain(tokens),
        title=_said(facts, "title") or heading,
        source=_said(facts, "source", "outlet", "publisher"),
        author=_said(facts, "author", "by"),
        url=_said(facts, "url", "link"),
        published=published,
        precision=precision,
        updated=parse_partial_date(facts.get("updated") or facts.get("modified"), "updated")[0],
        language=_said(facts, "language", "lang"),
    )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    found = _FRONT.match(text)
    if not found:
        return {}, text
    try:
        facts = yaml.safe_load(found.group(1)) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2023-13-45 where YAML reads a date
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 2}" if where else ""
        why = f" ({error})" if isinstance(error, ValueError) else ""
        raise Problem(
            f"its front matter is not YAML{line}{why}. Put texts with a colon in quotes, and write dates as YYYY-MM-DD."
        ) from None
    if not isinstance(facts, dict):
        raise Problem("its front matter is not a list of `name: value` lines.")
    return facts, text[found.end() :]


def _said(facts: dict[str, Any], *names: str) -> str | None:
    """The first of the names that says something; a list ("author: [Ada, Grace]") in one line."""
    for name in names:
        told = facts.get(name)
        said = [str(v) for v in (told if isinstance(told, list) else [told]) if isinstance(v, str | int | float | date) and v]
        if said:
            return ", ".join(said)
    return None


def _plain(tokens: list[Token]) -> str:
    blocks: list[str] = []
    item = ""
    row: list[str] | None = None
    for token in tokens:
        if token.type == "list_item_open":
            item = f"{token.info}. " if token.info else "- "
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            blocks.append(" | ".join(row))
            row = None
        elif token.type == "inline" and row is not None:
            row.append(_inline(token))
        elif token.type == "inline":
            blocks.append(item + _inline(token))
            item = ""
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.rstrip())
    return "\n\n".join(b for b in blocks if b.strip())


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        # Images and inline HTML say nothing in words: a picture's caption stands in the text anyway.
    return "".join(parts)
