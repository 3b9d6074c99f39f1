// Lists: rows by j and k, selection, the bulk bar that takes the foot's place. Delegated: a table that htmx brings works at once.
"use strict";
{
  const { $, $$ } = Cartera;
  const boxes = () => $$("[data-rows] tbody input[type=checkbox]");
  let last = -1;

  const count = () => {
    const bar = $(".bulk"), all = boxes(), chosen = all.filter((b) => b.checked).length, head = $("[data-rows] [data-all]");
    all.forEach((b) => b.closest("tr").setAttribute("aria-selected", String(b.checked)));
    if (head) { head.checked = chosen > 0 && chosen === all.length; head.indeterminate = chosen > 0 && chosen < all.length; }
    if (!bar) return;
    bar.toggleAttribute("data-empty", !chosen);
    const words = $("[data-n]", bar), more = $("[data-select-all]", bar), matching = $("[data-all-matching]", bar);
    matching.value = "";
    words.textContent = words.dataset.words.replace("{n}", chosen);
    if (more) more.hidden = chosen < all.length;
  };
  const clear = () => { boxes().forEach((b) => { b.checked = false; }); count(); };
  const range = (to) => {
    const all = boxes(), from = last < 0 ? to : last;
    for (let i = Math.min(from, to); i <= Math.max(from, to); i++) all[i].checked = true;
    count();
  };

  document.addEventListener("change", (e) => {
    if (!e.target.closest("[data-rows]") || e.target.type !== "checkbox") return;
    if (e.target.matches("[data-all]")) boxes().forEach((b) => { b.checked = e.target.checked; }); else last = boxes().indexOf(e.target);
    count();
  });
  document.addEventListener("click", (e) => {
    if (e.shiftKey && e.target.matches("[data-rows] tbody input[type=checkbox]")) range(boxes().indexOf(e.target));
    if (e.target.closest("[data-clear]")) clear();
    const more = e.target.closest("[data-select-all]");
    if (more) { $("[data-all-matching]").value = "1"; $("[data-n]").textContent = more.textContent; more.hidden = true; }
  });

  const step = (by) => {
    const rows = $$("[data-rows] tbody tr"), at = rows.findIndex((r) => r.classList.contains("at"));
    if (!rows.length) return;
    const next = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by));
    rows[at]?.classList.remove("at");
    rows[next].classList.add("at");
    $("th a, td a", rows[next])?.focus();
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true], dialog, details[open]")) return;
    if (e.key === "Escape" && boxes().some((b) => b.checked)) { clear(); return; }
    if (document.body.dataset.keys === "off" || !$("[data-rows]")) return;
    const row = $("[data-rows] tr.at"), box = row && $("input[type=checkbox]", row);
    if (e.key === "j") step(1);
    else if (e.key === "k") step(-1);
    else if (e.key === "x" && box) box.click();
    else if (e.key === "X" && box) range(boxes().indexOf(box));
    else if (e.key === "e" && row) { const link = $("[data-edit]", row) || $("th a", row); if (link) location.href = link.href; }
  });
  if ($("[data-rows]")) count();
}
