// The board: cards move by dragging, by their arrow button and by Shift with the arrow keys; all three end in the same request, message
// and Undo. Contract: .kanban[data-move-url with {id}]; lists [data-stage][data-label] of cards .kc[data-id][data-title]; a list with
// data-ask names a <dialog> that asks which of several stages is meant. The answer may bring {columns: {stage: {count, sum, share}}, message}.
"use strict";
{
  const { $, $$, post, toast, say, parts } = Cartera;
  const board = () => $(".kanban"), columns = () => $$("[data-stage]");
  const label = (column) => column.dataset.label || column.dataset.stage;

  const heads = (known) => {
    for (const [stage, figures] of Object.entries(known || {})) {
      for (const what of ["count", "sum"]) $$(`[data-${what}-of="${CSS.escape(stage)}"]`).forEach((e) => { e.textContent = figures[what]; });
      $$(`[data-share-of="${CSS.escape(stage)}"] rect`).forEach((e) => e.setAttribute("width", `${figures.share * 100}%`));
    }
  };
  // The card stands in its new place already; a refusal puts it back
  const send = async (card, from, before, stage, quiet = false) => {
    const back = () => { from.insertBefore(card, before?.parentElement === from ? before : null); };
    const to = card.closest("[data-stage]");
    let answer;
    try { answer = await post(board().dataset.moveUrl.replace("{id}", card.dataset.id), { stage }); } catch { answer = null; }
    if (!answer?.ok) {
      back();
      const told = answer && (answer.headers.get("Content-Type") || "").includes("json") ? (await answer.json()).detail : "";
      toast(told || $("[data-toasts]").dataset.failed, "bad");
      return;
    }
    const told = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    heads(told.columns);
    const words = told.message || `${card.dataset.title}: ${label(to)}`;
    say(words);
    if (!quiet) toast(words, "ok", () => { back(); send(card, to, null, from.dataset.stage, true); card.querySelector("a, button")?.focus(); });
  };
  const ask = (column) => new Promise((done) => {
    const dialog = document.getElementById(column.dataset.ask);
    if (!dialog) { done(column.dataset.stage); return; }
    dialog.returnValue = "";
    dialog.addEventListener("close", () => done(dialog.returnValue || null), { once: true });
    dialog.showModal();
  });
  const moved = async (card, from, before, to) => {
    const stage = to.dataset.ask ? await ask(to) : to.dataset.stage;
    if (stage) await send(card, from, before, stage); else from.insertBefore(card, before?.parentElement === from ? before : null);
  };
  const step = (card, by) => {
    const all = columns(), from = card.closest("[data-stage]"), to = all[all.indexOf(from) + by], before = card.nextElementSibling;
    if (!to || card.matches("[data-fixed]")) return;
    const focus = document.activeElement;
    to.prepend(card);
    focus?.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    moved(card, from, before, to);
  };

  document.addEventListener("click", (e) => { const button = e.target.closest("[data-move]"); if (button) { e.preventDefault(); step(button.closest(".kc"), 1); } });
  document.addEventListener("keydown", (e) => {
    const card = e.target.closest?.(".kc"), by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (card && by && e.shiftKey) { e.preventDefault(); step(card, by); }
  });
  parts.kanban = () => columns().forEach((column) => {
    if (column.dataset.armed) return;
    column.dataset.armed = "1";
    let before = null;
    window.Sortable.create(column, {
      group: "stages", animation: 120, draggable: ".kc", filter: "[data-fixed]", preventOnFilter: false, ghostClass: "ghost", delay: 150, delayOnTouchOnly: true,
      onStart: (e) => { before = e.item.nextElementSibling; },
      onEnd: (e) => { if (e.from !== e.to) moved(e.item, e.from, before, e.to); },
    });
  });
}
