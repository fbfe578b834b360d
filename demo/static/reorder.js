// Given to gr.HTML beside act.js: a row moves by its handle, with mouse, pen, finger or arrow keys.
let handled = null;
watch("value", () => {
  drag = null;
  if (handled === null) return;
  const again = element.querySelector(`[data-handle="${handled}"]`);
  if (again) again.focus({ preventScroll: false });
  handled = null;
});
element.addEventListener("keydown", (event) => {
  const handle = event.target.closest("[data-handle]");
  const act = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!handle || !act) return;
  event.preventDefault();
  handled = handle.dataset.handle;
  send(act, handle.dataset.handle);
});

// The row follows the pointer, and the others make room: they stand as they would after letting go.
const BEGINS_AFTER = 5;  // pixels; less is a click
const EDGE = 70;  // pixels from the upper and lower edge within which the page scrolls
let drag = null;
const place = () => {
  const { row, boxes, from } = drag;
  const by = drag.y - drag.began + window.scrollY - drag.scroll;
  const middle = boxes[from].middle + by;
  const passed = (box, n) => (n < from && middle < box.middle ? -1 : n > from && middle > box.middle ? 1 : 0);
  drag.to = from + boxes.reduce((sum, box, n) => sum + passed(box, n), 0);
  row.style.transform = `translateY(${by}px)`;
  boxes.forEach((box, n) => {
    const between = n !== from && (n - from) * (drag.to - n) >= 0;
    if (n !== from) box.row.style.transform = between ? `translateY(${n < from ? drag.step : -drag.step}px)` : "";
  });
};
const scroll = () => {
  if (!drag || !drag.moving || !drag.row.isConnected) return;
  const past = Math.max(0, drag.y - (window.innerHeight - EDGE)) - Math.max(0, EDGE - drag.y);
  if (past) { window.scrollBy(0, past / 5); place(); }
  requestAnimationFrame(scroll);
};
const begin = () => {
  const rows = [...element.querySelectorAll("[data-drag]")];
  const boxes = rows.map((row) => { const box = row.getBoundingClientRect(); return { row, top: box.top, middle: box.top + box.height / 2, height: box.height }; });
  const from = rows.indexOf(drag.row);
  const gap = boxes.length > 1 ? boxes[1].top - boxes[0].top - boxes[0].height : 0;
  Object.assign(drag, { boxes, from, to: from, step: boxes[from].height + gap, moving: true, scroll: window.scrollY });
  drag.row.setPointerCapture(drag.id);
  drag.row.classList.add("vp-dragged");
  element.classList.add("vp-reordering");
  requestAnimationFrame(scroll);
};
const lay = () => {
  element.classList.remove("vp-reordering");
  element.querySelectorAll("[data-drag]").forEach((row) => { row.classList.remove("vp-dragged"); row.style.transform = ""; });
  drag = null;
};
element.addEventListener("pointerdown", (event) => {
  const row = event.target.closest("[data-drag]");
  const handle = event.target.closest("[data-handle]");
  if (!row || event.button || !event.isPrimary) return;
  // A finger on the row itself scrolls the page, and controls stay what they are.
  if (!handle && (event.pointerType !== "mouse" || event.target.closest("button, select, label"))) return;
  drag = { row, id: event.pointerId, began: event.clientY, y: event.clientY, moving: false };
});
element.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  drag.y = event.clientY;
  if (!drag.moving && Math.abs(drag.y - drag.began) > BEGINS_AFTER) begin();
  if (drag && drag.moving) place();
});
element.addEventListener("pointerup", () => {
  if (!drag || !drag.moving) { drag = null; return; }
  const { row, boxes, from, to } = drag;
  if (to === from) return lay();
  handled = row.dataset.drag;
  send("put", row.dataset.drag, { value: boxes[to].row.dataset.drag });
  // All stays where it was let go until the new order is drawn; if none comes, it goes back.
  element.classList.remove("vp-reordering");
  drag = null;
  return setTimeout(() => { if (row.isConnected) lay(); }, 4000);
});
element.addEventListener("pointercancel", () => { if (drag) lay(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag && drag.moving) lay(); });
