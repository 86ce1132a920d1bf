"""A web page → the draft of its article: its words by three ways, its facts, or the reason why there is none."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from index.html_facts import Facts, facts
from index.html_visible import load, visible
from index.problem import Problem
from index.readers.draft import Draft

ENOUGH = 60  # words: what one way brings less of, another may bring more of
FEW = 8  # words: less is a caption, not an article
STUB = 200  # words: a page that says it is no article is believed up to here
TEASER = 120  # words: as much as is shown of an article that is sold

_MISSING = re.compile(
    r"(?:error )?404(?:$|\s*[-–|:]|\s+(?:error|not|page))|not found$"
    r"|(?:sorry,? )?(?:the |this |that )?(?:page|article|story)[ \w]{0,20} (?:not found|no longer (?:exists|available))"
    r"|(?:sorry,? )?(?:the |this |that )?(?:page|article|story)[ \w]{0,20} (?:(?:could not|cannot|can't) be found|does(?: not|n't) exist)"
    r"|(?:die )?seite (?:wurde )?nicht gefunden|(?:la )?page (?:introuvable|non trouvée)"
    r"|p[áa]gina no encontrada|p[áa]gina n[ãa]o encontrada|pagina non trovata|pagina niet gevonden",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"just a moment|attention required|are you a (?:robot|human)"
    r"|verify (?:that )?you are (?:a )?human|checking (?:if the site|your browser)"
    r"|access (?:to this page has been )?denied|pardon our interruption|security check|enable javascript and cookies to continue",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|your privacy (?:choices|matters|is important)|we value your privacy|cookie (?:consent|wall|settings)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"\bcookies?\b|\bconsent\b|accept all|reject all|manage (?:options|settings)|privacy policy|\bpartners\b", re.IGNORECASE
)
_SCRIPT = re.compile(
    r"(?:enable|requires?|turn on|activate) java ?script|javascript (?:is|must be) (?:disabled|enabled|required)", re.IGNORECASE
)
_PAYWALL = re.compile(
    r"subscribe (?:now )?to (?:continue|keep) reading|(?:to )?continue reading,? (?:please )?(?:subscribe|log ?in|sign ?in|register)"
    r"|(?:this (?:article|story|content) is|available) (?:only )?(?:for|to) (?:paying )?subscribers|already a subscriber\?|subscribers only"
    r"|sign in to (?:continue|keep) reading|register to (?:continue|keep) reading",
    re.IGNORECASE,
)
_NEEDS_SCRIPTS = "the page shows its text only once its scripts have run. Save the page in a browser and add the file."
_SENTENCE = re.compile(r"[.!?。！？][\"'”’)\]]*(?:\s|$)")


def read_article(data: bytes, url: str | None = None, charset: str | None = None) -> Draft:
    """`url` is where the page was fetched, `charset` what its server said, where they are known. The draft's `url` is the
    canonical one as the page states it, which is a claim to be checked by whoever fetched it.

    Raises Problem, saying what to do, for what is no page, holds no article, or is a site's wall or error in a page's dress.
    """
    tree = load(data, charset)
    if tree is None:
        raise Problem("it is not a web page that can be read. Save the page again as HTML, or its text as .txt.")
    known = facts(tree, url)
    tree = visible(tree)
    text = _text(tree, known)
    shown = " ".join(tree.text_content().split()) if _count(text) < STUB else text
    if url is not None and _count(text) < STUB:  # of a saved page somebody has seen that it is the article
        _turn_away(text, shown, " ".join((tree.findtext(".//title") or "").split()), known)
    if _count(text) < (1 if url is None else FEW):
        if _SCRIPT.search(shown):
            raise Problem(_NEEDS_SCRIPTS)
        raise Problem("no article text was found in it. Save the article's text as .txt and add that.")
    return Draft(
        text,
        title=known.title,
        source=known.source,
        author=known.author,
        url=known.canonical,
        published=known.published,
        precision=known.precision,
        updated=known.updated,
        language=known.language,
    )


def _text(tree: Any, known: Facts) -> str:
    """By trafilatura; where that finds little, by the density of sentences; last by what the page's JSON-LD says."""
    import trafilatura
    from lxml import etree

    try:
        found = trafilatura.bare_extraction(
            deepcopy(tree),
            # Where there is little to find, its second opinions (50 ms) find no more.
            fast=_count(tree.text_content()) < ENOUGH,
            favor_precision=True,
            include_comments=False,
            include_tables=True,
            include_images=False,
            with_metadata=False,
        )
    except (etree.LxmlError, ValueError, AttributeError, TypeError, KeyError, IndexError, AssertionError, RecursionError):
        found = None  # its heuristics trip over some broken pages
    # trafilatura parts paragraphs by one line end; ours are parted by a blank line.
    text = re.sub(r"\n+", "\n\n", (getattr(found, "text", None) or "").strip())
    if _count(text) < ENOUGH:
        text = max(text, densest(tree), key=_count)
    # Last, since readers do not see it; and never to get round an outlet that sells its articles.
    if _count(text) < ENOUGH and known.body and known.free is not False:
        text = max(text, re.sub(r"\s*\n\s*", "\n\n", re.sub(r"<[^<>]{0,500}>", " ", known.body)).strip(), key=_count)
    return text


def densest(tree: Any) -> str:
    """The paragraphs of the element whose own paragraphs hold the most sentences and the fewest links."""
    worth: dict[Any, float] = {}
    skipped = "header footer nav aside form button figcaption".split()
    paragraphs = tree.xpath(f"//body//p[not(ancestor::*[{' or '.join('self::' + n for n in skipped)}])]")
    for paragraph in paragraphs:
        text = " ".join(paragraph.text_content().split())
        linked = sum(len(" ".join(a.text_content().split())) for a in paragraph.iter("a"))
        score = (len(text) - 2 * linked) * bool(_SENTENCE.search(text))
        parent = paragraph.getparent()
        worth[parent] = worth.get(parent, 0.0) + score
        if (above := parent.getparent()) is not None:  # a story cut into sections
            worth[above] = worth.get(above, 0.0) + 0.6 * score
    best = max(worth, key=lambda element: worth[element], default=None)
    if best is None or worth[best] <= 0:
        return ""
    inside = set(best.iter("p"))
    said = (" ".join(p.text_content().split()) for p in paragraphs if p in inside)
    return "\n\n".join(text for text in said if text)


def _count(text: str) -> int:
    """Words; of a script that writes none apart, two letters count as one."""
    return max(len(text.split()), sum(c > "\u2e80" for c in text) // 2)


def _turn_away(text: str, shown: str, tab: str, known: Facts) -> None:
    """Raise Problem where a short page is a wall, or an error in the dress of a page (its status said 200)."""
    words = _count(text)
    head = f"{tab}\n{known.title}\n{text[:300]}"
    if any(_MISSING.match(begin) for begin in (tab, known.title, text)):
        raise Problem("the site says that there is no such page. Check the link.")
    if words < ENOUGH and _SCRIPT.search(text):
        raise Problem(_NEEDS_SCRIPTS)
    if words < ENOUGH and _CHALLENGE.search(head):
        raise Problem("the site wants to see a person first (a check against robots). Save the page in a browser and add the file.")
    if _CONSENT.search(head if words < ENOUGH else tab) or len(_CONSENT_WORDS.findall(text)) * 12 > max(words, 24):
        raise Problem("the site asks for consent to cookies before it shows the article. Save the page in a browser and add the file.")
    sold = words < TEASER and known.free is False
    if sold or _PAYWALL.search(text[-400:]) or (words < ENOUGH and _PAYWALL.search(shown)):
        raise Problem(
            f"the site shows only the beginning ({words} words) to people without a subscription. "
            "Save the page where you are signed in and add the file."
        )
