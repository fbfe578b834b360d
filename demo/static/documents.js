// Step 1 in the browser: the line between before and after, paste, camera, and fields not yet sent.
(() => {
  "use strict";
  const at = (event, selector) => event.target.closest && event.target.closest(selector);

  // The line between the original and what is sent. The range input moves it: mouse, finger and arrow keys.
  document.addEventListener("input", (event) => {
    const slider = at(event, "[data-compare] input[type=range]");
    if (slider) slider.closest("[data-compare]").style.setProperty("--at", `${slider.value}%`);
  });
  document.addEventListener("click", (event) => {
    const button = at(event, "[data-zoom]");
    if (!button) return;
    const box = button.closest(".vp-detail").querySelector(".vp-compare-box");
    if (!box) return;
    box.dataset.zoomed = button.dataset.zoom;
    box.style.setProperty("--zoom", button.dataset.zoom === "fit" ? 1 : button.dataset.zoom);
    for (const one of button.parentElement.querySelectorAll("[data-zoom]")) {
      one.classList.toggle("vp-chosen", one === button);
      one.setAttribute("aria-pressed", String(one === button));
    }
  });

  // A click is answered at once, before the server is.
  document.addEventListener("click", (event) => {
    const control = at(event, "[data-act], [data-go], [data-switch-language], [data-camera], [data-paste]");
    if (!control || control.disabled || control.tagName === "SELECT") return;
    control.classList.add("vp-pressed");
    setTimeout(() => control.classList.remove("vp-pressed"), 1500);
  });

  // What is looked at begins where it can be seen, however far down its card stood.
  document.addEventListener("click", (event) => {
    if (!at(event, '#vp-gallery [data-act="look"], #vp-gallery [data-act="back"]')) return;
    setTimeout(() => {
      const shown = document.getElementById("vp-gallery");
      if (shown && shown.getBoundingClientRect().top < 0) shown.scrollIntoView({ block: "start" });
    }, 200);
  });

  // A step begins at its top, however far down the button stood that led to it.
  const begun = () => document.querySelector("#vp-steps [role=tab][aria-selected=true]")?.id;
  // The button that led here is gone with its step: who goes by keyboard or by ear goes on from the heading.
  const land = () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const heading = [...document.querySelectorAll(".vp-lead h2")].find((one) => one.offsetParent);
    if (heading) heading.focus({ preventScroll: true });
  };
  let step;
  new MutationObserver(() => {
    const now = begun();
    if (!now || now === step) return;
    const top = document.getElementById("vp-steps");
    const rise = () => top.getBoundingClientRect().top < 0 && top.scrollIntoView({ block: "start" });
    // Once more: a smooth scroll to the pictures may still be on its way.
    [0, 150, 300].forEach((wait) => setTimeout(rise, wait));
    setTimeout(land, 300);
    step = now;
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["aria-selected"] });

  const field = () => document.querySelector("#vp-upload input[type=file]");
  const { hand, say } = window.vlPreflight;
  const add = (files) => {
    if (field() && files.length) hand(field(), files);
  };
  const stamp = () => new Date().toTimeString().slice(0, 8).replaceAll(":", "");
  const named = (blob, stem) => {
    const ending = { "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif" }[blob.type] || "png";
    return new File([blob], `${stem}-${stamp()}.${ending}`, { type: blob.type });
  };

  // Paste anywhere on this step, except into a field for text.
  document.addEventListener("paste", (event) => {
    const here = field();
    if (!here || !here.offsetParent && !here.closest("#vp-upload")?.offsetParent) return;
    if (at(event, "input:not([type=file]), textarea, [contenteditable]")) return;
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    add(files.map((file) => (file.name && file.name !== "image.png" ? file : named(file, "clipboard"))));
  });
  const paste = async (words) => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((one) => one.startsWith("image/"));
        if (type) return add([named(await item.getType(type), "clipboard")]);
      }
    } catch { /* not allowed: the words say what to do */ }
    return say(words);
  };

  // A phone's own camera takes better pictures than a video stream; other machines show what they see.
  const native = () => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*", capture: "environment" });
    input.addEventListener("change", () => add([...input.files]));
    input.click();
  };
  const shoot = async (button) => {
    if (window.matchMedia("(pointer: coarse)").matches) return native();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 2160 } } });
    } catch { return say(button.dataset.refused); }
    const dialog = document.createElement("dialog");
    dialog.className = "vp-camera";
    dialog.setAttribute("aria-label", button.textContent.trim());
    const video = Object.assign(document.createElement("video"), { autoplay: true, playsInline: true, muted: true, srcObject: stream });
    const row = document.createElement("div");
    const [take, stop] = [button.dataset.shoot, button.dataset.stop].map((words) => {
      const one = Object.assign(document.createElement("button"), { type: "button", textContent: words });
      row.append(one);
      return one;
    });
    take.className = "vp-camera-take";
    take.addEventListener("click", () => {
      const frame = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
      frame.getContext("2d").drawImage(video, 0, 0);
      frame.toBlob((blob) => { if (blob) add([named(blob, "photo")]); dialog.close(); }, "image/png");
    });
    stop.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { stream.getTracks().forEach((track) => track.stop()); dialog.remove(); button.focus(); });
    dialog.append(video, row);
    document.body.appendChild(dialog);
    dialog.showModal();
    return take.focus();
  };
  document.addEventListener("click", (event) => {
    const camera = at(event, "[data-camera]");
    if (camera) shoot(camera);
    const button = at(event, "[data-paste]");
    if (button) paste(button.parentElement.querySelector("[data-nothing]").dataset.nothing);
  });

  // What was typed beside a document counts when “Prepare” is pressed, sent before or not.
  window.vlPreflight.drafts = () => JSON.stringify(
    [...document.querySelectorAll("[data-field]")].map((one) => [one.dataset.field, one.dataset.arg, one.value]));
})();
