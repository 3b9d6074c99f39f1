// The palette (/ or Ctrl K) and single-key shortcuts, which are quiet while somebody types and can be turned off.
"use strict";
{
  const { $, $$, make, icon, store, seen } = Cartera;
  const palette = $("#palette"), list = $("#palette-list"), input = palette && $("input", palette);
  let asked = 0, timer, waiting = false, hurry = false;

  const open = () => { if (!palette || palette.open) return; input.value = ""; show(); palette.showModal(); };
  // Commands: what the New menu, the menu and this page's own buttons offer
  const commands = () => [...$$("[data-new]"), ...$$(".head > a.btn, .head > .drop a"), ...$$("#side a")]
    .map((a) => ({ url: a.href, title: a.textContent.trim().replace(/\s+/g, " ").replace(/ n \w$/, ""), more: palette.dataset.command, icon: a.matches("[data-new]") ? "plus" : "arrow-right" }))
    .filter((c) => c.title);
  const draw = (items) => {
    list.replaceChildren(...items.map((item, i) => {
      const li = make("li", { id: `pal-${i}`, role: "option", "aria-selected": String(i === 0) }, icon(item.icon || "file"), make("span", { class: "grow" }, item.title), make("span", { class: "grp" }, item.more || ""));
      li.dataset.url = item.url;
      return li;
    }));
    if (!items.length) list.append(make("li", { class: "none", role: "option", "aria-disabled": "true" }, palette.dataset.none));
    mark(0);
    waiting = false;
    if (hurry) { hurry = false; go($("[data-url]", list)); } // Enter was pressed before the answer came
  };
  const mark = (n) => {
    const all = $$("[data-url]", list);
    all.forEach((o, k) => o.setAttribute("aria-selected", String(k === n)));
    if (all[n]) { input.setAttribute("aria-activedescendant", all[n].id); all[n].scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
  };
  const show = async () => {
    const q = input.value.trim(), turn = ++asked, words = q.toLowerCase();
    const own = commands();
    if (q.length < 2) { draw([...seen().map((r) => ({ url: r.u, title: r.t, more: palette.dataset.last, icon: r.i || "history" })), ...own.filter((c) => c.title.toLowerCase().includes(words))].slice(0, 20)); return; }
    palette.setAttribute("aria-busy", "true");
    let groups = [];
    try {
      const answer = await fetch(`${palette.dataset.url}?q=${encodeURIComponent(q)}`, { headers: { Accept: "application/json" } });
      if (answer.ok) groups = (await answer.json()).groups;
    } finally { palette.removeAttribute("aria-busy"); }
    if (turn !== asked) return; // a later letter has been typed
    const found = groups.flatMap((g) => [
      ...g.items.map((r) => ({ ...r, icon: g.icon, more: r.more ? `${g.label} · ${r.more}` : g.label })),
      ...(g.url && g.items.length >= 5 ? [{ url: g.url, title: g.all || g.label, more: String(g.total), icon: "list" }] : []),
    ]);
    draw([...found, ...own.filter((c) => c.title.toLowerCase().includes(words)).slice(0, 6)]);
  };
  const go = (option, apart) => { if (!option) return; if (apart) window.open(option.dataset.url, "_blank", "noopener"); else location.href = option.dataset.url; };

  if (palette) {
    input.addEventListener("input", () => { clearTimeout(timer); waiting = input.value.trim().length > 1; hurry = false; timer = setTimeout(show, 120); });
    list.addEventListener("click", (e) => go(e.target.closest("[data-url]"), e.ctrlKey || e.metaKey));
    palette.addEventListener("keydown", (e) => {
      const all = $$("[data-url]", list), at = all.findIndex((o) => o.getAttribute("aria-selected") === "true");
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); if (all.length) mark((at + (e.key === "ArrowDown" ? 1 : -1) + all.length) % all.length); }
      if (e.key === "Enter") { e.preventDefault(); if (waiting) hurry = true; else go(all[at], e.ctrlKey || e.metaKey); }
    });
    document.addEventListener("click", (e) => { if (e.target.closest("[data-palette]") && !e.ctrlKey && !e.metaKey) { e.preventDefault(); open(); } });
  }

  // A folded menu shows its words when one points at it
  const tips = () => $$("#side a").forEach((a) => { if (document.documentElement.classList.contains("nav-thin")) a.title = $(".tx", a)?.textContent; else a.removeAttribute("title"); });
  tips();

  let lead = "", leadTimer;
  const typing = (e) => e.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true], dialog, .ts-control");
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); open(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e)) return;
    if (e.key === "?") { $("#keys")?.showModal(); return; }
    if (document.body.dataset.keys === "off") return;
    if (lead) {
      const link = lead === "g" ? $(`[data-go="${CSS.escape(e.key)}"]`) : $(`[data-new="${CSS.escape(e.key)}"]`);
      lead = "";
      if (link) { e.preventDefault(); location.href = link.href; }
      return;
    }
    if (e.key === "g" || e.key === "n") { lead = e.key; clearTimeout(leadTimer); leadTimer = setTimeout(() => { lead = ""; }, 1000); return; }
    if (e.key === "/") { e.preventDefault(); open(); }
    else if (e.key === "f") { const link = $("[data-key=filters]"); if (link) { e.preventDefault(); Cartera.panel(link); } }
    else if (e.key === "[") { store.set("nav", document.documentElement.classList.toggle("nav-thin") ? "thin" : "wide"); tips(); }
    else if (e.key === "e" && !$("tr.at")) $("[data-key=edit]")?.click();
    else if ((e.key === "j" || e.key === "k") && !$("[data-rows]")) $(`.crumb a[rel=${e.key === "j" ? "next" : "prev"}]`)?.click();
  });
}
