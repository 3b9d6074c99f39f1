// What every page has: menus, drawer, look, messages, parts that load when they are needed. Behaviour hangs on data-… attributes and is
// delegated, so that HTML that htmx brings works at once. No eval, no inline handlers: the CSP forbids both.
"use strict";
const Cartera = (() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const root = document.documentElement;
  const store = {
    get(key, or = null, where = localStorage) { try { return JSON.parse(where.getItem(key)) ?? or; } catch { return or; } },
    set(key, value, where = localStorage) { try { where.setItem(key, JSON.stringify(value)); } catch { /* a full or forbidden store */ } },
  };
  const token = () => $("meta[name=csrf-token]")?.content;

  // An element: make("li", {role: "option"}, "text", child …). Text is never read as HTML.
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(key, value);
    element.append(...inside.filter((part) => part !== null && part !== undefined));
    return element;
  };
  const sprite = () => $(".ti use")?.getAttribute("href").split("#")[0];
  const icon = (name) => {
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), use = document.createElementNS(ns, "use");
    svg.setAttribute("class", "ti");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sprite()}#${name}`);
    svg.append(use);
    return svg;
  };
  const post = (url, fields = {}) => {
    const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
    return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token() || "", Accept: "application/json" }, credentials: "same-origin" });
  };

  // Messages: 8 s, paused while the pointer or the focus is on them
  const box = () => $("[data-toasts]");
  const arm = (toast) => {
    let timer;
    const go = () => toast.remove(), start = () => { clearTimeout(timer); timer = setTimeout(go, 8000); }, stop = () => clearTimeout(timer);
    $("[data-dismiss]", toast)?.removeAttribute("hidden");
    for (const on of ["pointerenter", "focusin"]) toast.addEventListener(on, stop);
    for (const off of ["pointerleave", "focusout"]) toast.addEventListener(off, start);
    start();
  };
  // undo: a function, or null
  const toast = (text, kind = "ok", undo = null) => {
    const place = box();
    if (!place) return;
    const line = make("div", { class: `toast-x ${kind}`, "data-toast": "" }, make("span", {}, text));
    if (undo) {
      const button = make("button", { class: "btn", type: "button" }, place.dataset.undo);
      button.addEventListener("click", () => { line.remove(); undo(); });
      line.append(button);
    }
    line.append(make("button", { class: "btn btn-icon", type: "button", "data-dismiss": "", "aria-label": place.dataset.close }, icon("x")));
    place.append(line);
    arm(line);
  };
  const live = make("div", { class: "visually-hidden", role: "status" });
  const say = (text) => { live.textContent = text; };

  // Parts: scripts and styles that only some pages need. Each part script adds Cartera.parts.<name>(root).
  const wanted = { pick: "select[data-pick], select[data-linked]", charts: "canvas[data-from]", kanban: "[data-stage]", editor: "textarea[data-editor]", lines: "[data-lines]" };
  const parts = {}, loading = {}, loads = {};
  const load = (url) => loads[url] ??= new Promise((done, failed) => {
    const style = url.split("?")[0].endsWith(".css");
    const element = style ? make("link", { rel: "stylesheet", href: url }) : make("script", { src: url });
    element.onload = done;
    element.onerror = () => failed(new Error(`${url} can't be loaded`));
    if (style) $("link[data-own]").before(element); else document.head.append(element); // ours come last and win
  });
  const upgrade = (where) => {
    const addresses = JSON.parse(document.body.dataset.parts || "{}");
    for (const [name, selector] of Object.entries(wanted)) {
      if (!addresses[name] || !(where.matches?.(selector) || $(selector, where))) continue;
      loading[name] ??= addresses[name].reduce((before, url) => before.then(() => load(url)), Promise.resolve());
      loading[name].then(() => parts[name]?.(where)).catch((error) => console.error(error));
    }
    $$("[data-toast]", where).forEach((t) => { if (!t.dataset.armed) { t.dataset.armed = "1"; arm(t); } });
  };

  // Light and dark, density: at once, and kept in the user's settings
  const look = (what) => {
    const key = what === "theme" ? "bsTheme" : "density", [a, b] = what === "theme" ? ["light", "dark"] : ["compact", "comfortable"];
    const value = root.dataset[key] === a ? b : a;
    root.dataset[key] = value;
    if (what === "theme") root.dataset.theme = value;
    if (token()) post("/me/look", { [what]: value }); else try { localStorage.setItem(what, value); } catch { /* not kept, then */ }
    document.dispatchEvent(new CustomEvent("cartera:look"));
  };

  const panel = (link, show) => {
    const target = document.getElementById(link.dataset.panel);
    if (!target) return;
    target.hidden = show === undefined ? !target.hidden : !show;
    link.setAttribute("aria-expanded", String(!target.hidden));
    if (!target.hidden) $("input:not([type=hidden]), select, textarea", target)?.focus();
  };

  document.addEventListener("click", (e) => {
    const hit = (selector) => e.target.closest(selector);
    for (const menu of $$("details.drop[open]")) if (!menu.contains(e.target)) menu.open = false;
    let found;
    if ((found = hit("[data-look]"))) look(found.dataset.look);
    else if ((found = hit("[data-nav]"))) { e.preventDefault(); found.setAttribute("aria-expanded", String(document.body.classList.toggle("nav-open"))); }
    else if ((found = hit("[data-panel]"))) { e.preventDefault(); panel(found); }
    else if ((found = hit("[data-open]"))) document.getElementById(found.dataset.open)?.showModal();
    else if ((found = hit("[data-dismiss]"))) found.closest("[data-toast]").remove();
    else if ((found = hit("[data-tables]"))) found.setAttribute("aria-pressed", String(document.body.classList.toggle("as-tables")));
    else if (hit("[data-print]")) window.print();
    else if ((found = hit("[data-copyable]"))) navigator.clipboard?.writeText(found.textContent);
    else if (e.target.matches?.("dialog[open]") && e.target.id === "palette") e.target.close();
    if (document.body.classList.contains("nav-open") && !hit("#side") && !hit("[data-nav]")) {
      document.body.classList.remove("nav-open");
      $("[data-nav]")?.setAttribute("aria-expanded", "false");
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    const open = $$("details.drop[open]").at(-1);
    if (open) { open.open = false; $("summary", open).focus(); e.preventDefault(); return; }
    const shown = $$("[data-panel][aria-expanded=true]").at(-1);
    if (shown && !e.target.closest("dialog")) { panel(shown, false); shown.focus(); e.preventDefault(); }
  });

  // htmx: what can't be done says so; the old value stays
  document.addEventListener("htmx:response:error", (e) => {
    const { response, text } = e.detail.ctx;
    if (response.status !== 422) toast((response.headers.get("Content-Type") || "").startsWith("text/plain") && text ? text : box().dataset.failed, "bad");
  });
  document.addEventListener("htmx:error", (e) => { if (e.detail.ctx) toast(box()?.dataset.failed, "bad"); });
  document.addEventListener("htmx:before:request", (e) => { e.detail.ctx?.target?.setAttribute?.("aria-busy", "true"); });
  document.addEventListener("htmx:finally:request", (e) => { e.detail.ctx?.target?.removeAttribute?.("aria-busy"); });

  // Figures in the menu come after the page, at most once a minute
  const figures = async () => {
    const nav = $("[data-figures]"), url = nav?.dataset.figures;
    if (!url || !$("[data-badge]", nav)) return;
    const key = `figures:${document.body.dataset.user}`;
    let known = store.get(key, null, sessionStorage);
    if (!known || Date.now() - known.at > 60000) {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      known = { at: Date.now(), of: await answer.json() };
      store.set(key, known, sessionStorage);
    }
    for (const mark of $$("[data-badge]", nav)) {
      const figure = known.of[mark.dataset.badge];
      if (!figure) continue;
      mark.classList.toggle("late", figure.late);
      if (figure.late) mark.textContent = figure.words;
      else mark.replaceChildren(make("span", { "aria-hidden": "true" }, String(figure.n)), make("span", { class: "visually-hidden" }, figure.words));
      mark.title = figure.words;
      mark.hidden = false;
    }
  };

  // Work that runs in the background shows in the top bar, and says when it has ended
  const jobs = async () => {
    const place = $("[data-jobs]"), key = `jobs:${document.body.dataset.user}`;
    if (!place?.dataset.jobs) return;
    const known = store.get(key, { at: 0, running: [] }, sessionStorage);
    if (!known.running.length && Date.now() - known.at < 30000) return;
    const answer = await fetch(place.dataset.jobs, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const running = (await answer.json()).jobs.map(({ id, label, done, total }) => ({ id, label, done: done || 0, total: total || 0 }));
    for (const job of known.running) if (!running.some((r) => r.id === job.id)) toast(`${job.label}: 100 %`);
    store.set(key, { at: Date.now(), running }, sessionStorage);
    place.hidden = !running.length;
    if (!running.length) return;
    const job = running[0], share = job.total ? Math.floor((job.done / job.total) * 100) : null;
    place.replaceChildren(
      icon("loader-2"), make("a", { class: "hid", href: `/jobs/${job.id}` }, job.label),
      make("progress", { max: 100, value: share, "aria-label": job.label }), share === null ? "" : `${share} %`,
    );
    setTimeout(jobs, 5000);
  };

  // A page that follows long work: the middle is fetched again until it no longer asks for that
  const follow = () => {
    const waiting = $("[data-refresh]");
    if (!waiting) return;
    setTimeout(async () => {
      const answer = await fetch(waiting.dataset.refresh, { headers: { Accept: "text/html" } });
      if (answer.ok) $("main").replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main").childNodes);
      follow();
    }, 2000);
  };

  // What was seen last, for the palette and for pages that are not there; forgotten on signing out
  const seenKey = `seen:${document.body.dataset.user}`, seen = () => store.get(seenKey, []);
  const record = $("[data-record]");
  if (record) {
    const me = { t: record.dataset.record, u: location.pathname, i: record.dataset.icon };
    store.set(seenKey, [me, ...seen().filter((r) => r.u !== me.u)].slice(0, 8));
  }
  const list = $("[data-last-seen]");
  if (list) list.append(...seen().map((r) => make("li", {}, icon(r.i || "history"), make("a", { class: "b", href: r.u }, r.t))));
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("[data-signout]")) return;
    try { localStorage.removeItem(seenKey); sessionStorage.clear(); } catch { /* nothing was kept */ }
  });

  (document.querySelector("main") || document.body).append(live);
  upgrade(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) upgrade(node);
  }).observe(document.body, { childList: true, subtree: true });
  figures();
  jobs();
  follow();
  return { $, $$, make, icon, post, token, toast, say, store, parts, panel, seen };
})();
