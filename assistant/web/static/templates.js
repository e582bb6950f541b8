// Fill the page's own <template> elements. Only textContent and same-site paths are ever written.

import { describe } from "./peeking.js";
import { say } from "./saying.js";

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", timeZone: "UTC" });

// As the server writes it: by the same table.
export function day(iso) {
  if (!iso) return "";
  const at = new Date(`${iso}T00:00:00Z`);
  const facts = { day: at.getUTCDate(), month: say(MONTH.format(at)), year: at.getUTCFullYear() };
  return facts.day === 1 ? say("1 {month} {year}", facts) : say("{day} {month} {year}", facts);
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
  const node = make("cite", {
    source: citation.source,
    pin_page: citation.page && say("p. {page}", citation),
    words: citation.words.replace(/\s+/g, " ").trim(),
    title: source.title,
    version: say("version {version}", source),
    status: say(source.status),
    date: dated(source),
    page: citation.page && say("page {page}", citation),
  });
  const link = node.querySelector(".pin");
  link.href = `${ownPath(citation.link)}#lit`;
  link.setAttribute("aria-label", opens(citation));
  return node;
}

function opens(citation) {
  if (citation.page) return say("Open source {source}, page {page}, at these words", citation);
  return say("Open source {source}, at these words", citation);
}

function dated(source) {
  if (source.effective_from) return say("in force from {day}", { day: day(source.effective_from) });
  return say("taken in {day}", { day: day(source.added_on) });
}

export function group(source) {
  const node = make("group", {
    ...source,
    kind: say(source.kind),
    status: say(source.status),
    version: say("version {version}", source),
    today: source.today && say("today: {status}", { status: say(source.today) }),
    from: source.effective_from && say("in force from {day}", { day: day(source.effective_from) }),
    until: source.expires_on && say("until {day}", { day: day(source.expires_on) }),
    overdue: source.overdue_since && say("review overdue since {day}", { day: day(source.overdue_since) }),
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
  const node = make("refusal", { text: say(sent.text) });
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

// It says why, and then what still works: two sentences that are each said by themselves.
export function stopped(sent) {
  return make("stopped", { text: sent.text.split(/(?<=\.) /).map((each) => say(each)).join(" ") });
}

const WORDS = { question: "a question", as_of: "the day", kinds: "the kind" };

export function problem(error) {
  const expected = error.expected.replace(/`(\w+)`/g, (all, name) => WORDS[name] ?? name);
  const told = say("Expected {expected}; got {got}.", { expected: say(expected), got: say(error.got) });
  return make("problem", { told, do: say(error.do) });
}
