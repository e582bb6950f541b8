// Fill the page's own <template> elements. Only textContent and same-site paths are ever written.

import { describe } from "./peeking.js";

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export function day(iso) {
  return iso ? DAY.format(new Date(`${iso}T00:00:00Z`)) : "";
}

export function make(name, slots = {}) {
  const node = document.getElementById(`t-${name}`).content.firstElementChild.cloneNode(true);
  for (const slot of node.querySelectorAll("[data-slot]")) {
    const text = slots[slot.dataset.slot];
    if (text === undefined || text === null || text === "") slot.remove();
    else slot.textContent = String(text);
  }
  return node;
}

// A link is followed only if it is a path of ours, whatever the server sent.
export function ownPath(link) {
  return /^\/source\/[\w.%-]+\/\d+(\?start=\d+&end=\d+)?$/.test(link) ? link : "/";
}

// A citation with what is shown of it while it is pointed at: its words, and where they are from.
export function pin(citation, source) {
  const page = citation.page ? `, page ${citation.page}` : "";
  const node = make("cite", {
    source: citation.source,
    pin_page: citation.page && `p. ${citation.page}`,
    words: citation.words.replace(/\s+/g, " ").trim(),
    title: source.title,
    version: `version ${source.version}`,
    status: source.status,
    date: dated(source),
    page: citation.page && `page ${citation.page}`,
  });
  const link = node.querySelector(".pin");
  link.href = `${ownPath(citation.link)}#lit`;
  link.setAttribute("aria-label", `Open source ${citation.source}${page}, at these words`);
  return node;
}

function dated(source) {
  return source.effective_from ? `in force from ${day(source.effective_from)}` : `taken in ${day(source.added_on)}`;
}

export function group(source) {
  const node = make("group", {
    ...source,
    from: source.effective_from && `in force from ${day(source.effective_from)}`,
    until: source.expires_on && `until ${day(source.expires_on)}`,
    overdue: source.overdue_since && `review overdue since ${day(source.overdue_since)}`,
  });
  node.querySelector(".badge").dataset.status = source.status;
  node.querySelector("h3 a").href = ownPath(source.link);
  return node;
}

// `sources` are those that its citations name, by number.
export function sentence(sent, sources) {
  const node = make("sentence", { text: sent.text, head: sent.head });
  for (const citation of sent.citations) {
    node.firstElementChild.append(" ", pin(citation, sources.get(citation.source).source));
  }
  describe(node);
  return node;
}

export function quote(citation) {
  return { text: citation.words.replace(/\s+/g, " ").trim(), citations: [citation] };
}

export function refusal(sent) {
  const node = make("refusal", { text: sent.text });
  const nearest = node.querySelector(".nearest");
  for (const source of sent.nearest) {
    const near = document.createElement("article");
    near.className = "near";
    near.append(group(source).querySelector(".card"));
    nearest.append(near);
  }
  if (sent.nearest.length === 0) node.querySelector(".nearest-title").remove();
  return node;
}

export function stopped(sent) {
  return make("stopped", { text: sent.text });
}

const WORDS = { question: "a question", as_of: "the day", kinds: "the kind" };

export function problem(error) {
  const expected = error.expected.replace(/`(\w+)`/g, (all, name) => WORDS[name] ?? name);
  return make("problem", { told: `Expected ${expected}; got ${error.got}.`, do: error.do });
}
