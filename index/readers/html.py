"""A saved web page: its main text and the facts it states of itself."""

from __future__ import annotations

import re

from index.problem import Problem
from index.readers.draft import Draft, parse_date

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![-\w])(?:font-size|opacity)\s*:\s*(?:0(?:\.0+)?|\.0+)(?![.\d])", re.IGNORECASE
)


def read_html(data: bytes) -> Draft:
    """Main text by trafilatura, without menus, comments and whatever a reader of the page would not see.

    Raises Problem when there is no article in it.
    """
    # Late: trafilatura and lxml cost 0.5 s, and most libraries hold no page.
    import trafilatura
    from lxml import html as lxml_html

    tree = trafilatura.load_html(data)
    if tree is None:
        raise Problem("it is not a web page that can be read. Save the page again as HTML, or its text as .txt.")
    for element in tree.xpath("//*[@hidden or @aria-hidden='true' or @style]"):
        hidden = element.get("style") is None or _HIDDEN.search(element.get("style"))
        # A page may hide its whole body until a script has run; its readers see it all the same.
        if hidden and element.tag not in ("html", "body") and element.getparent() is not None:
            element.drop_tree()
    page = lxml_html.tostring(tree, encoding="unicode")
    found = trafilatura.bare_extraction(
        page,
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        include_images=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    text = getattr(found, "text", None) or ""
    if not text.strip():
        raise Problem("no article text was found in it. Save the article's text as .txt and add that.")
    return Draft(
        # trafilatura parts paragraphs by one line end; ours are parted by a blank line.
        re.sub(r"\n+", "\n\n", text.strip()),
        title=getattr(found, "title", None) or "",
        source=getattr(found, "sitename", None),
        author=getattr(found, "author", None),
        url=getattr(found, "url", None),
        published=parse_date(getattr(found, "date", None)),
        language=getattr(found, "language", None),
    )
