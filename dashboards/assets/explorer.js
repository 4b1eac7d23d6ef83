// The graph of the explorer: what points, keys and the theme do to it. What is drawn comes from the server.
(function () {
  "use strict";
  const root = document.documentElement;
  const surroundings = () => ({ theme: root.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light", narrow: window.innerWidth < 768 });
  const graph = () => {
    const element = document.getElementById("graph");
    return element && element._cyreg && element._cyreg.cy;
  };

  let before = null;
  function framed(cy) {
    cy.resize();
    const fresh = before ? cy.nodes().filter((one) => !before.has(one.id())) : cy.collection();
    const kept = cy.nodes().length - fresh.length;
    before = new Set(cy.nodes().map((one) => one.id()));
    if (fresh.length && kept > 1) {  // a group was opened: show what came out of it
      cy.zoom(0.8);
      cy.center(fresh);
      return;
    }
    cy.fit(cy.elements(), 36);
    if (cy.zoom() > 1.15) { cy.zoom(1.15); cy.center(); }
    if (cy.zoom() < 0.6) {  // never smaller than one can read: show the start, the rest is a drag away
      cy.zoom(0.8);
      const chosen = cy.nodes(":selected");
      cy.center(chosen.length ? chosen : cy.nodes(".start").length ? cy.nodes(".start") : cy.nodes());
    }
  }

  function lit(cy) {
    const chosen = cy.nodes(":selected");
    cy.batch(() => {
      cy.elements().removeClass("dim near");
      if (chosen.length) {
        const way = chosen.predecessors().union(chosen.successors()).union(chosen);
        cy.elements().difference(way).addClass("dim");
        way.edges().addClass("near");
      }
    });
  }

  function choose(cy, node) {
    if (!node || !node.length) return;
    cy.nodes(":selected").unselect();
    node.select();
    const box = node.renderedBoundingBox();
    if (box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height()) cy.animate({ center: { eles: node } }, { duration: 120 });
    say(node);
  }

  function say(mark, at) {
    const hint = document.getElementById("hint"), cy = graph();
    if (!hint || !cy) return;
    hint.textContent = mark ? mark.data("said") : "";
    hint.className = mark ? "said" : "";
    if (!mark) return;
    const point = at || mark.renderedPosition();
    hint.style.left = Math.max(8, Math.min(point.x + 14, cy.width() - 330)) + "px";
    hint.style.top = Math.max(8, Math.min(point.y + 18, cy.height() - 96)) + "px";
  }

  function nearest(cy, from, key) {
    const y = from.position("y");
    const by = (nodes) => nodes.sort((a, b) => Math.abs(a.position("y") - y) - Math.abs(b.position("y") - y))[0];
    if (key === "ArrowRight") return by(from.outgoers("node"));
    if (key === "ArrowLeft") return by(from.incomers("node"));
    const down = key === "ArrowDown";
    const column = cy.nodes().filter((one) => one.data("column") === from.data("column") && (down ? one.position("y") > y : one.position("y") < y));
    return by(column);
  }

  function key(event) {
    const cy = graph();
    if (!cy || event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = cy.nodes(":selected");
    if (event.key.startsWith("Arrow")) {
      choose(cy, chosen.length ? nearest(cy, chosen[0], event.key) : cy.nodes(".start").length ? cy.nodes(".start")[0] : cy.nodes()[0]);
    } else if (event.key === "Enter" && chosen.length) {
      chosen[0].emit("tap");
    } else if (event.key === "+" || event.key === "-") {
      cy.zoom({ level: cy.zoom() * (event.key === "+" ? 1.25 : 0.8), renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    } else if (event.key === "0") {
      cy.fit(cy.elements(), 36);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function bound(cy) {
    if (cy.scratch("_ours")) return;
    cy.scratch("_ours", true);
    cy.on("mouseover", "node, edge", (event) => say(event.target, event.renderedPosition));
    cy.on("mouseout", "node, edge", () => say(null));
    cy.on("pan zoom", () => say(null));
    cy.on("select unselect", "node", () => lit(cy));
    cy.on("tap", () => say(null));
    document.getElementById("canvas").addEventListener("keydown", key);
    document.getElementById("canvas").addEventListener("blur", () => say(null));
    new ResizeObserver(() => {
      cy.resize();
      const chosen = cy.nodes(":selected");
      if (chosen.length && (chosen.renderedPosition("x") > cy.width() - 60 || chosen.renderedPosition("x") < 60)) cy.center(chosen);
    }).observe(document.getElementById("canvas"));
  }

  let last = null;
  function attach(drawn, search) {
    const same = JSON.stringify(drawn) === last;
    const again = (tries) => {
      const cy = graph();
      if (!cy || (!same && !cy.nodes().length)) { if (tries) setTimeout(() => again(tries - 1), 40); return; }
      bound(cy);
      if (!same) { last = JSON.stringify(drawn); setTimeout(() => { framed(cy); lit(cy); cy.scratch("_framed", true); document.getElementById("canvas").setAttribute("data-ready", "true"); }, 60); }
      const at = new URLSearchParams(search || "").get("at");
      const node = at ? cy.getElementById(at) : cy.collection();
      if (!at) cy.nodes(":selected").unselect();
      else if (node.length && !node.selected()) choose(cy, node);
      lit(cy);
    };
    if (drawn && drawn.view === "graph") again(50); else last = null;
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { explorer: { surroundings, attach } });

  new MutationObserver(() => {
    root.setAttribute("data-ag-theme-mode", surroundings().theme);
    if (document.getElementById("network")) window.dash_clientside.set_props("investigation-theme", { data: surroundings() });
    if (document.getElementById("explorer-body")) window.dash_clientside.set_props("surroundings", { data: surroundings() });
  }).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#fit") && graph()) graph().fit(graph().elements(), 36);
  });
})();
