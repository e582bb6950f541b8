// '/' goes to the question or the words to find, j and k to the next and previous citation, n and p
// to the next and previous place found, + and - to another size, Esc closes. But for Esc, and arrows
// between citations, they can be switched off.
import { closeBeside, stepBeside } from "./beside.js";
import { citations } from "./citations.js";
import { hasLetterKeys } from "./letters.js";
import { dismissPeek } from "./peeking.js";
import { inView, stepFound, stepZoom } from "./stepping.js";

const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const FOUND = { n: 1, p: -1 };
const SIZES = { "+": 1, "=": 1, "-": -1 };

export function enhanceKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (dismissPeek() || closeBeside()) event.preventDefault();
      else document.activeElement?.blur();
      return;
    }
    if (isWriting(event.target) || (!hasLetterKeys() && event.key.length === 1)) return;
    if (event.key === "/") {
      event.preventDefault();
      const box = document.getElementById("q") ?? inView().querySelector("#find");
      box?.focus();
      box?.select();
    } else if (event.key in FOUND) {
      if (stepFound(FOUND[event.key])) event.preventDefault();
    } else if (event.key in SIZES) {
      if (stepZoom(SIZES[event.key])) event.preventDefault();
    } else if (event.key in STEPS) {
      step(event, STEPS[event.key]);
    }
  });
}

function isWriting(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

// Arrow keys move between citations only from one of them; elsewhere they scroll, as ever.
function step(event, by) {
  if (event.key.startsWith("Arrow") && !citations().includes(document.activeElement)) return;
  if (stepBeside(by)) event.preventDefault();
}
