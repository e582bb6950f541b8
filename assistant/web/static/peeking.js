// The words behind a citation, shown while it is pointed at or in focus. The style does that alone;
// scripts let Escape hide them, find room for them, and tell screen readers which words belong.

let numbered = 0;

export function enhancePeeking() {
  describe(document);
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => place(event.target.closest?.(".cite")));
  }
  for (const name of ["pointerout", "focusout"]) {
    document.addEventListener(name, (event) => {
      const cite = event.target.closest?.(".cite");
      if (cite && !cite.contains(event.relatedTarget)) cite.classList.remove("is-dismissed");
    });
  }
}

// Where the sentence is the words, a screen reader is told only where they are from.
export function describe(within) {
  for (const pin of within.querySelectorAll(".cite > .pin:not([aria-describedby])")) {
    const peek = pin.nextElementSibling;
    const told = pin.closest(".quote") ? peek.querySelector(".peek-where") : peek;
    told.id = `peek-${(numbered += 1)}`;
    pin.setAttribute("aria-describedby", told.id);
  }
}

// Hide what is shown; false where nothing is.
export function dismissPeek() {
  const shown = [...document.querySelectorAll(".cite")].filter(isShown);
  for (const each of shown) each.classList.add("is-dismissed");
  return shown.length > 0;
}

const isShown = (cite) => getComputedStyle(cite.querySelector(".peek")).display !== "none";

// Above the sentence where there is more room than below it.
function place(cite) {
  if (!cite || cite.classList.contains("is-dismissed")) return;
  const peek = cite.querySelector(".peek");
  peek.classList.remove("is-above");
  if (!isShown(cite)) return;
  const { top, bottom } = cite.parentElement.getBoundingClientRect();
  const isLow = bottom + peek.offsetHeight > window.innerHeight;
  peek.classList.toggle("is-above", isLow && top > window.innerHeight - bottom);
}
