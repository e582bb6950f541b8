// Keys that step through a source: places found, and sizes. Steps made quickly wait for each other.
import { turned } from "./beside.js";

let last = Promise.resolve();

// What stands on the page in view: beside an answer, else the page itself.
export function inView() {
  const beside = document.getElementById("beside");
  return beside.hidden ? document.getElementById("main") : beside;
}

export function stepFound(by) {
  return step(() => inView().querySelector(`a[data-step="${by}"]`));
}

export function stepZoom(by) {
  return step(() => {
    const links = [...inView().querySelectorAll("a[data-zoom]")];
    return links[links.findIndex((each) => each.hasAttribute("aria-current")) + by];
  });
}

function step(link) {
  if (!link()) return false;
  last = last.then(turned).then(() => {
    link()?.click();
    return turned();
  });
  return true;
}
