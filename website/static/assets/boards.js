"use strict";
// Filters the rows of leaderboards, lets a row point at its curve, and follows the site's light and dark theme.
// Sorting and figures come from report.js, which is loaded before.

function filterRows() {
  const chosen = [...document.querySelectorAll("select[data-filter]")].filter((select) => select.value);
  const rows = document.querySelectorAll("[data-kind]");
  for (const row of rows) {
    row.hidden = chosen.some((select) => row.dataset[select.dataset.filter] !== select.value);
  }
  const shown = [...rows].filter((row) => row.tagName === "TR");
  const count = document.querySelector("[data-count]");
  if (count) count.textContent = `${shown.filter((row) => !row.hidden).length} of ${shown.length} rows`;
  const figure = document.querySelector(".figure[data-drawn]");
  if (figure) Plotly.restyle(figure, { visible: figure.data.map((trace) => !hiddenRun(trace.meta[0])) });
}

function hiddenRun(slug) {
  const row = document.querySelector(`tr[data-run="${CSS.escape(slug)}"]`);
  return row !== null && row.hidden;
}

// A row that is pointed at leaves its own line alone at full strength.
function emphasise(slug) {
  const figure = document.querySelector(".figure[data-drawn]");
  if (!figure) return;
  Plotly.restyle(figure, { opacity: figure.data.map((trace) => (!slug || trace.meta[0] === slug ? 1 : 0.12)) });
}

document.querySelectorAll("select[data-filter]").forEach((select) => select.addEventListener("change", filterRows));
for (const row of document.querySelectorAll("tr[data-run]")) {
  row.addEventListener("mouseenter", () => emphasise(row.dataset.run));
  row.addEventListener("mouseleave", () => emphasise(""));
  row.addEventListener("focusin", () => emphasise(row.dataset.run));
  row.addEventListener("focusout", () => emphasise(""));
}
for (const link of document.querySelectorAll('tr[data-run] a[href^="#"]')) {
  // The address may already be that of a row which was closed again.
  link.addEventListener("click", () => { document.getElementById(link.hash.slice(1)).open = true; });
}
new MutationObserver(() => {
  document.querySelectorAll(".figure[data-drawn]").forEach(drawFigure);
}).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
filterRows();
