// The citations of a page in their order, and the one whose source is open.

export const citations = () => [...document.querySelectorAll("#main .pin, #main .pin-title")];

// Which citation it is, counted from 1, and of how many; 0 where it is none.
export function placeOf(link) {
  const every = citations();
  return { at: every.indexOf(link) + 1, of: every.length };
}

// Light the sentence that a citation belongs to, and no other, and say of it that it is open.
export function mark(link) {
  for (const each of document.querySelectorAll(".is-open")) each.classList.remove("is-open");
  for (const each of document.querySelectorAll("[data-cite][aria-current]")) {
    each.removeAttribute("aria-current");
    each.setAttribute("aria-expanded", "false");
  }
  if (!link) return;
  link.closest(".quote, .hit, .card, .written p")?.classList.add("is-open");
  link.setAttribute("aria-current", "true");
  link.setAttribute("aria-expanded", "true");
  link.setAttribute("aria-controls", "beside");
}
