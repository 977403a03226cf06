// The API's page: opened with a key, and every call on it can be tried. The key stays in this tab's memory: it is in no
// cookie, no storage and no address. Without scripts the page still shows every call, to whoever signs in.

let key = "";

const make = (tag, text = "", attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

const field = (words, input) => {
  const label = make("label", words);
  label.append(" ", input);
  return label;
};

async function open(form, output) {
  key = form.querySelector("input").value.trim();
  const answer = await fetch("/docs", { headers: { "X-API-Key": key }, credentials: "omit" });
  if (!answer.ok) {
    const failure = await answer.json().catch(() => ({}));
    output.textContent = failure.message || `Status ${answer.status}`;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  document.title = page.title;
  history.replaceState(null, "", "/docs");
  addTries();
  document.querySelector("main").focus();
}

async function send(call, form, output) {
  const own = form.querySelector("[name=key]");
  if (own) key = own.value.trim();
  const body = form.querySelector("textarea");
  const id = form.querySelector("[name=lead_id]");
  const path = id ? call.dataset.path.replace("{lead_id}", encodeURIComponent(id.value)) : call.dataset.path;
  const headers = key ? { "X-API-Key": key } : {};
  if (body) headers["Content-Type"] = call.dataset.kind;
  output.textContent = "…";
  try {
    const answer = await fetch(path, {
      method: call.dataset.method.toUpperCase(),
      headers,
      body: body ? body.value : undefined,
      credentials: "omit",
    });
    const text = await answer.text();
    const isJson = (answer.headers.get("content-type") || "").includes("json");
    output.textContent = `${answer.status}\n${isJson ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
  } catch {
    output.textContent = "No answer: is the service still running?";
  }
}

function addTries() {
  for (const call of document.querySelectorAll("section.call[data-path]")) {
    const box = make("details");
    const form = make("form");
    const output = make("pre", "", { role: "status", tabindex: "0", hidden: "" });
    if (!key) form.append(field("Key", make("input", "", { name: "key", type: "password", autocomplete: "off" })));
    if (call.dataset.path.includes("{lead_id}")) {
      form.append(field("lead_id", make("input", "", { name: "lead_id", value: "L-1001", required: "" })));
    }
    if (call.dataset.body !== undefined) {
      const rows = Math.min(20, call.dataset.body.split("\n").length + 1);
      const text = make("textarea", call.dataset.body, { rows: String(rows), cols: "80", spellcheck: "false" });
      form.append(field("Body", text));
    }
    form.append(make("button", "Send", { type: "submit" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      output.hidden = false;
      send(call, form, output);
    });
    box.append(make("summary", "Try it"), form, output);
    call.append(box);
  }
}

const entry = document.querySelector("[data-docs-key]");
entry?.removeAttribute("hidden");
entry?.addEventListener("submit", (event) => {
  event.preventDefault();
  open(entry, entry.querySelector("[role=status]"));
});
addTries();
