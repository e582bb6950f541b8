// Offer documents by their titles while somebody types which one supersedes another.
const PAUSE = 200; // milliseconds without a key before they are looked for
const FEWEST = 2; // characters of a title
let waiting = 0;
let latest = "";

export function enhanceSucceeding() {
  for (const box of document.querySelectorAll("input[name=superseded_by][list]")) {
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      if (!tell(box)) waiting = setTimeout(() => offer(box), PAUSE);
    });
    if (!tell(box)) offer(box); // what was typed before this was loaded, or is asked for anew
  }
}

async function offer(box) {
  const title = box.value.trim();
  latest = title;
  if (title.length < FEWEST) return;
  const response = await fetch(`/api/governance/documents?${new URLSearchParams({ title })}`).catch(() => null);
  if (!response?.ok || latest !== title) return; // an id can be typed all the same
  const { documents } = await response.json();
  box.list.replaceChildren(
    ...documents.map(({ document: id, title: name, source, version }) => {
      const one = new Option(`${name} · ${source} · ${version}`, id);
      one.dataset.title = name;
      return one;
    }),
  );
}

// An id says nothing to a person: once one is chosen, its title stands below it.
function tell(box) {
  const one = [...box.list.options].find((each) => each.value === box.value);
  box.closest(".field").querySelector("output").textContent = one?.dataset.title ?? "";
  return one !== undefined;
}
