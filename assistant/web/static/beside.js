// Open a source beside the answer: the same markup as its own page, fetched and adopted. On narrow
// screens it lies over the answer, and going back leads to it again.

import { citations, mark, placeOf } from "./citations.js";
import { hasLetterKeys } from "./letters.js";
import { enhancePages } from "./paging.js";
import { say } from "./saying.js";

const WIDE = window.matchMedia("(min-width: 70rem)");
const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
const UNDER = ".skip, .top, #main, .foot";
let opener = null;
let turning = Promise.resolve();
let latest = 0;
const view = () => window.location.pathname + window.location.search;
let seen = view();

// Settles when the view that was last asked for is shown.
export const turned = () => turning;

export function enhanceBeside() {
  const beside = document.getElementById("beside");
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const turn = event.target.closest?.("#main a[data-view]");
    if (turn) {
      event.preventDefault();
      turning = turnTo(turn.getAttribute("href"));
      return;
    }
    const link = event.target.closest?.("a[data-cite], #beside a[data-view], #beside .versions a, #beside .notice a");
    if (!link) return;
    event.preventDefault();
    if (link === opener && isBesideOpen()) {
      beside.querySelector(".beside-title").focus(); // asked for again: the keyboard goes in
      return;
    }
    if (!beside.contains(link)) opener = link;
    turning = open(beside, link.getAttribute("href"), !link.matches("[data-view]"));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.find-in")) return;
    event.preventDefault();
    const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
    turning = beside.contains(form) ? open(beside, address) : turnTo(address);
  });
  WIDE.addEventListener("change", () => arrange(beside));
  window.addEventListener("popstate", (event) => {
    if (shut()) event.stopImmediatePropagation(); // it only led back from a source
    else if (document.querySelector("#main > #source")) again();
  });
}

// Another view of the source on its own page: what stands around it stays.
async function turnTo(address) {
  const source = await sourceAt(address);
  if (!source) {
    window.location.assign(address);
    return;
  }
  history.pushState(null, "", address);
  seen = view();
  show(source);
}

// A link to a place on this page comes by here too, and leads to no other view.
async function again() {
  if (view() === seen) return;
  seen = view();
  const source = await sourceAt(window.location.href);
  if (source) show(source);
  else window.location.reload();
}

function show(source) {
  const shown = document.querySelector("#main > #source");
  const wasFinding = shown.querySelector("#find") === document.activeElement;
  shown.replaceWith(document.adoptNode(source));
  if (wasFinding) source.querySelector("#find").focus({ preventScroll: true });
  enhancePages(source);
  showLit(source);
}

async function sourceAt(address) {
  try {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.getElementById("source");
  } catch {
    return null;
  }
}

// Where steps are made faster than sources come, the last one counts.
async function open(beside, address, isOther = false) {
  const mine = (latest += 1);
  mark(opener);
  beside.setAttribute("aria-busy", "true");
  const source = await sourceAt(address);
  if (mine !== latest) return;
  beside.removeAttribute("aria-busy");
  if (!source) {
    window.location.assign(address);
    return;
  }
  const wasInside = beside.contains(document.activeElement);
  const had = document.activeElement?.dataset?.by;
  beside.replaceChildren(bar(address, source), document.adoptNode(source));
  if (beside.hidden && !WIDE.matches) history.pushState({ over: true }, "");
  beside.hidden = false;
  document.body.classList.add("has-beside");
  arrange(beside);
  if (wasInside) (beside.querySelector(`[data-by="${had}"]`) ?? beside.querySelector(".beside-title")).focus();
  enhancePages(beside);
  showLit(beside);
  if (isOther && WIDE.matches) tell(beside);
}

// Beside the answer the focus stays where it is, so what was opened is said. A link within what was
// open leads to another source than the citation's.
function tell(beside) {
  const title = beside.querySelector(".beside-title").textContent;
  const { at, of } = placeOf(opener);
  const page = opener?.querySelector(".pin-page")?.textContent.match(/\d+/)?.[0];
  const isCited = at > 0 && beside.querySelector(".beside-bar > a").getAttribute("href") === opener.getAttribute("href");
  const facts = { at, of, title, page };
  let told = say("Source opened: {title}", facts);
  if (isCited) told = say("Source {at} of {of} opened: {title}", facts);
  if (isCited && page) told = say("Source {at} of {of} opened: {title}, page {page}", facts);
  document.getElementById("beside-told").textContent = told;
}

// Over the answer it is a dialog: what lies under it is out of reach until it is closed.
function arrange(beside) {
  const isOver = !beside.hidden && !WIDE.matches;
  for (const each of document.querySelectorAll(UNDER)) each.inert = isOver;
  if (isOver) {
    beside.setAttribute("role", "dialog");
    beside.setAttribute("aria-modal", "true");
    if (!beside.contains(document.activeElement)) beside.querySelector(".beside-title").focus();
  } else {
    beside.removeAttribute("role");
    beside.removeAttribute("aria-modal");
  }
}

// What must stay in view however far the source is scrolled: which document, its standing, and
// which citation it is.
function bar(address, source) {
  const node = document.createElement("div");
  node.className = "beside-bar";
  const title = document.createElement("h2");
  title.className = "beside-title";
  title.tabIndex = -1;
  title.textContent = source.querySelector("h1").textContent;
  const badge = source.querySelector(".badge").cloneNode(true);
  const full = document.createElement("a");
  full.href = address;
  full.textContent = say("Own page");
  node.append(button(say("Close"), closeBeside, "beside-close"), title, badge, ...stepper(), full);
  return node;
}

function stepper() {
  const { at, of } = placeOf(opener);
  if (at === 0 || of < 2) return [];
  const node = document.createElement("p");
  node.className = "beside-steps";
  const told = document.createElement("span");
  if (!WIDE.matches) told.setAttribute("role", "status");
  told.textContent = say("{at} of {of}", { at, of });
  const previous = [-1, say("Previous"), say("Previous citation"), "k"];
  for (const [by, name, whole, key] of [previous, [1, say("Next"), say("Next citation"), "j"]]) {
    const each = button(name, () => stepBeside(by), "");
    each.dataset.by = by;
    each.setAttribute("aria-label", whole);
    if (hasLetterKeys()) each.setAttribute("aria-keyshortcuts", key);
    node.append(each);
  }
  node.insertBefore(told, node.lastChild);
  return [node];
}

function button(name, pressed, className) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = `quiet ${className}`.trim();
  node.textContent = name;
  node.addEventListener("click", () => pressed());
  return node;
}

// The citation before or after the one that is open, or in focus; false where there is none.
export function stepBeside(by, from = isBesideOpen() ? opener : document.activeElement) {
  const every = citations();
  if (every.length === 0) return false;
  const at = every.indexOf(from);
  const next = every[at < 0 ? (by > 0 ? 0 : every.length - 1) : (at + by + every.length) % every.length];
  const isInside = document.getElementById("beside").contains(document.activeElement);
  if (!isInside) next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  if (isBesideOpen() && next !== opener) next.click(); // what is open follows
  return true;
}

export function isBesideOpen() {
  return !document.getElementById("beside").hidden;
}

// Closed by its button it leaves no step behind to go back to.
export function closeBeside() {
  if (!isBesideOpen()) return false;
  if (history.state?.over) history.back();
  else shut();
  return true;
}

function shut() {
  const beside = document.getElementById("beside");
  if (beside.hidden) return false;
  latest += 1;
  beside.hidden = true;
  beside.replaceChildren();
  document.body.classList.remove("has-beside");
  arrange(beside);
  mark(null);
  document.getElementById("beside-told").textContent = "";
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  opener = null;
  return true;
}

export function showLit(within) {
  const lit = within.querySelector("#found") ?? within.querySelector("#lit");
  if (!lit) return;
  lit.scrollIntoView({ block: "center", behavior: CALM.matches || within.id !== "beside" ? "auto" : "smooth" });
}
