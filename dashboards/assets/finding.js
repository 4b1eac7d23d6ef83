// Ctrl-K, ? and Esc, and going through what was found with the arrow keys.
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  let before = null;

  function open(id) {
    close();
    before = document.activeElement;
    byId(id).hidden = false;
    const field = byId(id).querySelector("input");
    if (field) { field.focus(); field.select(); } else { byId(id).firstElementChild.tabIndex = -1; byId(id).firstElementChild.focus(); }
  }

  function close() {
    const opened = ["finder", "keys-help"].map(byId).filter((one) => one && !one.hidden);
    opened.forEach((one) => { one.hidden = true; });
    if (opened.length && before) before.focus();
    return opened.length > 0;
  }

  function move(step) {
    const links = [...byId("finder").querySelectorAll("a")], at = links.indexOf(document.activeElement);
    const next = links[at + step];
    if (next) next.focus(); else if (at + step < 0) byId("finder-text").focus();
  }

  const writing = (element) => element.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const inside = byId("finder") && !byId("finder").hidden;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open("finder"); return; }
    if (event.key === "Escape") {
      if (!close()) { const panel = byId("close-panel"); if (panel) panel.click(); }
      return;
    }
    if (inside && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); return; }
    if (inside && event.key === "Enter" && event.target.id === "finder-text") { const first = byId("finder").querySelector("a"); if (first) first.click(); return; }
    if (inside && event.key === "Tab" && !byId("finder").contains(event.target)) { event.preventDefault(); byId("finder-text").focus(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); open("keys-help"); return; }
    const view = { g: "Graph", s: "Steps", t: "Table", m: "Map" }[event.key];
    const link = view && [...document.querySelectorAll('.choices[aria-label="View"] a')].find((one) => one.textContent === view);
    if (link) link.click();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) { open(opener.dataset.opens); return; }
    if (event.target.classList.contains("over") || event.target.closest("#finder a")) close();
    document.querySelectorAll("details.dropdown[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  });
})();
