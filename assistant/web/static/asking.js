// Ask without leaving the page, and show each sentence as it comes.
import { closeBeside } from "./beside.js";
import { waits } from "./confirming.js";
import { differing } from "./differing.js";
import { events } from "./events.js";
import { failure } from "./failing.js";
import { asItStood, remember, settle } from "./placing.js";
import { offerRelated } from "./relating.js";
import { offerToReport } from "./reporting.js";
import { addressOf, offerAgain, offerTools, offerToSave } from "./saving.js";
import { isSaid, say } from "./saying.js";
import { day, group, make, problem, quote, refusal, sentence, stopped } from "./templates.js";

const UNREACHABLE = {
  expected: say("an answer from the server"),
  got: say("none"),
  do: say("Check that the server is running, then ask again."),
};
const CUT = say("The connection was lost before the answer ended. Ask again.");
const LAST = ["done", "refusal", "stopped", "error"];
const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
const STOPPABLE_AFTER = 400; // milliseconds: a button that only flashes would distract
let asking = null;

export function enhanceAsking() {
  const form = document.getElementById("ask");
  if (!form) return;
  const box = form.elements.q;
  fit(box);
  box.addEventListener("input", () => fit(box));
  new ResizeObserver(() => fit(box)).observe(form);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
  document.addEventListener("click", (event) => {
    const again = event.target.closest?.("#main a[data-again]");
    if (!again || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const asked = new URLSearchParams(again.search);
    box.value = asked.get("q");
    for (const name of ["kind", "as_of"]) form.elements[name].value = asked.get(name) ?? "";
    form.requestSubmit();
  });
  window.addEventListener("popstate", () => window.location.reload());
  if (form.elements.before.value) box.focus();
}

function fit(box) {
  box.rows = 1;
  while (box.scrollHeight > box.clientHeight + 2 && box.rows < 8) box.rows += 1;
}

async function ask(form) {
  if (asking) asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const asked = question(form);
  const reply = document.getElementById("reply");
  try {
    await branchOff(form, asked);
  } catch (error) {
    reply.replaceChildren(error.shown ?? problem(UNREACHABLE));
    return;
  }
  if (signal.aborted) return;
  remember(asked);
  closeBeside();
  form.elements.q.blur(); // so that the keys move between citations
  document.body.className = "asked";
  for (const each of document.querySelectorAll(".examples, .looked-at")) each.remove();
  moveUp(reply);
  reply.replaceChildren(make("waiting"));
  follow(form, asked);
  reply.setAttribute("aria-busy", "true");
  const withdraw = offerToStop(asked.answer, reply, asking);
  try {
    await answer(reply, asked, signal, form);
  } catch (error) {
    if (signal.aborted) return;
    reply.replaceChildren(problem(UNREACHABLE));
    form.elements.q.value = asked.question;
  } finally {
    withdraw();
  }
  fit(form.elements.q); // what failed stands in it again
  reply.removeAttribute("aria-busy");
}

// Where the server knows of no such answer, it is at least no longer listened to, which ends it too.
function offerToStop(answer, reply, mine) {
  const button = document.getElementById("stop");
  const timer = setTimeout(() => (button.hidden = false), STOPPABLE_AFTER);
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    const told = await fetch(`/api/answers/${answer}/stop`, { method: "POST" }).catch(() => null);
    if (told?.ok) return;
    mine.abort();
    end(reply, say("You stopped this answer."));
    withdraw();
  };
  const withdraw = () => {
    clearTimeout(timer);
    if (mine === asking) button.hidden = true;
  };
  return withdraw;
}

// What was asked and answered before stays on the page, above what is asked now.
function moveUp(reply) {
  const asked = document.getElementById("asked");
  if (asked.firstElementChild && !reply.querySelector(".waiting, .problem")) {
    const turn = make("turn");
    reply.querySelector(".related")?.remove();
    turn.append(...asked.children, ...reply.children);
    document.getElementById("earlier").append(turn);
  }
  asked.replaceChildren();
}

function follow(form, asked) {
  const heading = document.getElementById("asked");
  heading.append(make("asked", { question: asked.question }));
  if (asked.as_of && asked.as_of < form.elements.as_of.max) heading.append(asItStood(asked));
  document.querySelector(".anew-here")?.remove();
  form.elements.q.value = "";
  form.elements.q.placeholder = say("Ask a follow-up question");
  fit(form.elements.q);
  document.getElementById("anew").hidden = false;
  const isFirst = document.getElementById("earlier").childElementCount === 0;
  if (!isFirst) heading.scrollIntoView({ block: "start", behavior: CALM.matches ? "auto" : "smooth" });
}

// The server names the conversation with the first word of an answer, and says what it looked for.
function place(form, data) {
  if (data.conversation) form.elements.conversation.value = data.conversation;
  if (data.looked_for) document.getElementById("asked").append(make("looked-for", { text: data.looked_for }));
}

// What failed can be asked again as it was.
function fail(reply, form, asked, data) {
  reply.replaceChildren(problem(data));
  form.elements.q.value = asked.question;
}

function end(reply, text) {
  reply.querySelector(".waiting")?.remove();
  reply.append(stopped({ text }));
  reply.removeAttribute("aria-busy");
}

function question(form) {
  const asked = { question: form.elements.q.value, answer: randomId() };
  if (form.elements.kind.value) asked.kinds = [form.elements.kind.value];
  if (form.elements.as_of.value) asked.as_of = form.elements.as_of.value;
  if (form.elements.conversation.value) asked.conversation = form.elements.conversation.value;
  return asked;
}

// A question that takes the place of another goes on in a conversation of its own: none is lost.
async function branchOff(form, asked) {
  const before = form.elements.before.value;
  if (!before) return;
  const response = await fetch(`/api/conversations/${asked.conversation}/branches`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ before }),
  });
  if (!response.ok) {
    const going = `${addressOf(asked, asked.conversation)}&before=${before}`;
    throw Object.assign(new Error("no branch"), { shown: await failure(response, going, "signed-out") });
  }
  const { conversation } = await response.json();
  if (conversation) asked.conversation = conversation;
  else delete asked.conversation;
  form.elements.conversation.value = conversation;
  form.elements.before.value = "";
}

// Not crypto.randomUUID: browsers keep that from pages that are not served over TLS.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

async function answer(reply, asked, signal, form) {
  const response = await fetch("/api/ask/stream", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
    signal,
  });
  if (!response.ok) {
    reply.replaceChildren(await failure(response, addressOf(asked, asked.conversation), "signed-out"));
    form.elements.q.value = asked.question;
    return;
  }
  const told = { groups: new Map(), cited: [], mode: "", shown: new Set(), waits: null, place: null };
  let last = "";
  for await (const { name, data } of events(response.body)) {
    if (signal.aborted) return;
    last = name;
    if (["sources", "refusal", "confirmation"].includes(name)) place(form, data);
    if (name === "error") fail(reply, form, asked, data);
    if (name === "stopped") end(reply, data.text);
    if (name === "refusal") reply.replaceChildren(refusal(data));
    if (name === "confirmation") askForWord(reply, data.confirmation, told);
    if (name === "sources") begin(reply, data, asked, told);
    if (name === "source") told.groups.set(data.number, { source: data, node: null });
    if (name === "notice") notice(reply, data);
    if (name === "sentence" && told.mode === "quotes") add(reply, data, data.citations[0], told);
    if (name === "sentence" && told.mode !== "quotes") write(reply, data, told);
    if (name === "done") offerToSave(reply, told.place);
    if (name === "done") offerTools(reply, told.place, asked);
    if (name === "sentence") told.cited.push(...data.citations.map((each) => each.passage));
    if (["refusal", "stopped"].includes(name)) offerTools(reply, data, asked);
    if (["refusal", "stopped"].includes(name)) told.place = data;
    if ((name === "done" && told.mode) || name === "refusal") offerToReport(reply, asked.answer);
  }
  if (LAST.includes(last)) settle(told.place);
  if (last === "done" && told.cited.length) await offerRelated(reply, told.cited, asked);
  if (LAST.includes(last)) return;
  end(reply, CUT);
  offerAgain(reply, asked);
}

function begin(reply, data, asked, told) {
  const asOf = asked.as_of ? ` ${say("as of {day}", { day: day(data.as_of) })}` : "";
  reply.replaceChildren(...(told.waits ? [told.waits] : []), make("lead", { lead: lead(data), as_of: asOf }));
  told.mode = data.mode;
  if (data.mode === "approved") reply.querySelector(".lead").dataset.mode = data.mode;
  told.place = data;
  for (const source of data.sources) told.groups.set(source.number, { source, node: null });
  if (told.mode === "quotes") reply.append(make("quotes-alone"));
  else reply.append(...written(data, asked));
}

function lead({ lead, approved }) {
  if (!approved) return say(lead);
  const facts = { owner: approved.owner, approved: day(approved.approved_on), due: day(approved.review_by) };
  if (!approved.owner) return say("Approved answer, {approved}, to be reviewed by {due}", facts);
  return say("Approved answer, by {owner}, {approved}, to be reviewed by {due}", facts);
}

// Where the weights of a model are not known, its name ends with words of ours.
function writer(model) {
  return model.replace(/, not registered$/, () => `, ${say("not registered")}`);
}

// What a model wrote says so; what a reviewer approved leads on to the sources, should they say more.
function written(data, asked) {
  if (data.mode === "model") return [make("written"), make("by", { model: writer(data.model) }), make("rests")];
  const further = make("further");
  further.querySelector("a").href = `/?${new URLSearchParams({ q: asked.question, approved: "no" })}`;
  return [make("written"), further, make("rests")];
}

// What waits for a word stands first: it is what the person has to do.
function askForWord(reply, data, told) {
  told.waits = waits(data);
  reply.replaceChildren(told.waits);
}

function notice(reply, data) {
  const told = differing(data.text);
  const node = make("notice", { text: told ?? say(data.text) });
  if (told === null && !isSaid(data.text)) node.firstElementChild.lang = "en";
  const before = reply.querySelectorAll(".lead, .lead ~ .notice");
  if (before.length) before[before.length - 1].after(node);
  else reply.append(node);
}

// What a model wrote, and below it the words of the sources that carry it, each once.
function write(reply, data, told) {
  const said = sentence(data, told.groups).firstElementChild;
  if (data.differs) said.className = "differs";
  reply.querySelector(".written").append(said);
  for (const citation of data.citations) {
    if (told.shown.has(citation.link)) continue;
    told.shown.add(citation.link);
    add(reply, quote(citation), citation, told);
  }
}

// A source's group appears with its first sentence, so that the order is that of the answer.
function add(reply, data, citation, told) {
  const entry = told.groups.get(citation.source);
  if (!entry.node) {
    entry.node = group(entry.source);
    reply.append(entry.node);
  }
  entry.node.querySelector(".quotes").append(sentence({ ...data, head: citation.head }, told.groups));
}
