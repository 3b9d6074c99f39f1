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
  const draw = (canvas, c) => {
    drawn.get(canvas)?.destroy();
    const rows = $$("tbody tr", $(canvas.dataset.from)), kind = canvas.dataset.kind, line = kind === "line", lying = kind === "hbar";
    const cells = rows.map((row) => $("[data-v]", row)).filter(Boolean);
    if (!cells.length) { canvas.closest(".fold")?.classList.remove("fold"); canvas.parentElement.hidden = true; return; }
    const axis = { grid: { display: false }, border: { display: false }, ticks: { autoSkip: line, maxRotation: 0 } };
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
        labels: rows.map((row) => row.children[0].textContent),
        datasets: [{
          data: cells.map((cell) => +cell.dataset.v), backgroundColor: line ? c["--brand-wash"] : c["--c1"], borderColor: c["--c1"], borderWidth: line ? 2 : 0,
          fill: line, pointRadius: line ? 2.5 : 0, pointBackgroundColor: c["--c1"], maxBarThickness: lying ? 14 : 22, borderRadius: 2, tension: 0,
        }],
      },
      options: {
        indexAxis: lying ? "y" : "x", maintainAspectRatio: false, animation: false, layout: { padding: lying ? { right: 56 } : { right: 4, top: 14 } },
        plugins: { legend: { display: false } }, scales: lying ? { y: axis, x: value } : { x: axis, y: value },
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
  document.addEventListener("cartera:look", () => { if (window.Chart) all(); });
}
