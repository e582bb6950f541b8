// What scripts add to pages that work without them.
import { enhanceAsking } from "./asking.js";
import { enhanceConfirming } from "./confirming.js";
import { enhanceKeys } from "./keys.js";
import { enhanceBeside, showLit } from "./beside.js";
import { enhanceDrafting } from "./drafting.js";
import { enhancePages } from "./paging.js";
import { enhancePeeking } from "./peeking.js";
import { settleLoaded } from "./placing.js";
import { enhanceReporting } from "./reporting.js";
import { enhanceSearching } from "./searching.js";

// What is chosen is sent at once, except by keys, which pass by other choices: then there is a button.
// It leads back to the address that scripts have made of the page's.
for (const choice of document.querySelectorAll("#person, #language, #letter-keys")) {
  const { classList } = choice.form;
  classList.add("scripted");
  choice.addEventListener("pointerdown", () => classList.add("scripted"));
  choice.addEventListener("keydown", ({ key }) => ["Tab", "Shift"].includes(key) || classList.remove("scripted"));
  choice.form.addEventListener("formdata", ({ formData }) => formData.has("back") && formData.set("back", here()));
  choice.addEventListener("change", () => classList.contains("scripted") && choice.form.requestSubmit());
}

// Scripts change the address: what is printed names the one that is open.
window.addEventListener("beforeprint", () => {
  const at = document.getElementById("printed-at");
  if (at) at.textContent = here();
});

function here() {
  return window.location.pathname + window.location.search;
}

enhanceBeside(); // first: to go back from a source is no other page
enhanceDrafting(); // before a box is fitted to what is in it
enhanceAsking();
settleLoaded();
enhanceConfirming();
enhanceKeys();
enhanceReporting();
enhancePages(document);
enhancePeeking();
enhanceSearching();
showLit(document);

// What few people open is loaded for them alone.
if (document.querySelector("#review-keys, #writing")) import("./reviewing.js").then((page) => page.enhanceReviewing());
if (document.querySelector("input[name=superseded_by][list]")) import("./succeeding.js").then((page) => page.enhanceSucceeding());
if (document.getElementById("live")) import("./live.js").then((live) => live.enhanceLive());
if (document.getElementById("uploading")) import("./uploading.js").then((page) => page.enhanceUploading());
