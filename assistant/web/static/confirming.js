// Show a call that waits for a person's word. Its values are text, and its forms go to our own page.
import { say } from "./saying.js";
import { make } from "./templates.js";

const AGAIN_MS = 2000;

const YOURSELF = "yourself";
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
  timeZoneName: "short",
});

export function waits(sent) {
  const isOwn = sent.approver === YOURSELF;
  const node = make("waits", {
    who: isOwn ? say("your word") : sent.approver,
    will: sent.will,
    tried: sent.tried && say("The system says what would happen: {told}", { told: sent.tried }),
    until: TIME.format(new Date(sent.expires_at)),
  });
  const list = node.querySelector(".arguments");
  for (const each of sent.shown) {
    const pair = make("argument", { ...each, told: say(each.told) });
    pair.querySelector("pre").textContent = each.value;
    list.append(...pair.children);
  }
  const link = `/confirmations/${/^[0-9a-f]{32}$/.test(sent.id) ? sent.id : ""}`;
  const word = node.querySelector(".word");
  if (!isOwn) {
    const elsewhere = make("elsewhere");
    elsewhere.querySelector("a").href = link;
    word.replaceWith(elsewhere);
    return node;
  }
  for (const form of word.querySelectorAll("form")) form.action = `${link}/${form.dataset.word}`;
  word.querySelector("[name=digest]").value = sent.digest;
  word.dataset.left = sent.left_seconds;
  watchWord(word);
  return node;
}

export function enhanceConfirming() {
  document.querySelectorAll(".word").forEach(watchWord);
  if (document.querySelector("[data-doing]")) setTimeout(() => location.reload(), AGAIN_MS);
}

// A word is given once, and not when it would no longer count; the server looks at both again.
function watchWord(word) {
  const forms = [...word.querySelectorAll("form")];
  const buttons = forms.map((form) => form.querySelector("button"));
  const enable = (isOpen) => buttons.forEach((button) => (button.disabled = !isOpen));
  for (const form of forms) form.addEventListener("submit", () => enable(false));
  addEventListener("pageshow", (shown) => shown.persisted && location.reload());
  setTimeout(() => {
    for (const form of forms) form.hidden = true;
    word.querySelector(".hint").hidden = true;
    document.querySelector(".confirmation .promise")?.remove();
    word.querySelector(".late").textContent = say("It is too late: nobody confirmed it in time, so nothing was done. Ask again if it is still wanted.");
  }, Number(word.dataset.left) * 1000);
}
