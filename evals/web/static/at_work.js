// Keeps the run that is at work in step; the page is loaded anew when it has ended.
const SECONDS = 1.5;

const shown = document.querySelector("[data-at-work]");
const bar = shown?.querySelector("progress");
const words = shown?.querySelector("[data-done]");

function figure(number) {
  return number.toLocaleString(document.documentElement.lang);
}

async function look() {
  const reply = await fetch(shown.dataset.atWork, { headers: { Accept: "application/json" } });
  if (!reply.ok) {
    return;
  }
  const { state, done, total } = await reply.json();
  if (state !== "running") {
    location.reload();
    return;
  }
  if (total) {
    bar.max = total;
    bar.value = done;
    words.textContent = words.dataset.done
      .replace("{done}", figure(done))
      .replace("{count}", figure(total));
  }
}

if (shown) {
  setInterval(() => {
    if (!document.hidden) {
      look().catch(() => undefined);
    }
  }, SECONDS * 1000);
}
