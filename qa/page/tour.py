"""How the page works, in three short steps, for whoever wants to be told: opened from the welcome, never by itself."""

from __future__ import annotations

from qa.page.language import say


def button() -> str:
    return f'<p class="how"><button type="button" data-tour aria-haspopup="dialog">{say("How this works")}</button></p>'


def dialog() -> str:
    """Of our own words alone. It stands outside of what gradio draws anew, which would close it.

    The heading has the focus first, so that it is read out, and a small window begins at its top.
    """
    asking = say(
        "Write a question as you would say it. The passages that may answer it are there at once, the answer follows. "
        "Go on from there: “And who counted them?” is understood."
    )
    seeing = say(
        "Each sentence ends in a small number{number}. Point at it, and you see the words it rests on; press it, and the article "
        "opens there, {marked}.",
        number='<span class="cite plain">1</span>',
        marked=f"<mark>{say('the words marked')}</mark>",
    )
    supported = f'<span class="status supported"><i></i>{say("supported")}</span>'
    partly = f'<span class="partly"><span class="flag">{say("partly supported")}</span></span>'
    missing = f'<span class="unsupported"><span class="flag">{say("not in the articles")}</span></span>'
    marks = (
        (supported, say("the cited words bear it out")),
        (partly, say("they bear out only a part; point at it for why")),
        (missing, say("they do not say it")),
    )
    meant = "".join(f"<div><dt>{mark}</dt><dd>{means}</dd></div>" for mark, means in marks)
    return (
        f'<dialog id="tour" aria-labelledby="tour-title"><div><h2 id="tour-title" tabindex="-1" autofocus>{say("How this works")}</h2><ol>'
        f"<li><h3>{say('Ask')}</h3><p>{asking}</p></li><li><h3>{say('See the exact words')}</h3><p>{seeing}</p></li>"
        f"<li><h3>{say('Know how far it holds')}</h3><p>{say('Every sentence is held against the words it cites, and says so:')}</p>"
        f"<dl>{meant}</dl><p>"
        f"{say('What the articles do not say is not answered. You are told so, and shown the passages that came closest.')}</p></li>"
        f'</ol><p><button type="button" data-tour-end>{say("Close")}</button></p></div></dialog>'
    )
