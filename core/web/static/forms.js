// Forms: unsaved changes, pressing twice, error summary, list of sections, dates, dropping files. Without scripts they just post.
"use strict";
{
  const { $, $$, make, token, toast } = Cartera;
  const guarded = $("form[data-guard]:not([data-guard=off])");
  let leaving = false, before = "";

  // Unsaved changes are said and asked about; a form that came back with errors holds changes from the start
  const state = (form) => new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, v instanceof File ? v.name : v])).toString();
  if (guarded) {
    before = $("[role=alert]", guarded) ? "" : state(guarded);
    const mark = $("[data-dirty]");
    const look = () => { if (mark) mark.hidden = state(guarded) === before; };
    for (const on of ["input", "change"]) guarded.addEventListener(on, () => queueMicrotask(look));
    document.addEventListener("cartera:pristine", () => { if (before) before = state(guarded); look(); }); // pickers and editors have settled
    look();
    addEventListener("beforeunload", (e) => { if (!leaving && state(guarded) !== before) e.preventDefault(); });
  }

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || form.method === "dialog") return;
    if (form.method === "get") { // empty filters don't lengthen the address
      for (const field of form.elements) if (field.name && !field.disabled && (!field.value || field.name.endsWith("__shown"))) { field.disabled = true; setTimeout(() => { field.disabled = false; }); }
      return;
    }
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    if (form === guarded) leaving = true;
    const buttons = [...form.elements, ...$$(`button[form="${form.id || "-"}"]`)].filter((b) => b.type === "submit");
    setTimeout(() => buttons.forEach((b) => { b.setAttribute("aria-disabled", "true"); if (b === e.submitter) b.setAttribute("aria-busy", "true"); }));
    if (e.submitter?.matches("[data-download]")) setTimeout(free, 3000, form, buttons);
  });
  const free = (form, buttons) => {
    delete form.dataset.sent;
    buttons.forEach((b) => { b.removeAttribute("aria-disabled"); b.removeAttribute("aria-busy"); });
  };
  addEventListener("pageshow", (e) => { // back to a page that was kept: it can be sent again
    if (e.persisted) $$("form[data-sent]").forEach((form) => free(form, $$("[aria-disabled]")));
    leaving = false;
  });
  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-discard]")) leaving = true;
    const date = e.target.closest("[data-date]");
    if (date) choose(date);
    const shown = e.target.closest("[data-show]");
    if (shown) {
      const field = document.getElementById(shown.dataset.show), on = field.type === "password";
      field.type = on ? "text" : "password";
      shown.setAttribute("aria-pressed", String(on));
    }
    if (e.target.closest("[data-copy-mine]")) {
      navigator.clipboard?.writeText($$("[data-mine]").map((m) => `${m.dataset.mine}: ${m.textContent}`).join("\n"));
    }
  });
  document.addEventListener("keydown", (e) => {
    if (!(e.ctrlKey || e.metaKey) || !["s", "Enter"].includes(e.key)) return;
    const button = $("[data-key=save]");
    if (button && !e.target.closest("dialog")) { e.preventDefault(); button.click(); }
  });

  // Dates: typed as one likes, or chosen beside; what is chosen is written as the server writes dates: 24 Nov 2026
  const months = () => Array.from({ length: 12 }, (_, m) =>
    new Intl.DateTimeFormat(document.documentElement.lang, { month: "short" }).format(new Date(2000, m, 1)).replace(".", ""));
  const written = (iso) => { const [y, m, d] = iso.split("-"); return iso && `${Number(d)} ${months()[m - 1]} ${y}`; };
  const read = (text) => {
    if (/^\d{4}-\d\d-\d\d/.test(text)) return text.slice(0, 10);
    const [, d, m, y] = text.match(/^(\d{1,2})[\s./-]+(\d{1,2}|\p{L}{3})\p{L}*[\s./-]+(\d{4})/u) || [];
    const n = Number(m) || months().findIndex((name) => name.slice(0, 3).toLowerCase() === m?.toLowerCase()) + 1;
    return n ? `${y}-${String(n).padStart(2, "0")}-${d.padStart(2, "0")}` : "";
  };
  const choose = (button) => {
    const field = document.getElementById(button.dataset.date);
    let native = button.nextElementSibling;
    if (!native) {
      native = make("input", { type: "date", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
      native.addEventListener("change", () => { field.value = written(native.value); field.dispatchEvent(new Event("input", { bubbles: true })); field.focus(); });
      button.after(native);
    }
    native.value = read(field.value.trim());
    native.showPicker();
  };
  const offer = () => { if ("showPicker" in HTMLInputElement.prototype) $$("[data-date]").forEach((b) => { b.hidden = false; }); };
  offer();
  $$("[data-copy-mine]").forEach((b) => { b.hidden = !navigator.clipboard; });
  $("[data-focus]")?.focus();

  // Caps Lock is told where passwords are typed
  document.addEventListener("keyup", (e) => {
    const hint = e.target.matches?.("input[type=password]") && $("[data-caps]");
    if (hint) hint.hidden = !e.getModifierState?.("CapsLock");
  });

  // The section one is in is marked in the list of sections
  const follow = () => {
    const toc = $("[data-toc]");
    if (!toc) return;
    const links = $$("a", toc), near = new IntersectionObserver((entries) => {
      const top = entries.find((entry) => entry.isIntersecting);
      if (top) links.forEach((a) => (a.hash === `#${top.target.id}` ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
    }, { rootMargin: "-10% 0px -70% 0px" });
    links.forEach((a) => { const section = document.getElementById(a.hash.slice(1)); if (section) near.observe(section); });
  };
  follow();

  // Another type has other fields: the form comes anew from the server, with what was typed, also in fields that go and come back
  const typed = {};
  const reload = async (choice) => {
    const form = choice.form, body = new FormData(form);
    for (const [key, value] of [...body]) if (value instanceof File) body.delete(key); else typed[key] = value;
    for (const [key, value] of Object.entries(typed)) if (!body.has(key) && !form.elements[key]) body.set(key, value);
    body.set("_reload", "1");
    form.setAttribute("aria-busy", "true");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": token() || "" } }).catch(() => null);
    form.removeAttribute("aria-busy");
    if (!answer?.ok) { toast($("[data-toasts]").dataset.failed, "bad"); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    before = "";
    form.replaceChildren(...page.getElementById(form.id).childNodes);
    $("[data-toc]")?.replaceWith($("[data-toc]", page));
    document.getElementById(choice.id)?.focus();
    offer();
    follow();
  };
  document.addEventListener("change", (e) => { if (e.target.matches?.("[data-reload-form]")) reload(e.target); });

  // A choice that can't be carried out yet disables its button: <input type=radio data-blocks="id of the button">
  const block = () => $$("[data-blocks]").forEach((choice) => { document.getElementById(choice.dataset.blocks).disabled = choice.checked; });
  document.addEventListener("change", (e) => { if (e.target.type === "radio") block(); });
  block();

  // The first cell with a problem is in sight, however wide the file is
  const problem = $(".imp .cell.p, .imp .cell.w"), wide = problem?.closest(".tw");
  if (wide && problem.offsetLeft + problem.offsetWidth > wide.clientWidth) wide.scrollLeft = problem.offsetLeft - wide.clientWidth / 2;

  // A conflict's chosen side is coloured
  $("[data-conflict]")?.addEventListener("change", (e) => {
    $$("td", e.target.closest("tr")).forEach((td) => td.classList.toggle("pickd", td.contains(e.target)));
  });

  // Files dropped anywhere on the page go to its drop zone
  const drop = $("[data-drop], [data-drop-one]");
  if (drop) {
    const input = $("input[type=file]", drop), has = (e) => e.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (e) => { if (has(e)) { e.preventDefault(); drop.classList.add("over"); } });
    document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) drop.classList.remove("over"); });
    document.addEventListener("drop", (e) => {
      if (!has(e)) return;
      e.preventDefault();
      drop.classList.remove("over");
      input.files = e.dataTransfer.files;
      if (drop.matches("form")) drop.requestSubmit(); else input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
