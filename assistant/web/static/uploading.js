// Sends chosen or dropped files one after the other, and shows how far each is and what became of it.
// Names and messages are put in as text, never as markup.

import { isSaid, say } from "./saying.js";

const AGAIN = 2000; // milliseconds between looks at what became of a file
const BECAME = {
  stored: say("Stored. It is being read."),
  replaced: say("Stored as a new version. It is being read."),
  same: say("The same file lies there already. Nothing was changed."),
};
const REACHED = {
  found: say("Read whole. Its readers find it now."),
  partly: say("Read in part."),
  refused: say("Stored, but it could not be read."),
};
let line = Promise.resolve();

export function enhanceUploading() {
  const form = document.getElementById("uploading");
  const drop = document.getElementById("drop");
  const input = form.elements.file;
  drop.querySelector(".drop-hint").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(form, [...input.files]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("is-over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take(form, [...event.dataTransfer.files]);
  });
  // What is dropped beside the place would else be opened by the browser, and the page lost.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
}

function take(form, files) {
  const said = new FormData(form);
  said.delete("file");
  said.delete("form_token");
  const token = form.elements.form_token.value;
  for (const file of files) {
    const row = rowOf(file);
    line = line.then(() => send(file, new URLSearchParams(said), token, row, Number(form.dataset.most)));
  }
}

function rowOf(file) {
  const row = document.createElement("li");
  row.className = "row";
  const all = document.createElement("div");
  const name = document.createElement("strong");
  name.className = "id";
  name.dir = "auto";
  name.textContent = file.name;
  const told = document.createElement("p");
  told.className = "hint";
  told.textContent = say("Waits for its turn.");
  const bar = document.createElement("progress");
  bar.max = Math.max(file.size, 1);
  bar.value = 0;
  bar.setAttribute("aria-label", say("How far {name} is", file));
  all.append(name, told);
  row.append(all, bar);
  document.getElementById("sending").append(row);
  return { row, told, bar, name: file.name };
}

async function send(file, said, token, row, most) {
  if (file.size > most) {
    const sizes = { most: Math.floor(most / 1e6), got: Math.ceil(file.size / 1e6) };
    return end(row, [say("Expected at most {most} MB, got {got} MB. Split it.", sizes)], true);
  }
  row.told.textContent = say("Being sent.");
  said.set("name", file.name);
  try {
    const answer = await posted(file, said, token, row.bar);
    document.getElementById("sending-further").hidden = false;
    end(row, [BECAME[answer.became]]);
    if (answer.became !== "same") follow(row, answer.uri);
  } catch (error) {
    end(row, error.told ?? [error.message], true);
  }
}

function posted(file, said, token, bar) {
  return new Promise((kept, lost) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/admin/upload/file?${said}`);
    request.setRequestHeader("X-Form-Token", token);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => (bar.value = event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 200 && request.response) return kept(request.response);
      const told = request.response?.error;
      lost(told ? refusal(told) : failure(say("The server did not take it. Load the page anew.")));
    });
    request.addEventListener("error", () => lost(failure(say("It did not arrive whole and is not kept. Send it again."))));
    request.send(file);
  });
}

function failure(...told) {
  return Object.assign(new Error(), { told });
}

function refusal(told) {
  return failure(...filled(say("Expected {expected}; got {got}."), told), " ", ours(told.do));
}

// A sentence of ours around what the server says, in pieces.
function filled(sentence, facts) {
  return sentence.split(/\{(\w+)\}/).map((piece, at) => (at % 2 ? ours(facts[piece]) : piece));
}

// What is in no table is marked as the English that it is.
function ours(english) {
  if (isSaid(english)) return say(english);
  const node = document.createElement("span");
  node.lang = "en";
  node.textContent = english;
  return node;
}

function end(row, told, isProblem = false) {
  row.told.replaceChildren(...told);
  row.row.classList.toggle("is-wrong", isProblem);
  row.bar.remove();
  const said = row.told.cloneNode(true).childNodes;
  document.getElementById("sending-told").replaceChildren(say("{name}:", row), " ", ...said);
}

async function follow(row, uri) {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, AGAIN));
    if (document.hidden) continue;
    const response = await fetch(`/admin/upload/outcome?${new URLSearchParams({ uri })}`).catch(() => null);
    if (!response) continue;
    if (!response.ok) return;
    const { reached, expected, got, do: todo } = await response.json();
    if (reached === "waiting") continue;
    const why = expected ? filled(say("Expected: {expected}. Got: {got}."), { expected, got }) : [ours(got), "."];
    return end(row, got ? [REACHED[reached], " ", ...why, " ", ours(todo)] : [REACHED[reached]], reached === "refused");
  }
}
