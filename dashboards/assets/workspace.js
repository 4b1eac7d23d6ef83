// What the pages do in the browser itself: files go straight to the API, a session that ended leads to signing in, titles follow the page.
"use strict";

window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.workspace = {
  title(words) {
    if (words) document.title = words;
    return window.dash_clientside.no_update;
  },
};

(() => {
  const asked = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const answer = await asked(...request);
    if (answer.status !== 401) return answer;
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {}); // this page is left: nobody waits for the answer any more
  };
})();

new MutationObserver((changes) => {
  for (const change of changes)
    for (const added of change.addedNodes) {
      const asked = added.nodeType === 1 && (added.matches(".asked") ? added : added.querySelector(".asked"));
      if (!asked) continue;
      asked.scrollIntoView({ block: "nearest" }); // a question stands where it is seen, and its gentle answer is at hand
      asked.querySelector("button").focus({ preventScroll: true });
    }
}).observe(document.documentElement, { childList: true, subtree: true });

(() => {
  const DOCUMENT = "mutation($input: PreviewImportInput!) { previewImport(input: $input) { upload userErrors { message } } }";
  const UNITS = ["bytes", "kB", "MB", "GB"];

  const part = (id) => document.getElementById(id);
  const say = (id, words) => part(id) && (part(id).textContent = words);

  function sized(bytes) {
    const step = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
    return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${UNITS[step]}`;
  }

  function pick() {
    const field = document.createElement("input");
    field.type = "file";
    field.addEventListener("change", () => send(field.files));
    field.click();
  }

  function show(upload) {
    const address = new URLSearchParams({ tenant: part("drop").dataset.tenant, upload });
    history.pushState({}, "", `${location.pathname}?${address}`);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function send(files) {
    if (!files.length) return;
    const file = files[0];
    say("sending-problem", files.length > 1 ? `One file at a time: ${file.name} was taken.` : "");
    const form = new FormData();
    form.append("operations", JSON.stringify({ query: DOCUMENT, variables: { input: { file: null, rows: 0 } } }));
    form.append("map", JSON.stringify({ 0: ["variables.input.file"] }));
    form.append("0", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/graphql");
    request.setRequestHeader("FoodFlow-Tenant", part("drop").dataset.tenant);
    request.upload.addEventListener("progress", (told) => {
      part("sending-bar").value = (100 * told.loaded) / told.total;
      say("sending-words", told.loaded < told.total ? `${sized(told.loaded)} of ${sized(told.total)} sent` : "Sent: looking at it");
    });
    request.addEventListener("load", () => sent(request));
    request.addEventListener("error", () => {
      part("sending").hidden = true;
      say("sending-problem", "The server does not answer: see that it runs, then send the file again.");
    });
    part("sending").hidden = false;
    say("sending-words", `Sending ${file.name}`);
    request.send(form);
  }

  function sent(request) {
    if (!part("sending")) return; // the page was left meanwhile
    part("sending").hidden = true;
    let told = {};
    try {
      told = JSON.parse(request.responseText);
    } catch {
      told = { errors: [{ message: `The server answered with status ${request.status} and no words: try again.` }] };
    }
    const payload = told.data && told.data.previewImport;
    const wrong = (told.errors || (payload && payload.userErrors) || [])[0];
    if (wrong) say("sending-problem", wrong.message);
    else show(payload.upload);
  }

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".menu-of[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (event.target.closest && event.target.closest("#choose-file")) pick();
  });
  const over = (event) => event.target.closest && event.target.closest("#drop");
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      if (!part("drop") || !event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      part("drop").classList.toggle("over", Boolean(over(event)));
    });
  document.addEventListener("dragleave", (event) => over(event) && part("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!part("drop")) return;
    event.preventDefault(); // a file dropped beside the field must not replace the page
    part("drop").classList.remove("over");
    send(event.dataTransfer.files);
  });
})();
