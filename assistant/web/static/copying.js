// Links that are to be sent to others: a button copies each, and says so.
import { say } from "./saying.js";

export function offerCopies(within) {
  if (!navigator.clipboard) return; // a browser lends it to no page that came unencrypted
  for (const link of within.querySelectorAll("input.share-link")) {
    const told = teller();
    const both = make("span", "copier");
    both.append(copier(say("Copy the link"), () => link.value, told), told);
    link.after(both);
  }
  for (const link of within.querySelectorAll("a[data-copy]")) {
    const told = teller();
    link.replaceWith(copier(link.dataset.copy, () => link.href, told), told);
  }
}

function teller() {
  const node = make("span", "hint");
  node.setAttribute("aria-live", "polite");
  return node;
}

function make(tag, kind) {
  const node = document.createElement(tag);
  node.className = kind;
  return node;
}

function copier(words, address, told) {
  const button = make("button", "quiet");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", async () => {
    const isDone = await navigator.clipboard.writeText(address()).then(() => true, () => false);
    told.textContent = isDone ? say("Copied.") : say("Your browser did not let it be copied: {address}", { address: address() });
  });
  return button;
}
