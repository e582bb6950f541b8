// What is ours in the language of the page: looked up by its English, which is said where none is.
let known = null;

export function say(english, facts = {}) {
  const said = table().get(english) ?? english;
  return said.replace(/\{(\w+)\}/g, (all, fact) => (Object.hasOwn(facts, fact) ? facts[fact] : all));
}

// What the server made up of facts is in no table, and is marked as what it is.
export function isSaid(english) {
  return document.documentElement.lang === "en" || table().has(english);
}

function table() {
  const rows = known ? [] : [...(document.getElementById("says")?.content.children ?? [])];
  known ??= new Map(rows.map((each) => [each.dataset.english, each.textContent]));
  return known;
}
