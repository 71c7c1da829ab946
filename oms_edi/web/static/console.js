// The little that pages do by themselves; each of them works without it.
"use strict";

// Parts marked data-live are fetched again now and then, while nobody is busy in them.
const EVERY_MS = 15000;

function isBusy(part) {
  const selection = document.getSelection();
  return (
    part.contains(document.activeElement) ||
    part.querySelector("details[open], input:checked") !== null ||
    (selection && !selection.isCollapsed && part.contains(selection.anchorNode))
  );
}

async function refresh() {
  if (document.hidden) return;
  const parts = [...document.querySelectorAll("[data-live][id]")];
  if (!parts.length) return;
  let answer;
  try {
    answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, redirect: "error" });
  } catch {
    document.body.classList.add("offline");
    return;
  }
  document.body.classList.toggle("offline", !answer.ok);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (fresh && !isBusy(part) && fresh.innerHTML !== part.innerHTML) {
      part.replaceChildren(...fresh.childNodes);
    }
  }
}
if (document.querySelector("[data-live]")) setInterval(refresh, EVERY_MS);

// Keys: / goes to the search field (where a page has none, to that of orders), j and k to the next
// and previous row, g and a letter to a page. Titles tell them, so nobody is told who has none.
const GO = { t: "/", o: "/orders", n: "/orders/new", e: "/exceptions", f: "/files", s: "/stock", p: "/partners" };
let isGoing = false;
for (const [key, path] of Object.entries(GO)) {
  const link = document.querySelector(`nav a[href="${path}"]`);
  if (link) link.title = `Keys: g ${key}`;
}
function searchField() {
  return document.querySelector("[data-search]");
}
if (searchField()) searchField().title = "Key: /";
if (location.hash === "#search") searchField()?.focus();

function rowLinks() {
  return [...document.querySelectorAll("main tbody tr a[href]:first-of-type, main [data-row] a[href]:first-of-type")]
    .filter((link) => link === link.closest("tr, [data-row]").querySelector("a[href]"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (isGoing) {
    isGoing = false;
    const link = GO[event.key] && document.querySelector(`nav a[href="${GO[event.key]}"]`);
    if (link) link.click();
    return;
  }
  if (event.key === "g") {
    isGoing = true;
    setTimeout(() => { isGoing = false; }, 1500);
  } else if (event.key === "/") {
    const field = searchField();
    if (field) { field.focus(); field.select(); event.preventDefault(); }
    else if (document.querySelector('nav a[href="/orders"]')) location.assign("/orders#search");
  } else if (event.key === "j" || event.key === "k") {
    const links = rowLinks();
    if (!links.length) return;
    const place = links.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(place + 1, links.length - 1) : Math.max(place - 1, 0);
    links[next].focus();
  }
});

// On a phone the pages are a row to be moved sideways: the one that is open is in sight.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// A button with data-copy copies the text of the element it names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = "Copied";
  } catch {
    if (source.select) { source.select(); return; }
    const range = document.createRange();
    range.selectNodeContents(source);
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(range);
  }
});

// A box with data-all checks or clears every box with its name.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (!all) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]`)) {
    box.checked = all.checked;
  }
});

// What was typed into a form that was refused stands in it again; a password or a file does not.
const TYPED = "typed";
const NOT_TYPED = ["hidden", "password", "file", "submit", "button"];

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !NOT_TYPED.includes(field.type));
}

function nameOf(form) {
  const told = [...form.elements].filter(
    (field) => field.type === "hidden" && !["csrf", "seen"].includes(field.name),
  );
  return JSON.stringify([form.getAttribute("action"), ...told.map((field) => [field.name, field.value])]);
}

function keepTyped(form) {
  const typed = fieldsOf(form).map((field) => [field.name, field.value, field.checked]);
  try {
    sessionStorage.setItem(TYPED, JSON.stringify({ form: nameOf(form), typed }));
  } catch {
    // too much of it, or no place allowed: the form comes back empty
  }
}

function typeAgain() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(TYPED));
    sessionStorage.removeItem(TYPED);
  } catch {
    return;
  }
  if (!kept || !document.querySelector("[data-refused]")) return;
  const form = [...document.forms].find((one) => one.method === "post" && nameOf(one) === kept.form);
  if (!form) return;
  fieldsOf(form).forEach((field, place) => {
    const [name, value, checked] = kept.typed[place] ?? [];
    if (name !== field.name) return;
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked && value === field.value;
    else field.value = value;
  });
  for (let part = form; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
}
typeAgain();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  keepTyped(event.target);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
