// Charts are drawn from the table that stands beside them: no table, no chart. Bars carry their figures; a line is for time only.
"use strict";
{
  const { $, $$, parts } = Cartera;
  const drawn = new Map();

  const colours = () => {
    const probe = document.createElement("i");
    document.body.append(probe);
    const of = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
    const found = Object.fromEntries(["--soft", "--ink", "--line", "--c1", "--brand-wash"].map((name) => [name, of(name)]));
    probe.remove();
    return found;
  };
  const name = (row) => row.children[0].textContent;
  // Under upright bars a month's year stands on a line of its own, once: twelve of them have no room for more
  const months = (names) => names.map((text, i) => {
    const year = text.match(/^(.+) (\d{4})$/);
    return !year ? text : names[i - 1]?.endsWith(` ${year[2]}`) ? [year[1], ""] : [year[1], year[2]];
  });
  const draw = (canvas, c) => {
    drawn.get(canvas)?.destroy();
    const kind = canvas.dataset.kind, line = kind === "line", lying = kind === "hbar";
    const rows = $$("tbody tr:not([data-rest])", $(canvas.dataset.from)).slice(0, lying ? 12 : undefined); // the note below says so where there are more
    const link = (hit) => hit.length ? $("a", rows[hit[0].index]) : null;
    const cells = rows.map((row) => $("[data-v]", row)).filter(Boolean);
    if (!cells.length) { canvas.closest(".fold")?.classList.remove("fold"); canvas.parentElement.hidden = true; return; }
    const axis = { grid: { display: false }, border: { display: false }, ticks: { autoSkip: !lying, autoSkipPadding: 2, maxRotation: 0 } };
    // The names of lying bars may take three fifths: the library gives them less and cuts what is longer
    if (lying) axis.afterFit = (scale) => { scale.width = Math.min(Math.max(...scale._labelSizes.widths.map(Math.ceil)) + 14, scale.chart.width * .6); };
    const value = { display: !lying, beginAtZero: true, grid: { color: c["--line"] }, border: { display: false }, ticks: { maxTicksLimit: 5 } };
    const figures = {
      id: "figures",
      afterDatasetsDraw(chart) {
        const pen = chart.ctx;
        pen.fillStyle = c["--ink"];
        pen.textBaseline = lying ? "middle" : "bottom";
        pen.textAlign = lying ? "left" : "center";
        chart.getDatasetMeta(0).data.forEach((bar, i) => pen.fillText(cells[i].textContent, lying ? bar.x + 6 : bar.x, lying ? bar.y : bar.y - 3));
      },
    };
    drawn.set(canvas, new window.Chart(canvas, {
      type: line ? "line" : "bar",
      data: {
        labels: kind === "bar" ? months(rows.map(name)) : rows.map(name),
        datasets: [{
          data: cells.map((cell) => +cell.dataset.v), backgroundColor: line ? c["--brand-wash"] : c["--c1"], borderColor: c["--c1"], borderWidth: line ? 2 : 0,
          fill: line, pointRadius: line ? 2.5 : 0, pointBackgroundColor: c["--c1"], maxBarThickness: lying ? 14 : 22, borderRadius: 2, tension: 0,
        }],
      },
      options: {
        indexAxis: lying ? "y" : "x", maintainAspectRatio: false, animation: false, layout: { padding: lying ? { right: 56 } : { right: 4, top: 14 } },
        plugins: { legend: { display: false } },
        onClick: (_e, hit) => link(hit)?.click(),
        onHover: (e, hit) => { e.native.target.style.cursor = link(hit) ? "pointer" : ""; },
        scales: lying ? { y: axis, x: value } : { x: axis, y: value },
      },
      plugins: line ? [] : [figures],
    }));
  };
  const all = () => {
    const c = colours();
    Object.assign(window.Chart.defaults.font, { family: getComputedStyle(document.body).fontFamily, size: 12 });
    window.Chart.defaults.color = c["--soft"];
    for (const [canvas, chart] of drawn) if (!canvas.isConnected) { chart.destroy(); drawn.delete(canvas); }
    $$("canvas[data-from]").forEach((canvas) => draw(canvas, c));
  };
  parts.charts = () => document.fonts.ready.then(all);
  const again = () => { if (window.Chart) all(); };
  document.addEventListener("cartera:look", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again); // the system's look, where nobody has chosen one
}
