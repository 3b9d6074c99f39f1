// Setup: a permission ticks those that it brings along, and locks them as long as it is ticked itself. The server does the same.
(() => {
  const boxes = [...document.querySelectorAll("input[data-implies]")];
  const settle = () => {
    const bound = new Set(boxes.filter((box) => box.checked).flatMap((box) => box.dataset.implies.split(" ")));
    for (const box of document.querySelectorAll("input[data-permission]")) {
      const locked = bound.has(box.id);
      if (locked) box.checked = true;
      box.setAttribute("aria-disabled", String(locked));
    }
  };
  document.addEventListener("click", (e) => { if (e.target.matches?.("input[aria-disabled=true]")) e.preventDefault(); });
  document.addEventListener("change", settle);
  settle();
})();
