// Show results while somebody types or ticks: the server draws them, this puts them in place.
// What was found stays until the next is there, so that nothing flickers.
import { say } from "./saying.js";

const PAUSE = 220; // milliseconds without a key before it is searched
const SLOW = 400; // milliseconds after which it is shown that something comes
const USUAL = "approved,draft"; // what is searched where no status is chosen
let waiting = 0;
let asking = null;
const view = () => window.location.pathname + window.location.search;
let shown = view();

export function enhanceSearching() {
  const form = document.getElementById("search");
  if (!form) return;
  const box = form.elements.q;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(asked(form)), PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || event.isComposing) return;
    const first = document.querySelector("#results .pin-title");
    if (!first) return;
    event.preventDefault();
    first.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show(asked(form));
  });
  document.addEventListener("change", (event) => {
    if (event.target.form === form && event.target !== box) show(asked(form));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-search]");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(link.getAttribute("href")).then(() => goTo(link.getAttribute("href")));
  });
  // A link to a place on this page comes by here too, and leads to no other results.
  window.addEventListener("popstate", () => view() !== shown && window.location.reload());
  document.querySelector(".show-filters").classList.add("scripted");
}

// An empty field is left out, so that the address says no more than what was asked.
function asked(form) {
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  const statuses = given.filter(([name]) => name === "status").map(([, value]) => value);
  const isUsual = statuses.sort().join() === USUAL;
  const fields = given.filter(([name, value]) => !(name === "status" ? isUsual : name === "sort" && value === "relevance"));
  const words = new URLSearchParams(fields).toString();
  return words ? `/search?${words}` : "/search";
}

async function show(address) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const old = document.getElementById("search-found");
  const slow = setTimeout(() => old.setAttribute("aria-busy", "true"), SLOW);
  try {
    const response = await fetch(address.replace(/^\/search/, "/search/results"), { signal: mine.signal });
    const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = drawn.getElementById("search-found");
    if (mine.signal.aborted) return;
    if (!fresh) return window.location.assign(address); // signed out meanwhile, or an error's own page
    place(fresh, address);
  } catch (error) {
    if (!mine.signal.aborted) window.location.assign(address);
  } finally {
    clearTimeout(slow);
    if (mine === asking) document.getElementById("search-found").removeAttribute("aria-busy");
  }
}

// Put what was drawn in place; focus stays where it was, and lists that were open stay open.
function place(fresh, address) {
  const old = document.getElementById("search-found");
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const open of old.querySelectorAll("details[open][id]")) {
    const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = true;
  }
  old.replaceWith(document.adoptNode(fresh));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  history.replaceState(null, "", address);
  shown = view();
  const words = document.getElementById("q").value.trim();
  document.title = `${words ? `${words.slice(0, 80)} · ` : ""}${say("Search")} · Pincite`;
  const count = document.getElementById("count")?.textContent.trim();
  document.getElementById("told").textContent = count ?? say("That did not work.");
}

// After a link of the results themselves one starts at their top, and the box says what was asked.
function goTo(address) {
  const fields = new URL(address, window.location).searchParams;
  document.getElementById("q").value = fields.get("q") ?? "";
  const results = document.getElementById("results");
  if (!results) return;
  results.tabIndex = -1;
  results.focus({ preventScroll: true });
  results.scrollIntoView({ block: "start" });
}
