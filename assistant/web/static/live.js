// Keeps a part of a page in step with the server, which draws it: often while something goes on.
// What has focus keeps it, what was open stays open, and what changed is said.

let waiting = 0;

export function enhanceLive() {
  if (document.getElementById("live")?.dataset.live) wait();
}

function wait() {
  clearTimeout(waiting);
  waiting = setTimeout(look, Number(document.getElementById("live").dataset.live) * 1000);
}

async function look() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    // The server is away: what is shown stays, and it is looked at again.
  }
  wait();
}

async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = response.ok && new DOMParser().parseFromString(await response.text(), "text/html").getElementById("live");
  const old = document.getElementById("live");
  if (!fresh || fresh.outerHTML === old.outerHTML || old.querySelector("details[open] form")) return;
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
