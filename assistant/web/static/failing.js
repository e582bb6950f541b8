// What a page shows where the server did not do what was asked. Who was signed out meanwhile is told so
// and led to the door, which leads on to `going`; `made` is the template that says it.
import { make, problem } from "./templates.js";

export const DOOR = "/sign-in";
export const doorTo = (going) => `${DOOR}?${new URLSearchParams({ next: going })}`;

export async function failure(response, going, made) {
  if (response.status !== 401) return problem((await response.json()).error);
  const node = make(made);
  node.querySelector("a").href = doorTo(going);
  return node;
}
