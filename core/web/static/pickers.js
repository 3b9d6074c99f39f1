// Choosing records: Tom Select over <select data-pick>, searched on the server (data-url) or over its own options. Lists that hang on
// another (<select data-linked data-linked-parent="field id" data-linked-options="lines of parent, tab, value">) keep to what fits it.
"use strict";
{
  const { $, $$, make, parts } = Cartera;

  const pick = (select) => {
    if (select.tomselect) return;
    select.classList.remove("form-select"); // the look of the plain list, while there is no script
    const url = select.dataset.url, many = select.multiple;
    const options = {
      plugins: many ? { remove_button: { title: "" } } : select.hasAttribute("aria-required") ? {} : { clear_button: { title: "", html: () => '<div class="clear-button" aria-hidden="true">×</div>' } },
      copyClassesToDropdown: false,
      maxOptions: 200,
      placeholder: select.dataset.placeholder || select.getAttribute("placeholder") || "",
      allowEmptyOption: false,
      onItemAdd() { this.setTextboxValue(""); this.refreshOptions(false); },
    };
    if (url) {
      let found = null; // what the server found last; what is chosen stays known without being offered again
      Object.assign(options, {
        valueField: "value", labelField: "text", searchField: [], // the server has searched already
        preload: "focus", loadThrottle: 150, score: () => (item) => (!found || found.has(String(item.value)) ? 1 : 0),
        shouldLoad: () => true,
        load(query, done) {
          const address = new URL(url, location.href);
          address.searchParams.set("q", query);
          fetch(address, { headers: { Accept: "application/json" } })
            .then((answer) => (answer.ok ? answer.json() : { items: [] }))
            .then(({ items }) => { this.clearOptions((option) => this.items.includes(String(option.value))); found = new Set(items.map((i) => String(i.value))); done(items); })
            .catch(() => done());
        },
        render: {
          option: (data, escape) => `<div>${escape(data.text)}${data.more ? `<span class="soft xs two">${escape(data.more)}</span>` : ""}</div>`,
          item: (data, escape) => `<div>${escape(data.text)}</div>`,
        },
      });
    }
    const made = new window.TomSelect(select, options);
    // What describes the select describes the box in which one types
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) if (select.hasAttribute(name)) made.control_input.setAttribute(name, select.getAttribute(name));
    if (select.required || select.getAttribute("aria-required")) select.required = false; // the server checks; a hidden select can't show it
  };

  const link = (child) => {
    if (child.dataset.armed) return;
    child.dataset.armed = "1";
    const parent = document.getElementById(child.dataset.linkedParent);
    if (!parent) return;
    const pairs = child.dataset.linkedOptions.split("\n").map((line) => line.split("\t")); // [value of the parent, value]
    const fit = () => {
      const now = child.value, fitting = pairs.filter(([above]) => above === parent.value).map(([, value]) => value);
      child.replaceChildren(make("option", { value: "" }, parent.value ? "–" : child.dataset.first), ...fitting.map((value) => make("option", { value }, value)));
      child.value = fitting.includes(now) ? now : "";
      child.disabled = !fitting.length;
    };
    parent.addEventListener("change", () => { fit(); child.dispatchEvent(new Event("change", { bubbles: true })); });
    if (!parent.value) fit();
  };

  parts.pick = (where) => {
    const each = (selector, run) => { if (where.matches?.(selector)) run(where); $$(selector, where).forEach(run); };
    each("select[data-pick]", pick);
    each("select[data-linked-parent]", link);
    document.dispatchEvent(new CustomEvent("cartera:pristine"));
    if (document.activeElement === document.body) $("[data-focus]")?.focus();
  };
}
