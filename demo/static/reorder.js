// Given to gr.HTML beside act.js: the handle of a row moves it with the arrow keys.
element.addEventListener("keydown", (event) => {
  const handle = event.target.closest("[data-handle]");
  const act = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!handle || !act) return;
  event.preventDefault();
  handled = handle.dataset.handle;
  send(act, handle.dataset.handle);
});
let handled = null;
watch("value", () => {
  if (handled === null) return;
  const again = element.querySelector(`[data-handle="${handled}"]`);
  if (again) again.focus({ preventScroll: false });
  handled = null;
});
