// Given to gr.HTML as js_on_load: turns buttons, lists and drags inside it into events of the component.
const send = (act, arg, more) => trigger("input", { act, arg: String(arg ?? ""), ...more });
let focus = null;
const remember = (control) => {
  focus = control && control.dataset.act ? [control.dataset.act, control.dataset.arg || "", control.dataset.next || ""] : null;
};
element.addEventListener("click", (event) => {
  const control = event.target.closest("[data-act]");
  if (!control || control.tagName === "SELECT" || control.disabled) return;
  remember(control);
  send(control.dataset.act, control.dataset.arg);
});
element.addEventListener("change", (event) => {
  const control = event.target.closest("select[data-act]");
  if (!control) return;
  remember(control);
  send(control.dataset.act, control.dataset.arg, { value: control.value });
});
watch("value", () => {
  if (!focus) return;
  const [act, arg] = focus;
  const again = [...element.querySelectorAll(`[data-act="${act}"]`)].find((one) => (one.dataset.arg || "") === arg);
  if (again && !again.disabled) again.focus({ preventScroll: true });
});

// Draw a box on a picture with mouse, pen or finger; the box is sent in pixels of the picture itself.
let from = null;
const frame = () => element.querySelector("[data-draw]");
const scale = (event, box) => {
  const limits = box.getBoundingClientRect();
  const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
  const x = ((event.clientX - limits.left) / limits.width) * width;
  const y = ((event.clientY - limits.top) / limits.height) * height;
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
};
const paint = (box, corners) => {
  const mark = box.querySelector(".vp-mark");
  const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
  const [left, upper, right, lower] = corners;
  Object.assign(mark.style, {
    display: "block", left: `${(left / width) * 100}%`, top: `${(upper / height) * 100}%`,
    width: `${((right - left) / width) * 100}%`, height: `${((lower - upper) / height) * 100}%`,
  });
  mark.dataset.corners = corners.map(Math.round).join(",");
};
const between = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
element.addEventListener("pointerdown", (event) => {
  const box = event.target.closest("[data-draw]");
  if (!box || event.button) return;
  event.preventDefault();
  box.focus({ preventScroll: true });
  box.setPointerCapture(event.pointerId);
  from = scale(event, box);
});
element.addEventListener("pointermove", (event) => { if (from && frame()) paint(frame(), between(from, scale(event, frame()))); });
element.addEventListener("pointerup", (event) => {
  if (!from || !frame()) return;
  const corners = between(from, scale(event, frame()));
  from = null;
  if (corners[2] - corners[0] < 4 || corners[3] - corners[1] < 4) return;
  send("box", frame().dataset.draw, { value: corners.map(Math.round).join(",") });
});
element.addEventListener("pointercancel", () => { from = null; });
let later = 0;
element.addEventListener("keydown", (event) => {
  const box = event.target.closest("[data-draw]");
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!box || !step) return;
  event.preventDefault();
  const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
  const now = (box.querySelector(".vp-mark").dataset.corners || "").split(",").map(Number);
  const [left, upper, right, lower] = now.length === 4 ? now : [width / 4, height / 4, width * 0.75, height * 0.75];
  const [dx, dy] = [step[0] * width * 0.02, step[1] * height * 0.02];
  const hold = (value, low, high) => Math.min(Math.max(value, low), high);
  let next;
  if (event.shiftKey) next = [left, upper, hold(right + dx, left + 8, width), hold(lower + dy, upper + 8, height)];
  else {
    const [x, y] = [hold(dx, -left, width - right), hold(dy, -upper, height - lower)];
    next = [left + x, upper + y, right + x, lower + y];
  }
  paint(box, next);
  clearTimeout(later);
  later = setTimeout(() => send("box", box.dataset.draw, { value: next.map(Math.round).join(",") }), 500);
});
