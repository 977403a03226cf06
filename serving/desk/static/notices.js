// What an open page is told: what is new for this person, that the list has changed, that there is no connection. And what
// was typed is kept in this tab until it was sent. Every page works without it.

const person = document.querySelector("[data-person]")?.dataset.person;
const draftPrefix = "leadlight-draft ";
const store = sessionStorage;

// Another person in the same tab must not see what was typed here.
if (person && store.getItem("leadlight-person") !== person) {
  store.clear();
  store.setItem("leadlight-person", person);
}
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => store.clear());

// --- what is new -----------------------------------------------------------------------------------------------------

const personData = document.querySelector("[data-person]")?.dataset || {};
const words = { urgent: personData.wordsUrgent, callbacks: personData.wordsCallbacks, handed: personData.wordsHanded };
const title = document.title;
const live = document.querySelector("[data-live]");
const changed = document.querySelector("[data-changed]");
const telling = document.querySelector("[data-telling]");
const desktop = "leadlight-desktop";

function tell(kind, ids) {
  const link = document.createElement("a");
  link.href = ids.length === 1 ? `/leads/${encodeURIComponent(ids[0])}` : "/notices";
  link.textContent = personData.wordsOpen;
  const more = ids.length > 1 ? ` (${ids.length})` : "";
  const dismiss = document.createElement("button");
  dismiss.className = "plainly";
  dismiss.textContent = personData.wordsDismiss;
  dismiss.addEventListener("click", () => {
    telling.className = "telling";
    telling.replaceChildren();
  });
  telling.className = `telling on ${kind}`;
  telling.replaceChildren(`${words[kind]}${more}. `, link, dismiss);
  if (document.hidden && localStorage.getItem(desktop) && Notification.permission === "granted") {
    new Notification("Leadlight", { body: words[kind] + more, tag: `leadlight-${kind}` });
  }
}

function show(news) {
  document.title = news.count ? `(${news.count}) ${title}` : title;
  const count = document.querySelector("[data-count]");
  count.hidden = news.count === 0;
  count.textContent = ` ${news.count}`;
  if (live && changed && news.token !== Number(live.dataset.live)) changed.hidden = false;
  const before = JSON.parse(store.getItem("leadlight-told") || "null");
  for (const kind of ["handed", "callbacks", "urgent"]) {
    const fresh = before ? news[kind].filter((id) => !before[kind].includes(id)) : [];
    if (fresh.length) tell(kind, fresh);
  }
  telling.dataset.told = "1";
  store.setItem("leadlight-told", JSON.stringify({ urgent: news.urgent, callbacks: news.callbacks, handed: news.handed }));
}

const offline = document.querySelector("[data-offline]");
function connected(is) {
  if (offline) offline.hidden = is;
}

async function ask() {
  try {
    const answer = await fetch("/live", { headers: { accept: "application/json" } });
    if (answer.status === 401) location.reload();
    if (answer.ok) show(await answer.json());
    connected(true);
  } catch {
    connected(false);
  }
}

let asking = null;
function askEvery() {
  if (asking) return;
  ask();
  asking = setInterval(() => document.hidden || ask(), 5000);
}

function listen() {
  const source = new EventSource("/events");
  source.onmessage = (event) => {
    connected(true);
    show(JSON.parse(event.data));
  };
  source.addEventListener("full", () => {
    source.close();
    askEvery();
  });
  // A stream ends after a while and the browser opens another. One that is refused is closed for good: then ask. One
  // that cannot be opened again may be a lost connection: asking tells.
  source.onerror = () => (source.readyState === EventSource.CLOSED ? askEvery() : ask());
}

if (telling) {
  if (window.EventSource) listen();
  else askEvery();
  window.addEventListener("offline", () => connected(false));
  window.addEventListener("online", ask);
}

const box = document.querySelector("[data-desktop]");
if (box) {
  const desktopStatus = document.querySelector("[data-desktop-told]");
  box.checked = Boolean(localStorage.getItem(desktop)) && window.Notification?.permission === "granted";
  box.addEventListener("change", async () => {
    if (!box.checked) return localStorage.removeItem(desktop);
    const answer = window.Notification ? await Notification.requestPermission() : "denied";
    box.checked = answer === "granted";
    if (box.checked) localStorage.setItem(desktop, "1");
    desktopStatus.textContent = box.checked ? desktopStatus.dataset.wordsOn : desktopStatus.dataset.wordsDenied;
  });
}

// --- what was typed --------------------------------------------------------------------------------------------------

const typed = "main form[method=post]:not([role=search]) :is(input:not([type=hidden], [type=password], [type=checkbox]), textarea, select)";
const key = (field) => {
  const kind = field.form.querySelector("[name=kind]")?.value || "";
  return `${draftPrefix}${location.pathname} ${new URL(field.form.action).pathname} ${kind} ${field.name}`;
};
const drafts = () => Object.keys(store).filter((name) => name.startsWith(draftPrefix));

// A page that the browser opened after sending a form: what was sent is no draft any more. One that was reloaded, or that
// somebody came back to because sending had failed, gets its drafts back.
const arrival = performance.getEntriesByType("navigation")[0]?.type;
const sent = store.getItem("leadlight-sent");
if (sent && arrival === "navigate") drafts().filter((name) => name.startsWith(sent)).forEach((name) => store.removeItem(name));
store.removeItem("leadlight-sent");

document.querySelectorAll(typed).forEach((field) => {
  const draft = store.getItem(key(field));
  if (draft === null || field.value === draft) return;
  field.value = draft;
  field.closest("details")?.setAttribute("open", "");
});
document.addEventListener("input", (event) => event.target.matches(typed) && store.setItem(key(event.target), event.target.value));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (!navigator.onLine) {
    event.preventDefault();
    delete form.dataset.sent;
    connected(false);
    return;
  }
  const field = form.querySelector(":is(input:not([type=hidden]), textarea, select)[name]");
  if (field) store.setItem("leadlight-sent", key(field).slice(0, -field.name.length));
});
