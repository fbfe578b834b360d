// Given to gr.HTML beside act.js: a field that was filled in comes back as the component's `input` event.
element.addEventListener("change", (event) => {
  const field = event.target.closest("input[data-field]");
  if (field && field.value !== field.defaultValue) send(field.dataset.field, field.dataset.arg, { value: field.value });
});
