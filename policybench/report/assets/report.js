"use strict";
// Draws figures when they come into view, and lets tables be sorted.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function themed(layout) {
  const style = getComputedStyle(document.body);
  const [ink, line, faint] = ["--ink", "--line", "--faint"].map((name) => style.getPropertyValue(name).trim());
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 12 },
    margin: { l: 56, r: 12, t: 34, b: 44 }, // the toolbar has its room at the top, above all lines and labels
    showlegend: false,
    modebar: { bgcolor: "rgba(0,0,0,0)", color: faint, activecolor: ink },
    hovermode: "closest",
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
    shapes: (layout.shapes || []).map((shape) => ({ ...shape, line: { ...shape.line, color: ink } })),
  };
}

function hiddenTags(id) {
  const boxes = document.querySelectorAll(`input[data-for="${CSS.escape(id)}"]`);
  return new Set([...boxes].filter((box) => !box.checked).map((box) => box.dataset.tag));
}

function visibility(traces, id) {
  const hidden = hiddenTags(id);
  return traces.map((trace) => !(trace.meta || []).some((tag) => hidden.has(tag)));
}

function drawFigure(element) {
  const source = document.querySelector(`script[data-figure="${CSS.escape(element.id)}"]`);
  const { data, layout } = JSON.parse(source.textContent);
  const visible = visibility(data, element.id);
  const traces = data.map((trace, index) => ({ ...trace, visible: visible[index] }));
  Plotly.newPlot(element, traces, themed(layout), { responsive: true, displaylogo: false, displayModeBar: "hover" });
  element.dataset.drawn = "yes";
}

const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting && !entry.target.dataset.drawn) drawFigure(entry.target);
  }
}, { rootMargin: "300px" });
document.querySelectorAll(".figure").forEach((element) => observer.observe(element));

document.addEventListener("change", (event) => {
  const id = event.target.dataset && event.target.dataset.for;
  const element = id && document.getElementById(id);
  if (element && element.dataset.drawn) {
    Plotly.restyle(element, { visible: visibility(element.data, id) });
  }
});

dark.addEventListener("change", () => {
  document.querySelectorAll(".figure[data-drawn]").forEach(drawFigure);
});

function key(row, column) {
  const text = row.cells[column].dataset.value ?? row.cells[column].textContent;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function sortBy(table, column) {
  const headings = [...table.tHead.rows[0].cells];
  const ascending = headings[column].getAttribute("aria-sort") === "descending";
  const rows = [...table.tBodies[0].rows];
  const order = (one, other) => {
    const [a, b] = [key(one, column), key(other, column)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return ascending ? difference : -difference;
  };
  rows.sort(order).forEach((row) => table.tBodies[0].append(row));
  headings.forEach((heading) => heading.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    cell.querySelector("button").addEventListener("click", () => sortBy(table, column));
  });
}

// A link to a run opens it.
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}
window.addEventListener("hashchange", openTarget);
openTarget();
