// Ctrl+K: everything that can be done on this page, by a few letters of its name. What it lists is on the page already, so
// every page works without it.

const palette = document.querySelector("[data-palette]");
const input = palette?.querySelector("input");
const list = palette?.querySelector("ul");
let commands = [];
let shown = [];
let at = 0;

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function name(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg, [aria-hidden], .count").forEach((part) => part.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function collect() {
  const log = document.querySelector("[data-chord] legend");
  const groups = [
    ["[data-key]", (element) => name(element)],
    ["[data-chord-key]", (element) => `${name(log)}: ${name(element)}`],
    [".top nav a, .lists a, .chips a, .chips .choices a, .views a", (element) => name(element)],
  ];
  const byWords = new Map();
  for (const [selector, words] of groups) {
    for (const element of document.querySelectorAll(selector)) {
      if (!palette.contains(element) && words(element) && !byWords.has(words(element))) byWords.set(words(element), element);
    }
  }
  commands = [...byWords].map(([words, element]) => ({ words, key: element.dataset.key, run: () => run(element) }));
}

function run(element) {
  if (element.tagName === "SUMMARY" && !element.parentElement.open) element.click();
  else if (element.tagName !== "SUMMARY") element.click();
  if (element.tagName === "SUMMARY") (element.parentElement.querySelector("select, input:not([type=hidden]), li a") || element).focus();
}

// What was typed goes in the body of a request, as with the search field: a name belongs in no address.
function search(words) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/find";
  for (const [field, value] of [["csrf", document.querySelector("[name=csrf]").value], ["words", words]]) {
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: field, value });
    form.append(hidden);
  }
  document.body.append(form);
  form.submit();
}

function show() {
  const typed = input.value.trim();
  const parts = fold(typed).split(/\s+/);
  shown = commands.filter(({ words }) => parts.every((part) => fold(words).includes(part))).slice(0, 12);
  if (typed.length > 1) shown.push({ words: `${palette.dataset.wordsSearch}: ${typed}`, run: () => search(typed) });
  at = 0;
  list.replaceChildren(
    ...shown.map(({ words, key, run: act }, number) => {
      const option = document.createElement("li");
      Object.assign(option, { id: `command-${number}`, textContent: words });
      option.setAttribute("role", "option");
      if (key) option.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      option.addEventListener("click", () => choose(act));
      return option;
    }),
  );
  mark();
}

function mark() {
  [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
  if (list.children[at]) input.setAttribute("aria-activedescendant", `command-${at}`);
  else input.removeAttribute("aria-activedescendant");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function choose(act) {
  palette.close();
  act();
}

if (palette) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (palette.open) return palette.close();
    if (document.querySelector("dialog[open]")) return;
    collect();
    input.value = "";
    palette.showModal();
    show();
  });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % Math.max(shown.length, 1);
      mark();
    } else if (event.key === "Enter" && shown[at]) {
      choose(shown[at].run);
    } else return;
    event.preventDefault();
  });
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
}
