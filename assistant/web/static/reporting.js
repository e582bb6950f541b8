// Let a reader say that an answer is not right without leaving the page. Without scripts the form
// is sent as it is.
import { forget } from "./drafting.js";
import { failure } from "./failing.js";
import { say } from "./saying.js";
import { make, problem } from "./templates.js";

const UNREACHABLE = {
  expected: say("an answer from the server"),
  got: say("none"),
  do: say("Check that the server is running, then send it again."),
};

export function enhanceReporting() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(".report form")) return;
    event.preventDefault();
    send(form);
  });
}

// Where nobody reviews there is no such form.
export function offerToReport(reply, answer) {
  if (!document.getElementById("t-report")) return;
  const node = make("report");
  const form = node.querySelector("form");
  form.dataset.answer = answer;
  form.action = `/answers/${answer}/report`;
  reply.append(node);
}

async function send(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  form.querySelector(".problem")?.remove();
  const failed = await sent(form);
  button.disabled = false;
  if (failed) return form.append(failed);
  forget(form);
  form.closest(".report").replaceWith(make("reported"));
}

// Nothing where it arrived, else what is shown of why it did not.
async function sent(form) {
  try {
    const response = await fetch(`/api/answers/${form.dataset.answer}/report`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ note: form.elements.note.value }),
    });
    const here = window.location.pathname + window.location.search;
    return response.ok ? null : await failure(response, here, "signed-out-report");
  } catch {
    return problem(UNREACHABLE);
  }
}
