"""Citation markers that a model writes, taken out of the stream as it comes."""

from __future__ import annotations

import re

# At most LONGEST characters between the brackets, so that what is held back is bounded and the time linear.
LONGEST = 60
_NUMBERS = r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*"
_MARKER = re.compile(rf"(?<![ \t])[ \t]*[\[【［](?=[^\]】］]{{1,{LONGEST}}}[\]】］])\s*{_NUMBERS}\s*[\]】］]")
_BEGUN = re.compile(rf"(?<![ \t])[ \t]*(?:[\[【［][\d\s,;–-]{{0,{LONGEST}}}){{0,8}}$")  # what may yet become one


class MarkerFilter:
    """Feed it what the model says; it gives back what may be shown. `hints` are the numbers it took out.

    Our own markers are set by attribution, never by the model's word; its numbers are only hints.
    """

    def __init__(self) -> None:
        self._held = ""
        self.hints: list[int] = []

    def feed(self, text: str) -> str:
        """The words that are certainly not part of a marker, in order; the rest is held back."""
        text = self._strip(self._held + text)
        begun = _BEGUN.search(text)
        cut = max(begun.start(), len(text) - 10 * LONGEST) if begun else len(text)
        self._held = text[cut:]
        return text[:cut]

    def finish(self) -> str:
        """What was held back and is no marker after all."""
        rest, self._held = self._strip(self._held), ""
        return rest

    def _strip(self, text: str) -> str:
        def drop(match: re.Match[str]) -> str:
            self.hints += [int(n) for n in re.findall(r"\d+", match.group())]
            return ""

        # Again, because taking one out may leave another: "[[1]2]".
        while (rest := _MARKER.sub(drop, text)) != text:
            text = rest
        return text
