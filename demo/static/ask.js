// For steps 3 and 4: folds that stay as a person left them, tabs inside an answer, links, and quick feedback.
(() => {
  "use strict";
  const kept = new Map(window.innerWidth < 720 ? [["preview", false]] : []);
  const chosen = new Map();
  const apply = () => {
    document.querySelectorAll("details[data-keep]").forEach((fold) => {
      const open = kept.get(fold.dataset.keep);
      if (open !== undefined && fold.open !== open) fold.open = open;
    });
    document.querySelectorAll("[data-tabs]").forEach((tabs) => {
      const names = [...tabs.querySelectorAll("[data-tab]")].map((one) => one.dataset.tab);
      const wanted = chosen.get(tabs.dataset.tabs);
      show(tabs, names.includes(wanted) ? wanted : names[0]);
    });
  };
  const show = (tabs, name) => {
    tabs.querySelectorAll("[data-tab]").forEach((tab) => {
      const on = String(tab.dataset.tab === name);
      if (tab.getAttribute("aria-selected") !== on) tab.setAttribute("aria-selected", on);
      const index = on === "true" ? 0 : -1;
      if (tab.tabIndex !== index) tab.tabIndex = index;
    });
    tabs.querySelectorAll("[data-pane]").forEach((pane) => {
      const hide = pane.dataset.pane !== name;
      if (pane.hidden !== hide) pane.hidden = hide;
    });
  };
  const choose = (tab) => {
    const tabs = tab.closest("[data-tabs]");
    chosen.set(tabs.dataset.tabs, tab.dataset.tab);
    show(tabs, tab.dataset.tab);
  };
  // On a phone the answer stands above the controls once there is a question; bring it into view.
  const bringUp = () => {
    const target = document.getElementById("vp-answer");
    if (target && window.innerWidth < 720) setTimeout(() => target.scrollIntoView({ behavior: "smooth", block: "end" }), 900);
  };
  const link = (button) =>
    window.vlPreflight.copyText(location.origin + location.pathname + button.dataset.permalink, button);
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const fold = at("details[data-keep] > summary");
    if (fold) kept.set(fold.parentNode.dataset.keep, !fold.parentNode.open);
    if (at("[data-tab]")) choose(at("[data-tab]"));
    if (at("[data-permalink]")) link(at("[data-permalink]"));
    const pressed = at(".vp-actions > button");
    if (pressed && !pressed.disabled) {
      pressed.classList.add("vp-busy");
      setTimeout(() => pressed.classList.remove("vp-busy"), 900);
    }
    if (at("#vp-next-ask, #vp-send")) bringUp();
    const busy = at("button[data-act]");
    if (busy && !busy.disabled) {
      busy.setAttribute("aria-busy", "true");
      setTimeout(() => busy.removeAttribute("aria-busy"), 2500);
    }
  });
  // A list that starts something goes back to its first line, so that the same can be chosen again.
  document.addEventListener("change", (event) => {
    const list = event.target.closest && event.target.closest("select[data-once]");
    if (list) setTimeout(() => { list.value = ""; }, 600);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest && event.target.closest("[data-tab]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!tab || !step) return;
    const all = [...tab.closest("[data-tabs]").querySelectorAll("[data-tab]")];
    const next = all[(all.indexOf(tab) + step + all.length) % all.length];
    choose(next);
    next.focus();
  });
  // A link to a prompt stands after "#", which no server's log ever sees; it is read once.
  const read = location.hash.length > 1 ? location.hash : "";
  if (read) history.replaceState(null, "", location.pathname + location.search);
  window.vlPreflight.link = () => read;
  window.addEventListener("hashchange", () => { if (/[#&]task=/.test(location.hash)) location.reload(); });
  document.addEventListener("DOMContentLoaded", () => {
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; apply(); });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["open", "hidden", "aria-selected"] });
  });
})();
