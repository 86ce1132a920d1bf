"""The page itself: where everything stands, and which event fills what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.readers import ENDINGS
from qa.page import manner, reader, shelf, sources, tour, words
from qa.page.api import add_functions
from qa.page.chat import Chat
from qa.page.desk import Desk
from qa.page.labels import Labels
from qa.page.language import choice, say, script

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.talks import Talks

_HERE = Path(__file__).parent
LONGEST_READ = 100_000  # characters the box takes; the search says itself how many it reads
PAPER, PAPER_DARK = "#fbfaf6", "#161512"

html = partial(gr.HTML, apply_default_css=False, js_on_load=None)
# What is shown is told with every question, as the last that is given: a server that was started anew has forgotten the page.
HERE = "(...given) => [...given.slice(0, -1), document.querySelector('#current .turn')?.dataset.talk || '']"
PAST = '<div id="past"></div>'


def masthead() -> str:
    return (
        f'<header><button type="button" class="drawer" data-drawer="library" aria-label="{say("Articles")}" aria-expanded="false">'
        '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M3 5h14M3 10h14M3 15h9"/></svg></button>'
        f'<a class="name" href="./">article-qa</a>{choice()}</header>'
    )


def talks_head() -> str:
    return (
        f'<h2>{say("Questions")}<button type="button" data-open="">{say("New question")}</button></h2>'
        '<p id="talk-said" class="quiet" role="status"></p>'
    )


def finder() -> str:
    named = say("Find an article or a talk")
    return f'<input id="find" type="search" placeholder="{named}" aria-label="{named}" autocomplete="off">'


def head() -> str:
    """The style and script of the page, inline: nothing is fetched."""
    style, code = (_HERE / "style.css").read_text("utf-8"), (_HERE / "page.js").read_text("utf-8")
    return f'<style>{style}</style><script>{script()}{code}</script><meta name="color-scheme" content="light dark">'


def theme() -> gr.themes.Base:
    """Gradio's parts in our colours, with fonts that are on the machine already."""
    sans = ("ui-sans-serif", "system-ui", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif")
    made = gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace"), radius_size=gr.themes.sizes.radius_md)
    return made.set(body_background_fill=PAPER, body_background_fill_dark=PAPER_DARK)


def build(assistant: Assistant, talks: Talks, links: Sequence[tuple[str, str]] = ()) -> gr.Blocks:
    """The page of one assistant. `links` lead to other pages of this server: name and relative address."""
    chat, desk = Chat(assistant, talks), Desk(assistant)
    page = gr.Blocks(title="article-qa", fill_width=True, analytics_enabled=False)
    with page:
        add_functions(assistant)  # first: a private event of the same name would take theirs
        turns = gr.State(None)
        # Begun by `desk.opened`: a tick before the kept turns are there would put the welcome in their place.
        timer = gr.Timer(0.5, active=False)
        with gr.Column(elem_id="room"):
            top = html(masthead(), elem_id="masthead")
            running = html(elem_id="running")
            with gr.Column(elem_id="library"):
                above = html(talks_head(), elem_id="talks-head")
                conversations = html(elem_id="talks")
                heading = html(shelf.shelf_heading(0), elem_id="shelf-head")
                with gr.Accordion("Add an article", open=False, elem_id="add"):
                    files = gr.File(
                        file_count="multiple",
                        file_types=list(ENDINGS),
                        label="Files",
                        show_label=False,
                        elem_id="files",
                        height=84,
                    )
                    pasted = gr.Textbox(label="Or paste a text, or links, one a line", lines=4, max_lines=12, elem_id="paste-text")
                    title = gr.Textbox(label="Title", elem_id="paste-title", max_lines=1)
                    outlet = gr.Textbox(label="Outlet", elem_id="paste-outlet", max_lines=1)
                    published = gr.Textbox(label="Published", placeholder="2023-12-01", elem_id="paste-published", max_lines=1)
                    paste = gr.Button("Add", elem_id="paste-add", size="sm")
                added = html(elem_id="added")
                cancel = gr.Button("Cancel", elem_id="add-cancel", elem_classes="slight", size="sm", visible=False)
                find = html(finder(), elem_id="finder")
                listed = html(elem_id="shelf")
                with gr.Accordion("", open=False, visible=False, elem_id="failures") as fold:
                    reasons = html(elem_id="reasons")
                    again = gr.Button("Try again", elem_id="retry", elem_classes="slight", size="sm", visible=False)
                seeds = gr.Button("Seeds", elem_id="seeds")  # pressed by page.js, like the next
                refresh = gr.Button("Refresh", elem_id="refresh")  # pressed by page.js when facts were put right; not shown
                away = html(shelf.elsewhere(links), elem_id="elsewhere", visible=bool(links))
            with gr.Column(elem_id="chat"):
                with gr.Column(elem_id="talk"):
                    # What comes in `past` is taken over into `#past` by page.js, so that a turn is sent but once.
                    past = html(elem_id="sent")
                    html(PAST, elem_id="past-holder")
                    current = html(elem_id="current")
                    steps = html(tour.dialog(), elem_id="tour-holder")
                    # Filled and pressed by page.js when a preference is left out or put back; none of them is shown
                    cut = gr.Button("Cut short", elem_id="cut")
                    picked = gr.Textbox(label="Preference", elem_id="picked")
                    renew = gr.Button("Ask again", elem_id="renew")
                    # The same, when a conversation is opened or the list of them is to be drawn anew
                    wanted = gr.Textbox(label="Conversation", elem_id="wanted")
                    enter = gr.Button("Open", elem_id="enter")
                    relist = gr.Button("List", elem_id="relist")
                    here = gr.Textbox(label="Open", elem_id="here")
                    # And when what is asked about is narrowed, or no more
                    scoped = gr.Textbox(label="Narrowed", elem_id="scoped")
                    rescope = gr.Button("Narrow", elem_id="rescope")
                    only = gr.Textbox(label="Only", elem_id="only")
                with gr.Column(elem_id="composer"):
                    narrowed = html(elem_id="narrowed")
                    with gr.Row(elem_id="ask-row"):
                        question = gr.Textbox(
                            placeholder=words.PLACEHOLDER, label="Question", show_label=False, container=False, lines=1, max_lines=6,
                            autofocus=True, max_length=LONGEST_READ, elem_id="question", scale=1,
                        )  # fmt: skip
                        ask = gr.Button("Ask", elem_id="ask", variant="primary", scale=0, min_width=72)
                        stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=72, visible=False)
                    with gr.Accordion("Narrow by outlet, date or collection", open=False, elem_id="narrow"), gr.Row():
                        outlets = gr.Dropdown([], label="Outlets", multiselect=True, elem_id="outlets", scale=2)
                        since = gr.Textbox(label="From", placeholder="2023-12-01", elem_id="since", max_lines=1, scale=1, min_width=90)
                        until = gr.Textbox(label="To", placeholder="2023-12-01", elem_id="until", max_lines=1, scale=1, min_width=90)
                        collection = gr.Dropdown([], label="Collection", elem_id="collection", scale=1, min_width=120)
                    with gr.Accordion("How to answer", open=False, elem_id="manner"), gr.Row():
                        begun = manner.begun(assistant.settings)
                        length = gr.Radio(list(manner.LENGTHS), value=begun[0], label="Length", elem_id="length", scale=2)
                        careful = gr.Slider(
                            0.2, 0.8, begun[1], step=0.05, label="Forthcoming – careful", elem_id="careful", scale=2, buttons=[],
                        )  # fmt: skip
                        quoting = gr.Checkbox(begun[2], label="Only in the articles’ own words", elem_id="quoting", scale=2)
                        names = list(chat.models.names)
                        model = gr.Dropdown(names, value=begun[3], label="Model", elem_id="model", scale=2, visible=len(names) > 1)
            with gr.Column(elem_id="side"):
                found = html(sources.column(None), elem_id="sources")
                room = html(reader.shell(), elem_id="reader-holder")

        shown = [past, current, found, turns, question, ask, stop]
        scope, how = [outlets, since, until, collection, only], [length, careful, quoting, model]
        given = [question, turns, *scope, *how, here]
        # A secret that is none: a few choices need no keeping from their own reader, but must be read again after a restart.
        kept = gr.BrowserState(None, storage_key=manner.KEPT_AS, secret=manner.KEPT_AS)
        private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        answering: dict[str, Any] = {"concurrency_limit": 20, "concurrency_id": "answer", "trigger_mode": "once", **private}
        answering["js"] = HERE
        renewed = renew.click(chat.again, [picked, turns, here], shown, **answering)
        asked = gr.on([question.submit, ask.click], chat.ask, given, shown, cancels=[renewed], **answering)
        # gradio cancels them in this order, each only once the one before is ended: what is asked again by then must not be met.
        running_now = [renewed, asked]
        stop.click(chat.stop, turns, shown, cancels=running_now, concurrency_limit=None, **private)
        cut.click(None, cancels=running_now, api_visibility="private")
        for answered in running_now:  # at its end, and when its cancelling is through
            answered.then(None, js="() => { document.dispatchEvent(new Event('answered')); }", api_visibility="private")
        narrows = [outlets.change, since.change, until.change, collection.change, only.change]
        gr.on(narrows, chat.narrowed, scope, narrowed, concurrency_limit=None, **private)
        rescope.click(chat.narrow, [scoped, *scope], scope, concurrency_limit=None, **private)
        pieces = {top: masthead, above: talks_head, find: finder, room: reader.shell, steps: tour.dialog}
        labels = Labels(page, {**pieces, away: partial(shelf.elsewhere, links)})
        page.load(labels.spoken, None, labels.parts, concurrency_limit=None, **private)
        page.load(chat.manner, kept, how, concurrency_limit=None, **private)
        gr.on(
            [length.input, careful.release, quoting.input, model.input],
            lambda *told: list(told),
            how,
            kept,
            concurrency_limit=None,
            **private,
        )
        on_shelf = [heading, listed, outlets, collection, running, timer, current, fold, reasons, again]
        # One after the other: the welcome is for a page that shows no conversation.
        loaded = page.load(chat.loaded, None, [*shown, conversations], concurrency_limit=None, **private)
        loaded.then(desk.opened, turns, on_shelf, concurrency_limit=None, **private)
        entered = enter.click(chat.opened, wanted, shown, cancels=running_now, concurrency_limit=None, **private)
        entered.then(desk.opened, turns, on_shelf, concurrency_limit=None, **private)
        relist.click(chat.listed, None, conversations, concurrency_limit=None, **private)
        refresh.click(desk.opened, turns, on_shelf, concurrency_limit=None, **private)
        timer.tick(desk.polled, turns, on_shelf, concurrency_limit=None, **private)
        files.upload(
            desk.add_files,
            [files, turns],
            [files, added, cancel, *on_shelf],
            concurrency_limit=1,
            concurrency_id="add",
            **private,
        )
        form = [pasted, title, outlet, published]
        paste.click(
            desk.add_text,
            [*form, turns],
            [*form, added, cancel, *on_shelf],
            concurrency_limit=1,
            concurrency_id="add",
            **private,
        )
        again.click(desk.retry, turns, [added, cancel, *on_shelf], concurrency_limit=1, concurrency_id="add", **private)
        seeds.click(desk.add_seeds, turns, [added, cancel, *on_shelf], concurrency_limit=1, concurrency_id="add", **private)
        cancel.click(desk.cancel, None, None, concurrency_limit=None, **private)
    page.queue(max_size=20)
    return page
