// Put into the page by benchmarks/clicks.py: watches what a click changes, and finds what can be clicked.
(() => {
  "use strict";
  const NEVER_MS = 3000;  // after so long without any change a click counts as not answered
  const LOOKS = ["class", "style", "hidden", "open", "disabled", "src", "value", "aria-pressed", "aria-selected"];
  const shown = (one) => one instanceof Element && one.getClientRects().length > 0;
  const isVisible = (change) => {
    if (change.type !== "childList") return shown(change.type === "attributes" ? change.target : change.target.parentElement);
    return [...change.addedNodes, ...change.removedNodes]
      .some((node) => node.nodeType === Node.TEXT_NODE || shown(node) || !node.isConnected);
  };
  let drop = () => {};
  // What answers already while the mouse is held down is answered.
  let early = false;
  const pressing = new MutationObserver((changes) => { early = early || changes.some(isVisible); });
  addEventListener("pointerdown", () => {
    early = false;
    pressing.observe(document.body, { childList: true, subtree: true });
  }, { capture: true });
  const watch = (event) => {
    drop();
    early = early || pressing.takeRecords().some(isVisible);
    pressing.disconnect();
    const began = performance.now();
    const near = event.target.closest("label")?.control || event.target.closest("input, select, details") || event.target;
    // What a browser draws by itself changes no attribute: ticks, values, folds, dialogs.
    const state = () => JSON.stringify([near.checked, near.open, near.value, document.querySelectorAll("dialog[open]").length]);
    const before = state();
    let over = false;
    const tell = (answered) => {
      if (over) return;
      drop();
      let told = false;
      const report = () => {
        if (!told) window.vpAnswered(answered ? performance.now() - began : -1);
        told = true;
      };
      requestAnimationFrame(report);
      setTimeout(report, 50);  // a page that is about to reload draws no frame any more
    };
    const observer = new MutationObserver((changes) => { if (changes.some(isVisible)) tell(true); });
    const limit = setTimeout(() => tell(false), NEVER_MS);
    drop = () => { over = true; observer.disconnect(); clearTimeout(limit); };
    observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: LOOKS });
    const look = () => {
      if (over) return;
      if (state() !== before) tell(true);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    if (early) tell(true);
  };
  addEventListener("pointerup", watch, { capture: true });

  const KIND = "button, summary, [role=tab], input[type=checkbox], input[type=radio], input[type=range], input[role=listbox], input[role=combobox]";
  // Rows of a list do the same: what tells them apart is left out of the name.
  const ROWS = ["arg", "title", "enlarge", "copy", "permalink", "done", "testid", "words", "place", "handle", "vpTarget"];
  const called = (one) => {
    const data = Object.entries(one.dataset).filter(([key]) => !ROWS.includes(key))
      .map(([key, value]) => (value.length < 20 ? `${key}=${value}` : key)).join(",");
    const words = one.getAttribute("aria-label") || one.closest("label")?.textContent || one.textContent || one.value || "";
    const own = data.startsWith("act") ? one.classList[0] || "" : words.trim().replace(/\s+/g, " ").slice(0, 34);
    const name = [one.id || data || one.name || "", one.type || one.tagName.toLowerCase(), own].filter(Boolean).join(", ");
    return name.replace(/\d+/g, "#");
  };
  const canPress = (one, target) => {
    const box = target.getBoundingClientRect();
    if (one.disabled || box.width < 4 || box.height < 4 || !target.checkVisibility()) return false;
    // The field for files opens the system's own dialog, a handle is dragged, and what is chosen stays chosen.
    return !one.closest("#vp-upload, dialog") && !one.matches("[role=tab][aria-selected=true], [data-handle], :checked[type=radio]");
  };
  const find = (step) => {
    const names = new Set();
    for (const one of document.querySelectorAll(KIND)) {
      const target = one.matches("input[type=radio], input[type=checkbox]") ? one.closest("label") || one : one;
      const name = `${step}: ${called(one)}`;
      if (names.has(name) || !canPress(one, target)) continue;
      names.add(name);
      target.dataset.vpTarget = name;
    }
    return [...names];
  };
  window.vpFind = find;
})();
