"""PDF documents: running text with the offset of each page."""

from __future__ import annotations

import io
import logging
import re

from index.problem import Problem
from index.readers.draft import Draft
from index.readers.flow import flow

MOST_PAGES = 2000
_SCAN = 20  # letters; a scan with a stamp or page numbers has no more
_LONGEST_TITLE = 150
_NO_TITLE = re.compile(
    r"^(?:untitled.*|microsoft word - .*|.*\.(?:docx?|indd|qxd|pdf|tex|dvi|pptx?|xlsx?)|[\W\d_]*|\(?anonymous\)?|unspecified)$",
    re.IGNORECASE,
)


def read_pdf(data: bytes) -> Draft:
    """Title and author are the document's own; when its file was made is not when it was published.

    Raises Problem where it is locked, damaged, scanned or too long.
    """
    import pypdf
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it speaks of every small fault it works around
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        # Many documents forbid printing by a password for the owner, and are open to every reader.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Problem("it is locked with a password. Save a copy without one and add that.")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise Problem(f"it has {count} pages; the most that is read is {MOST_PAGES}. Split it.")
        text, pages = flow([page.extract_text() for page in reader.pages])
        title, author = _facts(reader)
    except Problem:
        raise
    except DependencyError:
        raise Problem("it is locked in a way that needs the package `cryptography`. Save an unlocked copy and add that.") from None
    except MemoryError:
        raise
    except Exception as error:  # what a parser raises on damaged input cannot be listed: pypdf has raised a dozen kinds
        raise Problem(
            f"it is damaged or cut off ({type(error).__name__}). Open it in a viewer, print it to a new PDF and add that."
        ) from error
    if sum(c.isalpha() for c in text) < max(_SCAN, 2 * count):
        raise Problem(
            "there is no text in it; it is probably a scan. Run it through text recognition (OCR, as by ocrmypdf) and add the result."
        )
    first, _, rest = text.partition("\n\n")
    if not title and rest and len(first) <= _LONGEST_TITLE and not first.endswith("."):
        title = first
    return Draft(text, title=title, author=author or None, pages=pages)


def _facts(reader: object) -> tuple[str, str]:
    found = getattr(reader, "metadata", None) or {}
    title, author = (" ".join(str(found.get(name) or "").split()) for name in ("/Title", "/Author"))
    return "" if _NO_TITLE.match(title) else title[:300], "" if _NO_TITLE.match(author) else author[:300]
