// Offer an answer as a file, once it is whole and kept, and what else can be done with it.
import { make } from "./templates.js";

export const ID = /^[0-9a-f]{32}$/;

export function offerToSave(reply, place) {
  if (!place || !ID.test(place.conversation) || !ID.test(place.turn)) return;
  const node = make("save");
  for (const link of node.querySelectorAll("a")) {
    link.href = `/export/conversations/${place.conversation}?turn=${place.turn}&form=${link.dataset.form}`;
  }
  reply.append(node);
}

// Another question in its place, the same once more, and a link to it for others.
export function offerTools(reply, place, asked) {
  if (!place || !ID.test(place.conversation) || !ID.test(place.turn)) return;
  const node = make("tools");
  const at = `/conversations/${place.conversation}`;
  node.querySelector("[data-again]").href = addressOf(asked, place.conversation);
  node.querySelector("[data-tool=edit]").href = `${at}?edit=${place.turn}#q`;
  const share = node.querySelector("[data-tool=share]");
  if (share) share.href = `${at}/share?turn=${place.turn}`;
  reply.append(node);
}

// What was cut short can be asked again, kept or not.
export function offerAgain(reply, asked) {
  const node = make("tools");
  const link = node.querySelector("[data-again]");
  link.href = addressOf(asked, asked.conversation);
  node.replaceChildren(link);
  reply.append(node);
}

// A question as it is asked again: for the same day and kind.
export function addressOf({ question, kinds, as_of: day }, conversation = "") {
  const given = new URLSearchParams({ q: question });
  if (conversation) given.set("conversation", conversation);
  if (kinds) given.set("kind", kinds[0]);
  if (day) given.set("as_of", day);
  return `/?${given}`;
}
