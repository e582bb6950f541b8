// What is typed and not sent outlives the page in its tab: another language, or the way through the
// door, takes nothing from whoever writes. It is kept for this person, and goes when they sign out.
const KEPT = "#ask textarea, .report textarea";

export function enhanceDrafting() {
  document.addEventListener("input", ({ target }) => target.matches(KEPT) && keep(target));
  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action") === "/sign-out") sessionStorage.clear();
    if (target.id === "ask") forget(target);
  });
  for (const box of document.querySelectorAll(KEPT)) restore(box);
}

export function forget(form) {
  for (const box of form.querySelectorAll("textarea, input")) sessionStorage.removeItem(keyOf(box));
}

function keep(box) {
  if (box.value.trim()) sessionStorage.setItem(keyOf(box), box.value);
  else sessionStorage.removeItem(keyOf(box));
}

function restore(box) {
  const draft = sessionStorage.getItem(keyOf(box));
  if (!draft || box.value) return;
  box.value = draft;
  box.closest("details")?.setAttribute("open", "");
}

function keyOf(box) {
  const person = document.querySelector(".person-name")?.title ?? document.getElementById("person")?.value ?? "";
  return `draft ${JSON.stringify([person, box.form.getAttribute("action"), box.name])}`;
}
