// The desk with a script: keys, a list that says when it has changed, a callback time that fits what was chosen. Every page works without it.

import "./notices.js";
import "./palette.js";

const off = "leadlight-keys-off";
const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
const byKey = (key, scope = document) => scope.querySelector(`[data-key="${CSS.escape(key)}"]`);
let chord = null;

function press(element) {
  if (element.tagName === "SUMMARY") {
    const opening = !element.parentElement.open;
    element.click();
    (opening && element.parentElement.querySelector("select, input:not([type=hidden]), li a") || element).focus();
  } else {
    element.click();
  }
}

function walk(step) {
  const links = [...document.querySelectorAll("[data-list] .who a")];
  if (links.length === 0) return;
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || localStorage.getItem(off)) return;
  if (document.querySelector("dialog[open]")) return;
  const inChord = chord && chord.querySelector(`[data-chord-key="${CSS.escape(event.key)}"]`);
  const begins = document.querySelector(`[data-chord="${CSS.escape(event.key)}"]`);
  chord?.classList.remove("waiting");
  chord = null;
  if (inChord) {
    inChord.click();
  } else if (begins) {
    chord = begins;
    begins.classList.add("waiting");
  } else if (event.key === "?" && document.querySelector("[data-help]")) {
    document.querySelector("[data-help]").showModal();
  } else if (event.key === "j" || event.key === "k") {
    walk(event.key === "j" ? 1 : -1);
  } else if (event.key === "/" && document.querySelector("[data-focus='/']")) {
    document.querySelector("[data-focus='/']").focus();
  } else if (byKey(event.key)) {
    press(byKey(event.key));
  } else {
    return;
  }
  event.preventDefault();
});

const box = document.querySelector("[data-keys-on]");
if (box) {
  box.checked = !localStorage.getItem(off);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(off) : localStorage.setItem(off, "1")));
}

// A menu closes when somebody looks elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) {
    // Whoever leaves a field works by keys again: until then each of them would be typed into it.
    if (event.key === "Escape" && !event.isComposing && typing(event.target) && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  menu.open = false;
  menu.querySelector("summary").focus();
});

// On a phone the sections are one line that a thumb moves: it shows where one is.
const section = document.querySelector(".top nav [aria-current]");
if (section) section.parentElement.scrollLeft = section.offsetLeft - section.parentElement.offsetLeft - 16;

// The list beside a lead shows the lead's row.
const opened = document.querySelector(".on-lead [data-list] [aria-current]")?.closest("li");
if (opened) opened.closest(".list").scrollTop = opened.offsetTop - 240;

// A page whose form was sent once is not sent twice by a second key or click.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Whoever taps Call is on the phone: the others see it. The call itself waits for nothing.
document.querySelector("[data-calling]")?.addEventListener("click", (event) => {
  const { calling, csrf } = event.currentTarget.dataset;
  const body = new URLSearchParams({ csrf, kind: "calling" });
  fetch(calling, { method: "POST", body, keepalive: true, headers: { accept: "application/json" } }).catch(() => {});
});

// The hand-off note: copied in one tap where the browser allows it, else selected so that Ctrl+C does it.
document.querySelectorAll("[data-copy], [data-print]").forEach((button) => (button.hidden = false));
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const text = document.getElementById(event.currentTarget.dataset.copy);
  const copyStatus = document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(text.textContent);
    copyStatus.textContent = copyStatus.dataset.wordsCopied;
  } catch {
    getSelection().selectAllChildren(text);
    copyStatus.textContent = copyStatus.dataset.wordsSelected;
  }
});
