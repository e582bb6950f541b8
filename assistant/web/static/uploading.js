// Sends chosen or dropped files one after the other, and shows how far each is and what became of it.
// Names and messages are put in as text, never as markup.

const AGAIN = 2000; // milliseconds between looks at what became of a file
const BECAME = {
  stored: "Stored. It is being read.",
  replaced: "Stored as a new version. It is being read.",
  same: "The same file lies there already. Nothing was changed.",
};
const REACHED = {
  found: "Read whole. Its readers find it now.",
  partly: "Read in part.",
  refused: "Stored, but it could not be read.",
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
  told.textContent = "Waits for its turn.";
  const bar = document.createElement("progress");
  bar.max = Math.max(file.size, 1);
  bar.value = 0;
  bar.setAttribute("aria-label", `How far ${file.name} is`);
  all.append(name, told);
  row.append(all, bar);
  document.getElementById("sending").append(row);
  return { row, told, bar, name: file.name };
}

async function send(file, said, token, row, most) {
  if (file.size > most) {
    return end(row, `Expected at most ${Math.floor(most / 1e6)} MB, got ${Math.ceil(file.size / 1e6)} MB. Split it.`, true);
  }
  row.told.textContent = "Being sent.";
  said.set("name", file.name);
  try {
    const answer = await posted(file, said, token, row.bar);
    document.getElementById("sending-further").hidden = false;
    end(row, BECAME[answer.became]);
    if (answer.became !== "same") follow(row, answer.uri);
  } catch (error) {
    end(row, error.message, true);
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
      const said = told ? `Expected ${told.expected}; got ${told.got}. ${told.do}` : "The server did not take it. Load the page anew.";
      lost(new Error(said));
    });
    request.addEventListener("error", () => lost(new Error("It did not arrive whole and is not kept. Send it again.")));
    request.send(file);
  });
}

function end(row, told, isProblem = false) {
  row.told.textContent = told;
  row.row.classList.toggle("is-wrong", isProblem);
  row.bar.remove();
  document.getElementById("sending-told").textContent = `${row.name}: ${told}`;
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
    const why = got ? ` ${expected ? `Expected: ${expected}. Got: ` : ""}${got}. ${todo}` : "";
    return end(row, REACHED[reached] + why, reached === "refused");
  }
}
