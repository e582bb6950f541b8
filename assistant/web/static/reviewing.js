// The review pages by keyboard, and words of sources pinned to the sentence that is being written.
import { hasLetterKeys } from "./letters.js";
import { dismissPeek } from "./peeking.js";

const LIST = "pincite-cases";

export function enhanceReviewing() {
  const rows = Array.from(document.querySelectorAll("#cases [data-case]"));
  if (rows.length) remember(rows.map((each) => each.dataset.case));
  const writing = document.getElementById("writing");
  if (writing) enhanceWriting(writing);
  const keys = document.getElementById("review-keys");
  if (!keys || !hasLetterKeys()) return;
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (keys.open || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "?") keys.showModal();
    else if (rows.length ? inQueue(event.key, rows) : inCase(event.key)) dismissPeek();
    else return;
    event.preventDefault();
  });
  keys.dataset.listens = "yes";
}

function remember(cases) {
  try {
    sessionStorage.setItem(LIST, cases.join(" "));
  } catch {
    // a browser that keeps nothing has no next case
  }
}

function inQueue(key, rows) {
  const at = rows.findIndex((each) => each.contains(document.activeElement));
  if (key === "j" || key === "k") {
    const next = rows[key === "j" ? at + 1 : Math.max(at - 1, 0)];
    if (next) focus(next);
    return Boolean(next);
  }
  const take = key === "a" && at >= 0 && rows[at].querySelector(".case-take button");
  if (take) take.click();
  return Boolean(take);
}

function focus(row) {
  const target = row.querySelector("a") ?? row;
  if (target === row) row.tabIndex = -1;
  target.focus();
  row.scrollIntoView({ block: "nearest" });
}

function inCase(key) {
  const press = { a: "take-case", e: "answer-case", u: "to-queue" }[key];
  if (press) {
    document.getElementById(press)?.click();
    return true;
  }
  if (key === "x") {
    const box = document.getElementById("tell") ?? document.getElementById("dismiss-case");
    box?.focus();
    return Boolean(box);
  }
  return (key === "n" || key === "p") && toCase(key === "n" ? 1 : -1);
}

function toCase(by) {
  const here = document.querySelector("article.case[data-case]")?.dataset.case;
  const cases = (sessionStorage.getItem(LIST) ?? "").split(" ");
  const next = cases[cases.indexOf(here) + by];
  if (!here || !cases.includes(here) || !/^\d+$/.test(next ?? "")) return false;
  window.location.assign(`/review/${next}`);
  return true;
}

// A press on a number, or words that were selected, go to the sentence that was written last.
function enhanceWriting(form) {
  let row = form.querySelector(".writing-row");
  form.addEventListener("focusin", (event) => {
    row = event.target.closest(".writing-row") ?? row;
  });
  form.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-pin]")) event.preventDefault(); // so that what is selected stays
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button && row) add(row, selected(button) ?? button.dataset.pin);
  });
}

function add(row, cite) {
  const box = row.querySelector("input");
  const cites = box.value.split(/[\s,;]+/).filter(Boolean);
  if (!cites.includes(cite)) cites.push(cite);
  box.value = cites.join(", ");
  row.classList.add("is-pinned");
}

// Characters of the document, where a part of this very sentence is selected.
function selected(button) {
  const words = button.parentElement.querySelector("[data-words]");
  const selection = window.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (range.startContainer !== words.firstChild || range.endContainer !== words.firstChild) return null;
  const start = Number(words.dataset.start);
  const before = (at) => Array.from(words.textContent.slice(0, at)).length; // characters, not units
  return `${button.dataset.pin.split(".")[0]}:${start + before(range.startOffset)}-${start + before(range.endOffset)}`;
}
