// The text editor over <textarea data-editor>: Jodit, kept from loading anything from elsewhere. [data-macro="_name_"] inserts at the caret.
"use strict";
{
  const { $$, parts } = Cartera;
  const made = new Map();
  let last = null;
  const options = (area) => ({
    language: document.documentElement.lang.slice(0, 2),
    theme: document.documentElement.dataset.bsTheme === "dark" ? "dark" : "default",
    minHeight: 320, toolbarAdaptive: true, hidePoweredByJodit: true, showCharsCounter: false, showWordsCounter: false, showXPathInStatusbar: false,
    sourceEditor: "area", beautifyHTML: false, // by default both come from a CDN
    uploader: { insertImageAsBase64URI: true }, askBeforePasteHTML: false, askBeforePasteFromWord: false,
    disablePlugins: ["ai-assistant", "speech-recognize", "about", "powered-by-jodit", "iframe", "video", "file", "media"],
    buttons: ["bold", "italic", "underline", "|", "ul", "ol", "|", "font", "fontsize", "brush", "paragraph", "align", "|", "image", "table", "link", "hr", "|", "undo", "redo", "eraser", "source", "fullsize"],
    ariaLabel: area.labels?.[0]?.textContent.trim(),
  });
  parts.editor = () => $$("textarea[data-editor]").forEach((area) => {
    if (made.has(area)) return;
    const editor = window.Jodit.make(area, options(area));
    made.set(area, editor);
    editor.editor.setAttribute("aria-label", area.labels?.[0]?.textContent.trim() || area.name);
    editor.events.on("focus", () => { last = editor; });
    editor.events.on("change", () => area.dispatchEvent(new Event("input", { bubbles: true })));
    document.dispatchEvent(new CustomEvent("cartera:pristine"));
  });
  document.addEventListener("click", (e) => {
    const macro = e.target.closest("[data-macro]");
    if (!macro) return;
    const editor = last || made.values().next().value;
    if (editor) { editor.s.insertHTML(macro.dataset.macro); editor.s.focus(); return; }
    const area = document.querySelector("textarea[data-macros]"); // templates that are plain text
    if (area) { area.setRangeText(macro.dataset.macro, area.selectionStart, area.selectionEnd, "end"); area.focus(); area.dispatchEvent(new Event("input", { bubbles: true })); }
  });
}
