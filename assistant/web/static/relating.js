// What else may be asked, as the sources suggest it: fetched once an answer is whole.
import { addressOf } from "./saving.js";
import { make } from "./templates.js";

const MOST_CITED = 3;

export async function offerRelated(reply, cited, asked) {
  const given = new URLSearchParams([...new Set(cited)].slice(0, MOST_CITED).map((each) => ["passage", each]));
  const response = await fetch(`/api/related?${given}`).catch(() => null);
  if (!response?.ok) return; // an answer is whole without it
  const { related } = await response.json();
  if (related.length === 0 || !reply.querySelector(".lead")) return;
  const node = make("related", { title: related[0].title });
  for (const each of related) {
    const one = make("related-one");
    one.firstElementChild.textContent = each.section;
    one.firstElementChild.href = addressOf({ ...asked, question: each.question });
    node.querySelector("ul").append(one);
  }
  const before = reply.querySelector(":scope > .report");
  if (before) before.before(node);
  else reply.append(node);
}
