// Beside a link that is to be sent to others: a button that copies it, and says so.
import { say } from "./saying.js";

const aloud = document.createElement("p");

export function enhanceCopying() {
  if (!navigator.clipboard) return; // a browser lends it to no page that came unencrypted
  aloud.className = "hidden";
  aloud.setAttribute("role", "status");
  document.getElementById("main").append(aloud);
  for (const link of document.querySelectorAll("input.share-link")) link.after(copierOf(link));
}

function copierOf(link) {
  const [both, told, copier] = ["span", "span", "button"].map((tag) => document.createElement(tag));
  both.className = "copier";
  told.className = "hint";
  copier.className = "quiet";
  copier.type = "button";
  copier.textContent = say("Copy the link");
  copier.addEventListener("click", async () => {
    const isDone = await navigator.clipboard.writeText(link.value).then(() => true, () => false);
    if (!isDone) link.select();
    told.textContent = isDone ? say("Copied.") : say("Your browser did not let it be copied. Copy it by hand.");
    aloud.textContent = told.textContent;
  });
  both.append(copier, told);
  return both;
}
