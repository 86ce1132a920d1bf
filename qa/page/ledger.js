"use strict";
// The library's table: narrowed as one types, articles chosen and something done with them. page.js opens the Reader.
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const rows = find("#rows"), form = find("#sought");
  const say = (words, values = {}) => (CATALOGUES[find("#language").value]?.[words] || words).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  let request = 0, waiting = 0;
  let sought = asked(); // what the table shows, or is about to
  let gone = []; // what was removed last

  const chosen = () => all('input[name="article"]:checked', rows).map((box) => box.value);

  function counted() {
    const number = chosen().length;
    const bar = find("#deeds");
    if (!bar) return;
    find(".chosen", bar).textContent = number ? say("{count} chosen", { count: number }) : say("None chosen");
    all("[data-deed]:not([data-always]), #into", bar).forEach((one) => { one.disabled = !number; });
    const every = find("#all"), boxes = all('input[name="article"]', rows);
    if (every) { every.checked = number > 0 && number === boxes.length; every.indeterminate = number > 0 && number < boxes.length; }
  }

  async function show(address, remember = true) {
    const mine = ++request;
    let made;
    try {
      made = await (await fetch(address + (address.includes("?") ? "&" : "?") + "rows=true")).text();
    } catch {
      made = `<p class="failed" role="alert">${say("The server does not answer. Start it again, then reload this page.")}</p>`;
    }
    if (mine !== request) return;
    const held = rows.contains(document.activeElement) && document.activeElement.dataset.article;
    rows.innerHTML = made;
    if (held) find(`button[data-article="${CSS.escape(held)}"]`, rows)?.focus();
    if (remember) history.replaceState(null, "", address);
    counted();
  }

  // Once for what is asked: leaving the box after typing asks nothing new, and whoever goes on to a row keeps it under the hand.
  function seek() {
    clearTimeout(waiting);
    const address = asked();
    if (address === sought) return;
    sought = address;
    show(address);
  }

  function asked() {
    const told = [...new FormData(form)].filter(([, value]) => value);
    return told.length ? `library?${new URLSearchParams(told)}` : "library";
  }

  function tell(words, undo) {
    const said = find("#deeds .said") || rows.appendChild(document.createElement("p"));
    said.className = "said";
    said.setAttribute("role", "status");
    said.textContent = words;
    if (!undo) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: say("Undo") });
    button.dataset.deed = "undo";
    button.dataset.always = "";
    said.append(" ", button);
    button.focus();
  }

  async function post(where, body) {
    try {
      const answer = await fetch(`library/${where}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      return await answer.json();
    } catch {
      return { error: say("The server does not answer. Start it again; nothing was changed.") };
    }
  }

  const many = (number) => `${number} ${say(number === 1 ? "article" : "articles")}`;

  async function act(button) {
    const deed = button.dataset.deed, name = button.dataset.name, articles = deed === "undo" ? gone : chosen();
    button.disabled = true;
    const told = await {
      remove: () => post("remove", { articles }),
      undo: () => post("restore", { articles }),
      collect: () => post("collect", { name: find("#into").value, articles }),
      leave: () => post("collect", { name, leave: articles }),
      dissolve: () => post("collect", { name, rename: "" }),
    }[deed]();
    button.disabled = false;
    if (told.error) { tell(say(told.error)); return; }
    if (deed === "dissolve") { location.href = "library"; return; }
    if (deed === "remove") gone = articles;
    if (deed === "collect") { // it can be shown alone from now on
      const known = form.elements.collection;
      if (![...known.options].some((one) => one.value === told.name)) known.add(new Option(told.name, told.name));
    }
    await show(location.href, false);
    const said = {
      remove: "Removed {articles}.", undo: articles.length === 1 ? "{articles} is back." : "{articles} are back.",
      collect: "{articles} put into “{name}”.", leave: "{articles} taken out of “{name}”.",
    }[deed];
    tell(say(said, { articles: many(articles.length), name: told.name || name }), deed === "remove");
  }

  document.addEventListener("click", (event) => {
    const deed = event.target.closest("[data-deed]"), link = event.target.closest("#rows thead a, #rows .pages a");
    if (deed) act(deed);
    else if (event.target.id === "refresh") show(location.href, false);
    else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      const wanted = new URLSearchParams(link.getAttribute("href").split("?")[1] || "");
      ["order", "down"].forEach((name) => { // as the form's own, so that what is sought next stays in this order
        const field = form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
        field.value = wanted.get(name) || "";
      });
      sought = asked();
      show(link.getAttribute("href")).then(() => { find(`#rows thead .${wanted.get("order") || "added"} a`)?.focus(); });
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "all") all('input[name="article"]', rows).forEach((box) => { box.checked = event.target.checked; });
    if (rows.contains(event.target)) counted();
    else if (form.contains(event.target)) seek();
  });
  form.addEventListener("input", (event) => {
    if (event.target.name !== "q") return;
    clearTimeout(waiting);
    waiting = setTimeout(seek, 200);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); sought = asked(); show(sought); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "into") { event.preventDefault(); find('[data-deed="collect"]').click(); }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => document.body.classList.toggle("dark", event.matches));
  counted();
})();
