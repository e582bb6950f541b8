// The address of what is asked: one that asks it, until what was told is kept and has its own.
import { addressOf, ID } from "./saving.js";
import { day, make } from "./templates.js";

export function remember(asked) {
  document.title = `${asked.question.slice(0, 80)} · Pincite`;
  history.pushState(null, "", asked.conversation ? `/conversations/${asked.conversation}` : addressOf(asked));
}

// To come back to what is kept asks nothing again. Where a source lies over it, that goes first.
export function settle(place) {
  if (!place || !ID.test(place.conversation) || !ID.test(place.turn)) return;
  const own = () => history.replaceState(null, "", `/conversations/${place.conversation}`);
  if (history.state?.over) window.addEventListener("popstate", own, { capture: true, once: true });
  else own();
}

// A page that came with its answer: it is asked once, and what came last is what was wanted.
export function settleLoaded() {
  const reply = document.getElementById("reply");
  if (!reply?.dataset.turn) return;
  settle(reply.dataset);
  if (document.querySelector("#earlier .turn")) document.getElementById("asked").scrollIntoView();
}

// What was asked for a day that is past says so, above whatever comes of it.
export function asItStood(asked) {
  const node = make("history", { day: day(asked.as_of) });
  node.querySelector("a").href = addressOf({ question: asked.question });
  return node;
}
