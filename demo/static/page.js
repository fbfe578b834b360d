// Runs before Gradio: settles the language, then serves the page's own small controls.
(() => {
  "use strict";
  const store = (area, key, value) => {
    try {
      if (value === undefined) return area.getItem(key);
      area.setItem(key, value);
    } catch { /* storage may be forbidden: the page then follows the browser */ }
    return null;
  };

  // Gradio's own words follow navigator.language. Chinese of any kind becomes zh-CN and all else English,
  // so that no screen mixes languages; a choice made with the switch wins.
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "zh" || asked === "en") store(localStorage, "vl-lang", asked);
  const known = (navigator.languages || [navigator.language]).find((l) => /^(zh|en)\b/i.test(l)) || "en";
  const chosen = asked || store(localStorage, "vl-lang") || (/^zh/i.test(known) ? "zh" : "en");
  const locale = chosen === "zh" ? "zh-CN" : "en";
  Object.defineProperty(navigator, "language", { get: () => locale, configurable: true });
  Object.defineProperty(navigator, "languages", { get: () => [locale], configurable: true });

  const dark = store(localStorage, "vl-theme");
  const showTheme = (name) => document.body && document.body.classList.toggle("dark", name === "dark");

  window.vlPreflight = {
    lang: chosen,
    token: () => store(sessionStorage, "vl-token") || "",
    keep: (token) => store(sessionStorage, "vl-token", token),
    open: (step) => document.getElementById(`vp-step-${step}-button`)?.click(),
    download: (url) => {
      if (!url) return;
      const link = document.createElement("a");
      link.href = url;
      link.download = "";
      document.body.appendChild(link);
      link.click();
      link.remove();
    },
  };

  const switchLanguage = () => {
    store(localStorage, "vl-lang", chosen === "zh" ? "en" : "zh");
    const url = new URL(location.href);
    url.searchParams.delete("lang");
    // The pressed button is drawn before the page goes.
    requestAnimationFrame(() => setTimeout(() => location.replace(url)));
  };
  const switchTheme = () => {
    const next = document.body.classList.contains("dark") ? "light" : "dark";
    store(localStorage, "vl-theme", next);
    showTheme(next);
  };
  // Copies text, and the button says for a moment that it has.
  const copyText = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.dataset.words = button.dataset.words || button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = button.dataset.words; }, 1500);
  };
  const copy = (button) => {
    const source = document.getElementById(button.dataset.copy);
    if (source) copyText(source.dataset.plain || source.innerText, button);
  };
  const enlarge = (picture) => {
    const dialog = document.createElement("dialog");
    dialog.className = "vp-lightbox";
    const image = document.createElement("img");
    image.src = picture.dataset.enlarge;
    image.alt = picture.dataset.title || "";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", chosen === "zh" ? "关闭" : "Close");
    dialog.append(close, image);
    dialog.addEventListener("click", (event) => {
      if (event.target === image) image.classList.toggle("vp-true-size");
      else dialog.close();
    });
    dialog.addEventListener("close", () => { dialog.remove(); picture.focus(); });
    document.body.appendChild(dialog);
    dialog.showModal();
  };
  const say = (text) => {
    const note = document.createElement("div");
    note.className = "vp-toast";
    note.setAttribute("role", "alert");
    note.textContent = text;
    document.body.appendChild(note);
    setTimeout(() => note.remove(), 9000);
  };
  // Files over the limit are named before they travel, in the page's language; the others go on.
  const limits = window.vlLimits;
  const fitting = (files) => {
    const large = files.filter((file) => file.size > limits.bytes);
    if (large.length) say(limits.words[chosen].replace("{names}", large.map((file) => file.name).join(", ")));
    return files.filter((file) => file.size <= limits.bytes);
  };
  const hand = (input, files) => {
    const carried = new DataTransfer();
    files.forEach((file) => carried.items.add(file));
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  Object.assign(window.vlPreflight, { copyText, hand, say });
  const hold = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!limits || !input.matches || !input.matches("#vp-upload input[type=file]")) return;
    const files = [...input.files];
    if (files.every((file) => file.size <= limits.bytes)) return;
    hold(event);
    const left = fitting(files);
    if (left.length) hand(input, left);
    else input.value = "";
  }, true);
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest && event.target.closest("#vp-upload");
    const files = zone && event.dataTransfer ? [...event.dataTransfer.files] : [];
    if (!limits || files.every((file) => file.size <= limits.bytes)) return;
    hold(event);
    const left = fitting(files);
    if (left.length) hand(zone.querySelector("input[type=file]"), left);
  }, true);

  const pair = (element, on) => {
    const scope = element.closest("[data-places]");
    if (!scope) return;
    scope.querySelectorAll(`[data-place="${element.dataset.place}"]`)
      .forEach((one) => one.classList.toggle("vp-lit", on));
  };

  // On a phone what comes out stands below the controls: bring it into view when work begins.
  const results = { "vp-prepare": "vp-gallery", "vp-ask": "vp-answer" };
  const bringUp = (button) => {
    const target = document.getElementById(results[button.id]);
    if (target && window.innerWidth < 720) setTimeout(() => target.scrollIntoView({ behavior: "smooth" }), 150);
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at("#vp-prepare, #vp-ask")) bringUp(at("#vp-prepare, #vp-ask"));
    if (at("[data-go]")) window.vlPreflight.open(at("[data-go]").dataset.go);
    if (at("[data-switch-language]")) switchLanguage();
    else if (at("[data-switch-theme]")) switchTheme();
    else if (at("[data-copy]")) copy(at("[data-copy]"));
    else if (at("[data-enlarge]")) enlarge(at("[data-enlarge]"));
    else if (at("[data-place]")) {
      const other = [...at("[data-places]").querySelectorAll(`[data-place="${at("[data-place]").dataset.place}"]`)]
        .find((one) => one !== at("[data-place]"));
      if (other) other.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  });
  for (const [name, on] of [["mouseover", true], ["focusin", true], ["mouseout", false], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const element = event.target.closest && event.target.closest("[data-place]");
      if (element) pair(element, on);
    });
  }
  // Enter chooses too, as it does everywhere else on the page.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("input[type=radio], input[type=checkbox]")) event.target.click();
  });
  document.addEventListener("DOMContentLoaded", () => { if (dark) showTheme(dark); });
})();
