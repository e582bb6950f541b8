// A notice of sources that differ, said anew in the language of the page: it is sent in English.
import { say } from "./saying.js";
import { day } from "./templates.js";

const DIFFER = "Sources differ:";
const SIDE = /(“[^”]*”) \((\w+)(?:, in force from ([\w ]+))?(?:, until ([\w ]+))?\) states (.+?)(?:; (?=“)|\.$)/suy;

// What it names is left as it is: the titles, and what each source states. Null if it is none.
export function differing(notice) {
  if (!notice.startsWith(`${DIFFER} `)) return null;
  const sides = [];
  SIDE.lastIndex = DIFFER.length + 1;
  let at = SIDE.lastIndex;
  for (let match = SIDE.exec(notice); match; match = SIDE.exec(notice)) {
    sides.push(side(match));
    at = SIDE.lastIndex;
  }
  return at < notice.length ? null : `${say("Sources differ:")} ${sides.join("; ")}.`;
}

function side([, title, status, start, end, figure]) {
  const standing = [say(status)];
  if (start) standing.push(say("in force from {day}", { day: dated(start) }));
  if (end) standing.push(say("until {day}", { day: dated(end) }));
  return say("{title} ({standing}) states {figure}", { title, standing: standing.join(", "), figure });
}

function dated(written) {
  return day(new Date(`${written} UTC`).toISOString().slice(0, 10));
}
