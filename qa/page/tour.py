"""How the page works, in three short steps, for whoever wants to be told: opened from the welcome, never by itself."""

from __future__ import annotations

BUTTON = '<p class="how"><button type="button" data-tour aria-haspopup="dialog">How this works</button></p>'
# Of our own words alone. It stands outside of what gradio draws anew, which would close it. The heading has the focus first, so that it
# is read out, and a small window begins at its top.
DIALOG = (
    '<dialog id="tour" aria-labelledby="tour-title"><div><h2 id="tour-title" tabindex="-1" autofocus>How this works</h2><ol>'
    "<li><h3>Ask</h3><p>Write a question as you would say it. The passages that may answer it are there at once, the answer "
    "follows. Go on from there: “And who counted them?” is understood.</p></li>"
    "<li><h3>See the exact words</h3><p>Each sentence ends in a small number"
    '<span class="cite plain">1</span>. Point at it, and you see the words it rests on; press it, and the article opens there, '
    "<mark>the words marked</mark>.</p></li>"
    "<li><h3>Know how far it holds</h3><p>Every sentence is held against the words it cites, and says so:</p><dl>"
    '<div><dt><span class="status supported"><i></i>supported</span></dt><dd>the cited words bear it out</dd></div>'
    '<div><dt><span class="partly"><span class="flag">partly supported</span></span></dt><dd>they bear out only a part; point at it for why'
    '</dd></div><div><dt><span class="unsupported"><span class="flag">not in the articles</span></span></dt>'
    "<dd>they do not say it</dd></div></dl>"
    "<p>What the articles do not say is not answered. You are told so, and shown the passages that came closest.</p></li>"
    '</ol><p><button type="button" data-tour-end>Close</button></p></div></dialog>'
)
