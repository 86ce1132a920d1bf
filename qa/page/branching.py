"""A question asked otherwise: what came before it goes on in a conversation of its own, and the old one stays whole."""

from __future__ import annotations

from dataclasses import replace

from index.problem import Problem
from index.search import checked_question
from qa.page.turn import anew, as_text, from_text
from qa.talks import Talks, new_id

NOT_HERE = "This question is not here any more. Ask it below."


def branched(talks: Talks, talk: str, number: int, question: str) -> str:
    """The name of a new conversation: the turns of `talk` before turn `number`, and that turn with `question` in place of its own.

    It is not asked yet; what it was narrowed to and how it was answered stay. Nothing of the old conversation changes, and what a
    reader thought of its answers is told of these alone. Raises Problem for a question that cannot be asked, for a turn that is not
    there, and for somebody else's conversation.
    """
    question = question.strip()
    checked_question(question)
    kept = talks.turns(talk)
    if not 1 <= number <= len(kept):
        raise Problem(NOT_HERE)
    turns, new = from_text(kept, talk), new_id()
    # What came before is copied letter by letter: a turn that this version cannot read may be read by the next.
    copies = [(turn.question, data) for turn, data in zip(turns[: number - 1], kept, strict=False)]
    edited = replace(anew(turns[number - 1]), question=question, standalone="", hints=(), stage="stopped", talk=new)
    talks.branch(new, [*copies, (question, as_text(edited))])
    return new
