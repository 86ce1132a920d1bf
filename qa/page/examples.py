"""Questions that the seed articles answer, offered while the seeds are in the library."""

from __future__ import annotations

from collections.abc import Iterable

# (the title of the seed that answers, the question)
EXAMPLES = (
    (
        "Asteroid's orbit changed by 33 minutes, refined DART results show",
        "By how much did DART shorten the orbit of Dimorphos?",
    ),
    (
        "Ever Given leaves the Suez Canal after a blockage and a long quarrel",
        "What did the Suez blockage cost Egypt for each day?",
    ),
    ("Hurricane Maria killed 2,975 in Puerto Rico, study finds", "How many people died in Hurricane Maria?"),
    ("How a mix-up of units sent a spacecraft into the air of Mars", "Why was Mars Climate Orbiter lost?"),
    (
        "A year after the earthquakes, Türkiye counts more than 53,000 dead",
        "What is the death toll of the 2023 earthquakes in Türkiye?",
    ),
)


def examples(titles: Iterable[str]) -> list[str]:
    """The example questions whose article is among `titles`."""
    held = set(titles)
    return [question for title, question in EXAMPLES if title in held]
