// Runs before the first paint, so that nothing flashes: marks that scripts run, and settles "as the system" to light or dark.
(() => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  root.classList.add("js");
  if (stored("nav") === "\"thin\"") root.classList.add("nav-thin");
  const settle = () => {
    if (root.dataset.theme !== "auto") return;
    root.dataset.bsTheme = stored("theme") || (dark.matches ? "dark" : "light");
  };
  settle();
  dark.addEventListener("change", settle);
})();
