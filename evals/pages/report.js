"use strict";
// Hides the cases that do not fit what is chosen, and counts those that do. Without it all of them are shown.
(() => {
  const panel = document.querySelector("#filter");
  if (!panel) return;
  const cases = [...document.querySelectorAll(".case")];
  const search = panel.querySelector("input[type=search]");
  const read = new Map(); // the words of each case, once they are sought
  const words = (one) => {
    if (!read.has(one)) read.set(one, one.textContent.toLowerCase());
    return read.get(one);
  };

  function filter() {
    const chosen = [...panel.querySelectorAll("select, input:checked")].filter((control) => control.value);
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of cases) {
      const fits =
        chosen.every(({ name, value }) => (one.dataset[name] || "").split(" ").includes(value)) &&
        sought.every((word) => words(one).includes(word));
      one.hidden = !fits;
      shown += fits;
    }
    const none = shown ? "" : " – choose less, or clear the search";
    panel.querySelector("output").textContent = `${shown} of ${cases.length} shown${none}`;
  }

  panel.hidden = false;
  panel.addEventListener("input", filter);
  panel.addEventListener("click", ({ target }) => {
    if (!target.dataset.fold) return;
    for (const one of cases) if (!one.hidden) one.open = target.dataset.fold === "open";
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "radio";
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
  filter(); // a browser that goes back keeps what was chosen
})();
