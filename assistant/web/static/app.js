// What scripts add to pages that work without them.
import { enhanceAsking } from "./asking.js";
import { enhanceKeys } from "./keys.js";
import { enhanceBeside, showLit } from "./beside.js";
import { enhanceReporting } from "./reporting.js";

const person = document.getElementById("person");
if (person) {
  person.form.classList.add("scripted");
  person.addEventListener("change", () => person.form.requestSubmit());
}

enhanceAsking();
enhanceBeside();
enhanceKeys();
enhanceReporting();
showLit(document);
