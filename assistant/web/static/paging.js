// Pages of a source: their words over the images, to be selected, fetched as each comes into view.

import { offerCopies } from "./copying.js";

const NEAR = "400px";
let watching = null;

export function enhancePages(within) {
  offerCopies(within);
  const sheets = within.querySelectorAll("figure[data-words]");
  if (sheets.length === 0) return;
  watching ??= new IntersectionObserver(seen, { rootMargin: NEAR });
  for (const sheet of sheets) watching.observe(sheet);
}

function seen(entries) {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watching.unobserve(target);
    lay(target);
  }
}

// Without its words a page can still be read: what cannot be fetched is left out.
async function lay(sheet) {
  const response = await fetch(sheet.dataset.words).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const words = page.querySelector("svg.page-words");
  if (words && sheet.isConnected) sheet.querySelector(".paper").append(document.adoptNode(words));
}
