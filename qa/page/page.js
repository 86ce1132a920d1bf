"use strict";
// Clicks, keys and the Reader. All markup that is inserted here was built and escaped by our own server.
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  // The page's words in the reader's language, as the server speaks it
  const spoken = () => find("#language")?.value || "en";
  const say = (words, values = {}) => (CATALOGUES[spoken()]?.[words] || words).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  let opener = null; // what opened the Reader; focus goes back to it
  let request = 0;

  // The Reader

  async function open(source) {
    const { article = source.dataset.facts, start, end, cited: quote, version } = source.dataset;
    const reader = find("#reader");
    if (!reader || !article) return;
    const mine = ++request;
    const span = start ? `?start=${start}&end=${end}${quote ? `&quote=${quote}` : ""}` : version ? `?version=${version}` : "";
    let page;
    try {
      const answer = await fetch(`articles/${encodeURIComponent(article)}/reader${span}`);
      page = await answer.text();
    } catch {
      page = `<p class="quiet">${say("The article cannot be fetched: the server does not answer. Start it again, then reload this page.")}</p>`;
    }
    if (mine !== request) return;
    // A way on within the Reader leaves the citation it came from open: the steps and the focus go back there.
    if (!reader.contains(source)) {
      all(".cite.open").forEach((c) => c.classList.remove("open"));
      opener = source;
      if (source.matches("a.cite")) source.classList.add("open");
    }
    find(".page", reader).innerHTML = page;
    steps(opener);
    reader.hidden = false;
    root.dataset.reader = "open";
    delete root.dataset.library;
    reader.focus({ preventScroll: true });
    const cited = find("#cited", reader);
    const pane = find(".page", reader);
    if (cited) {
      const at = cited.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop;
      pane.scrollTo({ top: Math.max(0, at - pane.clientHeight / 3), behavior: "instant" });
    } else pane.scrollTop = 0;
  }

  function close() {
    const reader = find("#reader");
    if (!reader || reader.hidden) return false;
    request++;
    reader.hidden = true;
    delete root.dataset.reader;
    all(".cite.open").forEach((c) => c.classList.remove("open"));
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    hideTip();
    opener = null;
    return true;
  }

  // The citations of the answer that the open one stands in, in their order
  const siblings = (source) => (source && source.matches("a.cite") ? all("a.cite", source.closest(".turn")) : []);

  function steps(source) {
    const cites = siblings(source);
    const bar = find("#reader .steps");
    bar.hidden = cites.length < 2;
    find(".at", bar).textContent = `${cites.indexOf(source) + 1} / ${cites.length}`;
  }

  function step(by) {
    const cites = siblings(opener);
    if (cites.length < 2) return;
    open(cites[(cites.indexOf(opener) + by + cites.length) % cites.length]);
  }

  // An article's facts, put right in the Reader

  async function save(fields) {
    const article = fields.dataset.facts;
    const typed = Object.fromEntries(all("input", fields).map((i) => [i.name, i.value]));
    const said = find(".said", fields);
    said.textContent = say("Saving…");
    let told;
    try {
      const answer = await fetch(`articles/${encodeURIComponent(article)}/facts`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(typed),
      });
      told = await answer.json();
    } catch {
      told = { error: say("The server does not answer. Start it again; what you typed is still here.") };
    }
    if (told.error) { said.textContent = say(told.error); said.classList.add("failed"); return; }
    find("#refresh")?.click();
    if (fields.isConnected) await open(fields);
  }

  // What a citation quotes, and why a sentence is doubted: one tip for all

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;

  function showTip(target) {
    const { quote, from, why } = target.dataset;
    if (!quote && !why) return;
    tip.replaceChildren();
    const said = document.createElement("p");
    said.textContent = quote ? `“${quote.length > 320 ? quote.slice(0, 320) + "…" : quote}”` : why;
    said.className = quote ? "quote" : "why";
    tip.append(said);
    if (from) {
      const where = document.createElement("p");
      where.textContent = from;
      where.className = "from";
      tip.append(where);
    }
    tip.hidden = false;
    const box = target.getBoundingClientRect();
    const width = tip.offsetWidth, height = tip.offsetHeight;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, box.left + box.width / 2 - width / 2))}px`;
    tip.style.top = `${box.top - height - 8 > 8 ? box.top - height - 8 : box.bottom + 8}px`;
  }
  const hideTip = () => { tip.hidden = true; };

  const told = (event) => event.target.closest && event.target.closest("a.cite, .flag");
  document.addEventListener("mouseover", (e) => { const t = told(e); if (t) showTip(t); else hideTip(); });
  document.addEventListener("focusin", (e) => { const t = told(e); if (t && t.matches(":focus-visible")) showTip(t); else hideTip(); });
  document.addEventListener("scroll", hideTip, true);

  // Asking

  function tell(box, words, button) {
    const prototype = box.tagName === "TEXTAREA" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(prototype, "value").set.call(box, words);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => find(button)?.click(), 30); // after gradio has taken the words over
  }
  const ask = (words) => tell(find("#question textarea, #question input"), words, "#ask");

  // What is asked about alone: chosen in the Reader or the library, taken away at its chip

  function narrow(button) {
    const key = button.dataset.scope;
    if (key[0] === "+" && innerWidth < 1100) close();
    tell(find("#scoped textarea, #scoped input"), key, "#rescope");
    find("#question textarea, #question input")?.focus({ preventScroll: true });
  }

  // A preference left out or put back: what is being written ends, and the newest question is asked again. The turn is made
  // anew with every word, so a press may end on another chip than it began on, and a click would be lost: keys are compared.

  let pressed = "", taken = -1e9; // the chip under the finger, and when it was let go
  let held = ""; // the chip with the focus, which it gets back in the turn made anew
  let picked = ""; // the chip to ask again with, once what is being written has ended
  let quiet = false; // only once that is finished: it was pressed, and need not be read out with every word

  const busy = () => find("#current .status.busy") !== null;
  const hint = (node) => node?.closest?.("#current [data-hint]")?.dataset.hint || "";

  function pick(key) {
    close();
    held = key;
    quiet = true;
    renewWith(key);
  }

  function renewWith(key) {
    picked = key;
    if (busy()) find("#cut")?.click(); else renew();
  }

  function renew() {
    if (picked) tell(find("#picked textarea, #picked input"), picked, "#renew");
    picked = "";
  }
  document.addEventListener("answered", renew); // layout.py sends it when an answer is through, or cut short

  function settle() {
    if (quiet && busy()) return;
    if (held && document.activeElement === document.body) find(`#current [data-hint="${held}"]`)?.focus({ preventScroll: true });
  }
  document.addEventListener("focusin", (e) => { if (hint(e.target) !== held) { held = hint(e.target); quiet = false; } });
  document.addEventListener("pointerdown", (e) => { pressed = e.button ? "" : hint(e.target); });
  document.addEventListener("pointerup", (e) => {
    if (pressed && pressed === hint(document.elementFromPoint(e.clientX, e.clientY))) { taken = e.timeStamp; pick(pressed); }
    pressed = "";
  });

  // An answer's words, taken away: alone, or with numbers and the quotations behind them

  async function copy(button) {
    const turn = button.closest(".turn"), cited = button.dataset.copy === "cited";
    const words = find(".words", turn).cloneNode(true);
    all(".flag, .lead", words).forEach((node) => node.remove());
    const notes = new Map();
    for (const cite of all(".cite", words)) {
      if (cite.dataset.quote) notes.set(`${cite.textContent} ${cite.dataset.quote}`, `[${cite.textContent}] “${cite.dataset.quote}” ${cite.dataset.from}`);
      cite.textContent = cited ? `[${cite.textContent}]` : "";
    }
    const text = words.textContent.trim() + (cited && notes.size ? `\n\n${[...notes.values()].join("\n")}` : "");
    let done = say("Copied");
    try { await navigator.clipboard.writeText(text); } catch { done = say("The browser does not let this page copy"); }
    const before = button.textContent;
    button.textContent = done;
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  // Conversations: opened, named, pinned, deleted and had back; the address of the page names the one that is open

  function enter(talk) {
    close();
    drawer(false);
    tell(find("#wanted textarea, #wanted input"), talk || " ", "#enter");
  }
  const relist = () => find("#relist")?.click();

  async function send(talk, wanted) {
    try {
      const answer = await fetch(`talks/${talk.split("/").map(encodeURIComponent).join("/")}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted),
      });
      return await answer.json();
    } catch {
      return { error: "The server does not answer. Start it again; nothing was changed." };
    }
  }
  const change = async (talk, wanted) => say((await send(talk, wanted)).error || "");

  async function act(button) {
    const box = button.closest("[data-about]"), talk = box.dataset.about, deed = button.dataset.talkDo;
    const title = find("input[name=title]", box).value;
    const wanted = { rename: { title }, pin: { pinned: true }, unpin: { pinned: false }, delete: { deleted: true } }[deed];
    const failed = await change(talk, wanted);
    if (failed) { find(".said", box).textContent = failed; return; }
    if (deed === "delete") {
      const said = find("#talk-said"), undo = document.createElement("button");
      undo.type = "button";
      undo.textContent = say("Undo");
      undo.dataset.undo = talk;
      said.replaceChildren(say("Deleted “{title}”.", { title: title.length > 40 ? title.slice(0, 40) + "…" : title }), " ", undo);
      undo.focus();
      if (find("#current .turn")?.dataset.talk === talk) enter("");
    }
    relist();
  }

  async function undo(button) {
    const failed = await change(button.dataset.undo, { deleted: false });
    if (failed) { find("#talk-said").textContent = failed; return; }
    find("#talk-said").replaceChildren();
    relist();
  }

  // A question asked otherwise: written in its place, and asked in a conversation that branches off there

  function edit(button) {
    const turn = button.closest(".turn"), asked = button.closest(".asked");
    leave();
    const form = document.createElement("form"), box = document.createElement("textarea"), note = document.createElement("p");
    const go = document.createElement("button"), cancel = document.createElement("button"), said = document.createElement("p");
    form.className = "editing";
    box.value = find(".question", asked).textContent;
    box.rows = Math.min(8, 1 + Math.floor(box.value.length / 60));
    box.setAttribute("aria-label", say("The question, edited"));
    box.setAttribute("aria-describedby", "edit-note");
    Object.assign(note, { id: "edit-note", className: "quiet", textContent: say("It is asked in a new conversation; this one stays as it is.") });
    Object.assign(go, { type: "submit", textContent: say("Ask") });
    Object.assign(cancel, { type: "button", textContent: say("Cancel") });
    said.className = "status failed";
    said.setAttribute("role", "alert");
    form.append(box, go, cancel, note, said);
    cancel.addEventListener("click", () => leave(true));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) { event.stopPropagation(); leave(true); }
      if (event.key === "Enter" && event.target === box && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (go.disabled) return;
      go.disabled = true;
      said.textContent = "";
      const told = await send(`${turn.dataset.talk}/${turn.dataset.turn}/branch`, { question: box.value });
      go.disabled = false;
      if (!form.isConnected) return; // left meanwhile
      if (!told.talk) { said.textContent = say(told.error); box.focus(); return; }
      leave();
      close();
      renewWith(`branch:${told.talk}`);
      if (matchMedia("(hover: hover)").matches) find("#question textarea, #question input")?.focus({ preventScroll: true });
    });
    asked.hidden = true;
    asked.after(form);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  // The one question that is being edited stands as it was again; `back` with the focus.
  function leave(back = false) {
    const form = find(".editing"), asked = form?.previousElementSibling;
    if (!form) return;
    form.remove();
    asked.hidden = false;
    if (back) find("[data-edit]", asked)?.focus();
  }

  // What the reader thinks of an answer: kept at once; for a bad one, why and what would be right can be told

  const REASONS = { wrong: "It is wrong", unsupported: "The articles do not say it", "not found": "It overlooked what they say", other: "Something else" };

  function why(turn) {
    const form = document.createElement("form"), send = document.createElement("button"), right = document.createElement("textarea");
    form.className = "why";
    const reasons = Object.entries(REASONS).map(([value, words]) => {
      const label = document.createElement("label"), radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name: "reason", value });
      label.append(radio, ` ${say(words)}`);
      return label;
    });
    Object.assign(right, { rows: 2, maxLength: 4000, placeholder: say("What would be right? (a few words; they make a test of it)") });
    right.setAttribute("aria-label", say("What would be right"));
    Object.assign(send, { type: "submit", textContent: say("Send") });
    form.append(...reasons, right, send);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const reason = find("input:checked", form)?.value || "other";
      const failed = await change(`${turn.dataset.talk}/${turn.dataset.turn}`, { good: false, reason, correction: right.value });
      const said = document.createElement("p");
      said.className = "status";
      said.setAttribute("role", "status");
      said.textContent = failed || say("Thank you. It is kept with the answer.");
      if (failed) form.append(said); else form.replaceWith(said);
    });
    return form;
  }

  async function judge(button) {
    const turn = button.closest(".turn"), good = button.dataset.good === "yes", taken = button.getAttribute("aria-pressed") === "true";
    const failed = await change(`${turn.dataset.talk}/${turn.dataset.turn}`, { good: taken ? null : good });
    find(".why", turn)?.remove();
    if (failed) { button.title = failed; return; }
    all("[data-good]", turn).forEach((one) => one.setAttribute("aria-pressed", String(one === button && !taken)));
    if (!good && !taken) {
      const form = why(turn);
      button.closest(".deeds").after(form);
      find("input", form).focus();
      form.scrollIntoView({ block: "nearest" });
    }
  }

  function drawer(show) {
    if (show) root.dataset.library = "open"; else delete root.dataset.library;
    find("[data-drawer]")?.setAttribute("aria-expanded", String(show));
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const source = on("[data-article]");
    if (source && !on("a.out")) { event.preventDefault(); open(source); }
    else if (on("[data-save]")) save(on("[data-facts]"));
    else if (on("[data-close]")) close();
    else if (on("[data-step]")) step(Number(on("[data-step]").dataset.step));
    else if (on("[data-hint]")) { if (event.timeStamp - taken > 350) pick(hint(event.target)); } // from the keyboard, or by a helper
    else if (on("[data-copy]")) copy(on("[data-copy]"));
    else if (on("[data-edit]")) edit(on("[data-edit]"));
    else if (on("[data-tour]")) find("#tour").showModal();
    else if (on("[data-tour-end]") || event.target.id === "tour") find("#tour").close(); // or beside it
    else if (on("[data-good]")) judge(on("[data-good]"));
    else if (on("[data-again]")) { close(); tell(find("#picked textarea, #picked input"), on("[data-again]").dataset.again || "again", "#renew"); }
    else if (on("[data-scope]")) narrow(on("[data-scope]"));
    else if (on("[data-open]")) enter(on("[data-open]").dataset.open);
    else if (on("[data-talk-do]")) act(on("[data-talk-do]"));
    else if (on("[data-undo]")) undo(on("[data-undo]"));
    else if (on("[data-seeds]")) find("#seeds")?.click();
    else if (on("[data-ask]")) ask(on("[data-ask]").dataset.ask);
    else if (on("[data-drawer]")) drawer(!root.dataset.library);
    else if (root.dataset.library && !on("#library")) drawer(false);
    else if (root.dataset.reader && innerWidth < 1100 && !on("#reader") && !getSelection().toString()) close();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "language") return;
    document.cookie = `article-qa-language=${event.target.value}; path=/; max-age=31536000; samesite=lax`;
    location.reload(); // the server writes most of what is read here
  });

  document.addEventListener("toggle", (event) => { // one menu at a time
    if (event.target.open && event.target.matches?.("#talks details")) all("#talks details[open]").forEach((d) => { if (d !== event.target) d.open = false; });
  }, true);

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (find("dialog[open]")) return; // it has the keys to itself
    if ((event.key === "k" || event.key === "K") && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      drawer(true);
      find("#find")?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      hideTip();
      const menu = target.closest?.("#talks details[open]");
      if (menu) { menu.open = false; find("summary", menu).focus(); } else if (!close() && root.dataset.library) {
        drawer(false);
        find("[data-drawer]")?.focus(); // what opened it
      }
    } else if ((event.key === "Enter" || event.key === " ") && target.matches?.('[role="button"][data-article]')) {
      event.preventDefault();
      open(target);
    } else if (event.key === "Enter" && target.matches?.("[data-about] input")) {
      act(find('[data-talk-do="rename"]', target.closest("[data-about]")));
    } else if (event.key === "Enter" && target.matches?.("[data-facts] input")) {
      save(target.closest("[data-facts]"));
    } else if (typing(target)) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      find("#question textarea, #question input")?.focus();
    } else if (root.dataset.reader && event.key === "ArrowLeft") {
      step(-1);
    } else if (root.dataset.reader && event.key === "ArrowRight") {
      step(1);
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.id !== "find") return;
    const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of all("#shelf li, #talks li")) {
      const words = item.dataset.words || item.textContent.toLowerCase();
      item.hidden = !wanted.every((word) => words.includes(word));
    }
  });

  // The turns before the newest. The server sends them when a conversation is opened, and later each but once, as the next begins:
  // what comes in `#sent` is taken over into `#past`, which gradio knows nothing of and so never draws anew.

  const before = () => all("#past > .turn");
  const placed = (turn) => Number(turn.dataset.turn);

  function take() {
    const past = find("#past"), came = all("#sent .turn");
    for (const other of before()) if (came.length && other.dataset.talk !== came[0].dataset.talk) other.remove();
    for (const turn of came) {
      const later = past.lastElementChild && placed(past.lastElementChild) >= placed(turn);
      const old = later && before().find((other) => placed(other) >= placed(turn));
      if (!old) past.append(turn); else if (placed(old) === placed(turn)) old.replaceWith(turn); else old.before(turn);
    }
  }

  // Another conversation is shown, or another turn of it is the newest.
  function prune() {
    for (const turn of before()) if (turn.dataset.talk !== talking || placed(turn) >= newest) turn.remove();
  }

  // Where a turn got lost on its way, the whole conversation is sent once more.
  document.addEventListener("answered", () => { if (talking && !picked && !busy() && before().length !== newest - 1) enter(talking); });

  // A new question starts at the top of the view with the space for its answer below it, so nothing moves while
  // it is written; the stage is told to screen readers, the text as it streams is not.

  let newest = 0;
  let talking = ""; // the conversation that is shown
  let said = "";

  function rise(turn) {
    const talk = find("#talk");
    const top = newest > 1 ? talk.scrollTop + turn.getBoundingClientRect().top - talk.getBoundingClientRect().top : 0;
    talk.scrollTo({ top, behavior: calm() ? "instant" : "smooth" });
  }

  function mark() {
    for (const item of all("#talks [data-open]")) {
      const now = item.dataset.open === talking && talking !== "";
      item.classList.toggle("now", now);
      if (now) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
    }
  }

  function look(announcer) {
    root.lang = spoken();
    const turn = find("#current .turn");
    const talk = turn ? turn.dataset.talk : "";
    const other = talk !== talking;
    if (other && (turn || find("#current .welcome"))) {
      talking = talk;
      history.replaceState(null, "", talk ? `?talk=${encodeURIComponent(talk)}` : location.pathname);
      relist();
    }
    mark();
    if (!turn) { if (other) find("#past").replaceChildren(); return; }
    if (other || placed(turn) !== newest) {
      newest = placed(turn);
      prune();
      close();
      hideTip();
      held = picked = "";
      // Two frames: gradio fills the turns before and the new one one after the other.
      requestAnimationFrame(() => requestAnimationFrame(() => rise(turn)));
    }
    const now = find(".under", turn).textContent.trim();
    if (now && now !== said) announcer.textContent = said = now;
    settle();
  }

  function start() {
    const room = find("#room"), current = find("#current");
    if (find("#ledger")) return; // the library's own page: the Reader and the keys are all it needs
    if (!room || !current) { requestAnimationFrame(start); return; }
    const announcer = document.createElement("div");
    announcer.className = "sr-only";
    announcer.setAttribute("aria-live", "polite");
    room.append(tip, announcer);
    new MutationObserver(() => look(announcer)).observe(current, { childList: true, subtree: true, characterData: true, attributes: true });
    new MutationObserver(take).observe(find("#sent"), { childList: true, subtree: true });
    new MutationObserver(mark).observe(find("#talks"), { childList: true, subtree: true });
    take();
    look(announcer);
  }
  start();
})();
