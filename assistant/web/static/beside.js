// Open a source beside the answer: the same markup as its own page, fetched and adopted.
// Narrow screens follow the link instead.

const WIDE = window.matchMedia("(min-width: 70rem)");
const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
let opener = null;

export function enhanceBeside() {
  const beside = document.getElementById("beside");
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[data-cite], #beside a[data-view], #beside .versions a, #beside .notice a");
    if (!link || !WIDE.matches) return;
    event.preventDefault();
    if (!beside.contains(link)) opener = link;
    open(beside, link.getAttribute("href"));
  });
}

async function open(beside, address) {
  mark(opener);
  beside.setAttribute("aria-busy", "true");
  let source = null;
  try {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    source = page.getElementById("source");
  } catch {
    source = null;
  }
  beside.removeAttribute("aria-busy");
  if (!source) {
    window.location.assign(address);
    return;
  }
  beside.replaceChildren(bar(address, source), document.adoptNode(source));
  beside.hidden = false;
  document.body.classList.add("has-beside");
  showLit(beside);
}

// What must stay in view however far the source is scrolled: which document, and its standing.
function bar(address, source) {
  const node = document.createElement("p");
  node.className = "beside-bar";
  const title = document.createElement("span");
  title.className = "beside-title";
  title.textContent = source.querySelector("h1").textContent;
  const badge = source.querySelector(".badge").cloneNode(true);
  const full = document.createElement("a");
  full.href = address;
  full.textContent = "Own page";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet";
  close.textContent = "Close";
  close.addEventListener("click", closeBeside);
  node.append(title, badge, full, close);
  return node;
}

function mark(link) {
  for (const each of document.querySelectorAll(".is-open")) each.classList.remove("is-open");
  link?.closest(".quote, .hit, .card")?.classList.add("is-open");
}

export function closeBeside() {
  const beside = document.getElementById("beside");
  if (beside.hidden) return false;
  beside.hidden = true;
  beside.replaceChildren();
  document.body.classList.remove("has-beside");
  mark(null);
  if (opener?.isConnected) opener.focus();
  return true;
}

export function showLit(within) {
  const lit = within.querySelector("#lit");
  if (!lit) return;
  lit.scrollIntoView({ block: "center", behavior: CALM.matches || within === document ? "auto" : "smooth" });
}
