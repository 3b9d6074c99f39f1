// Lines of an invoice: Enter adds one, Alt ↑↓ moves it, rows from a spreadsheet can be pasted; totals come from the server, so that they
// are rounded once, there. Contract: [data-lines data-totals-url] with tr[data-line] in its tbody, <template data-line>, buttons
// [data-add] [data-remove], cells [data-amount]; fields have the same name in each line and are read in their order. data-label="Price, line
// {n}" on fields. The answer to the posted form: {lines: [text], totals: [{label, value, sum}], wrong: [{name, line, text}]}: amounts and sums
// drawn into [data-totals], and which numbers are in none of them, said at the field once one has left it.
"use strict";
{
  const { $, $$, make, token, parts, say } = Cartera;
  const area = () => $("[data-lines]"), rows = () => $$("tr[data-line]", area());
  const fields = (row) => $$("input:not([type=hidden]), select, textarea", row);
  let timer, turn = 0;

  const number = () => rows().forEach((row, i) => $$("[data-label]", row).forEach((e) => e.setAttribute("aria-label", e.dataset.label.replace("{n}", i + 1))));
  const changed = () => { number(); area().dispatchEvent(new Event("input", { bubbles: true })); };
  const add = (after = null, focus = true) => {
    const row = $("template[data-line]", area()).content.firstElementChild.cloneNode(true);
    if (after) after.after(row); else $("tbody", area()).append(row);
    changed();
    if (focus) fields(row)[0]?.focus();
    return row;
  };
  const remove = (row) => {
    const all = rows(), at = all.indexOf(row);
    if (all.length === 1) add(row, false);
    row.remove();
    changed();
    fields(rows()[Math.min(at, rows().length - 1)])[0]?.focus();
  };
  const move = (row, by) => {
    const all = rows(), other = all[all.indexOf(row) + by];
    if (!other) return;
    const focus = document.activeElement;
    if (by < 0) other.before(row); else other.after(row);
    focus.focus();
    changed();
    say(`${all.indexOf(row) + by + 1} / ${all.length}`);
  };
  const totals = async () => {
    const mine = ++turn, url = area().dataset.totalsUrl, form = area().closest("form");
    if (!url || !form) return;
    const body = new FormData(form);
    for (const [key, value] of [...body]) if (value instanceof File) body.delete(key);
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() || "" } });
    if (!answer.ok || mine !== turn) return;
    const told = await answer.json();
    rows().forEach((row, i) => { const cell = $("[data-amount]", row); if (cell) cell.textContent = told.lines[i] ?? ""; });
    $("[data-totals]")?.replaceChildren(...told.totals.flatMap((t) => [make("dt", { class: t.sum ? "sum" : "" }, t.label), make("dd", { class: t.sum ? "sum" : "" }, t.value)]));
    wrong(form, told.wrong || []);
  };
  const wrong = (form, told) => {
    for (const said of $$("[data-live]", form)) {
      const field = said.previousElementSibling;
      field.classList.remove("is-invalid");
      for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
      said.remove();
    }
    for (const { name, line, text } of told) {
      const field = line === null ? form.elements[name] : $(`[name="${name}"]`, rows()[line]);
      if (!field || field === document.activeElement || field.matches(".is-invalid")) continue; // said by the page already
      const id = `live-${name}-${line}`;
      field.after(make("span", { class: "err", id, "data-live": "" }, text));
      field.classList.add("is-invalid");
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(totals, 250); };
  const choose = (field, text) => {
    if (field.tagName !== "SELECT") { field.value = text; return; }
    const option = [...field.options].find((o) => o.text.trim().toLowerCase() === text.toLowerCase() || o.value === text);
    if (option) field.value = option.value;
  };

  document.addEventListener("click", (e) => {
    if (!area()) return;
    if (e.target.closest("[data-add]")) { e.preventDefault(); add(); }
    const gone = e.target.closest("[data-remove]");
    if (gone) { e.preventDefault(); remove(gone.closest("tr")); }
  });
  document.addEventListener("keydown", (e) => {
    const row = e.target.closest?.("[data-lines] tr[data-line]");
    if (!row) return;
    if (e.key === "Enter" && !e.ctrlKey && !e.metaKey && e.target.matches("input")) { e.preventDefault(); add(row); }
    if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) { e.preventDefault(); move(row, e.key === "ArrowUp" ? -1 : 1); }
  });
  document.addEventListener("paste", (e) => {
    const row = e.target.closest?.("[data-lines] tr[data-line]"), text = e.clipboardData?.getData("text/plain") || "";
    if (!row || !/[\t\n]/.test(text.trim())) return;
    e.preventDefault();
    const from = fields(row).indexOf(e.target);
    let into = row;
    for (const [i, line] of text.replace(/\r/g, "").replace(/\n+$/, "").split("\n").entries()) {
      if (i) into = into.nextElementSibling?.matches("tr[data-line]") && !fields(into.nextElementSibling)[0].value ? into.nextElementSibling : add(into, false);
      line.split("\t").forEach((value, k) => { const field = fields(into)[from + k]; if (field) choose(field, value.trim()); });
    }
    changed();
  });
  document.addEventListener("input", (e) => { if (e.target.closest?.("form")?.contains(area())) later(); });
  document.addEventListener("change", (e) => { if (e.target.closest?.("form")?.contains(area())) later(); });

  parts.lines = () => {
    const body = $("tbody", area());
    number();
    if (window.Sortable && !body.dataset.armed) window.Sortable.create(body, { handle: ".grip", draggable: "tr[data-line]", animation: 120, onEnd: changed });
    body.dataset.armed = "1";
  };
}
