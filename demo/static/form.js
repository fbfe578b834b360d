// Given after act.js to components with fields: typed values come back after a short pause, searches filter here.
const PAUSE = 300;
const pauses = new Map();
const fill = (field) => send("fill", field.dataset.input, { value: field.type === "checkbox" ? String(field.checked) : field.value });
const soon = (field) => {
  clearTimeout(pauses.get(field));
  pauses.set(field, setTimeout(() => fill(field), field.matches("select, [type=checkbox]") ? 0 : PAUSE));
};
element.addEventListener("input", (event) => {
  const field = event.target.closest("[data-input]");
  // While Chinese is being composed the letters are not yet what is meant.
  if (field && !event.isComposing) soon(field);
  if (event.target.matches("[data-search]")) sift();
});
element.addEventListener("compositionend", (event) => {
  const field = event.target.closest("[data-input]");
  if (field) soon(field);
});
const sift = () => {
  const search = element.querySelector("[data-search]");
  if (!search) return;
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  element.querySelectorAll("[data-find]").forEach((one) => {
    const fits = words.every((word) => one.dataset.find.includes(word));
    one.hidden = !fits;
    found += fits;
  });
  const none = element.querySelector("[data-none]");
  if (none) none.hidden = found > 0;
};
watch("value", sift);
// A button in a form of several fields sends them all together, before act.js sends it alone.
element.addEventListener("click", (event) => {
  const form = event.target.closest("[data-gather]");
  const button = event.target.closest("button[data-act]");
  if (!form || !button) return;
  event.stopImmediatePropagation();
  const fields = [...form.querySelectorAll("[data-field]")].map((one) => [one.dataset.field, one.value]);
  send(button.dataset.act, button.dataset.arg, { value: JSON.stringify(Object.fromEntries(fields)) });
}, true);
