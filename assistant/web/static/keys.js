// '/' goes to the question, j and k to the next and previous citation, Esc closes.
import { closeBeside } from "./beside.js";

const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export function enhanceKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (closeBeside()) event.preventDefault();
      else document.activeElement?.blur();
      return;
    }
    if (isWriting(event.target)) return;
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
      document.getElementById("q")?.select();
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
  const pins = [...document.querySelectorAll("#main .pin, #main .pin-title")];
  const at = pins.indexOf(document.activeElement);
  if (pins.length === 0 || (at < 0 && event.key.startsWith("Arrow"))) return;
  event.preventDefault();
  const next = at < 0 ? (by > 0 ? 0 : pins.length - 1) : (at + by + pins.length) % pins.length;
  pins[next].focus();
  pins[next].scrollIntoView({ block: "nearest" });
}
