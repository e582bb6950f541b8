// Keeps a part of a page in step with the server, which draws it: often while something goes on.
// What has focus keeps it, what was open stays open, and what changed is said. Where it could not be
// kept in step, it says since when, and is marked as old until it can be again.
import { DOOR, doorTo } from "./failing.js";
import { say } from "./saying.js";

const PATIENCE = 15_000; // milliseconds for an answer
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
const lagging = document.createElement("p");
let waiting = 0;
let upToDate = new Date();
let lags = "";

export function enhanceLive() {
  const live = document.getElementById("live");
  if (!live?.dataset.live) return;
  lagging.className = "lagging";
  lagging.setAttribute("role", "status");
  live.before(lagging); // it is there before it says anything, so that it is heard
  wait();
}

function wait() {
  clearTimeout(waiting);
  waiting = setTimeout(look, Number(document.getElementById("live").dataset.live) * 1000);
}

async function look() {
  if (!document.hidden) tell(await refresh().catch(() => "away"));
  wait();
}

// What is shown stays, and it is looked at again; why it could not be is said once.
function tell(why) {
  if (why === lags) return;
  lags = why;
  lagging.replaceChildren();
  if (!why) return;
  lagging.append(say("Not updated since {time} UTC.", { time: TIME.format(upToDate) }));
  if (why !== "out") return;
  const door = document.createElement("a");
  door.href = doorTo(location.pathname + location.search);
  door.textContent = say("Sign in again");
  lagging.append(" ", say("You have been signed out."), " ", door);
}

// Why it could not be kept in step; an empty string where it was.
async function refresh() {
  const asked = { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) };
  const response = await fetch(location.href, asked);
  if (response.redirected && new URL(response.url).pathname === DOOR) return "out";
  const fresh = response.ok && new DOMParser().parseFromString(await response.text(), "text/html").getElementById("live");
  if (!fresh) return "away";
  place(fresh);
  return "";
}

function place(fresh) {
  const old = document.getElementById("live");
  const isSame = fresh.outerHTML === old.outerHTML;
  if (!isSame && old.querySelector("details[open] form")) return; // somebody is filling it in
  upToDate = new Date();
  if (isSame) return;
  const place = placeOf(old);
  const said = old.dataset.told;
  old.replaceWith(document.adoptNode(fresh));
  focusAgain(fresh, place);
  if (fresh.dataset.told !== said) document.getElementById("live-told").textContent = fresh.dataset.told;
}

// Where the focus is, so that the same control has it in what is drawn anew.
function placeOf(old) {
  const all = [...old.querySelectorAll("a, button, summary, [tabindex]")];
  return all.indexOf(document.activeElement);
}

function focusAgain(fresh, place) {
  if (place < 0) return;
  const all = [...fresh.querySelectorAll("a, button, summary, [tabindex]")];
  all[Math.min(place, all.length - 1)]?.focus({ preventScroll: true });
}
