"""Files that are no suites, and what their reader says of them."""

from __future__ import annotations

from evals.suites.document import DEEPEST

CASE = "suite: s\ncases:\n  - id: a\n    question: What?\n"

OF_FORM = [
    ("suite: s\ncases: []\n", "line 2: Expected at least one case, got an empty suite"),
    ("suite: s\ncases: 3\n", "line 2: Expected a list of cases"),
    ("suite: s\ncases: [3]\n", "line 2: Expected keys with values for `cases.1`, got a number"),
    (CASE.replace("suite: s", "suite: My Suite"), "small letters, digits"),
    ("suite: s\ncases:\n  - id: a\n", "line 3, case `a`: Expected `question`, got none"),
    ("suite: s\ncases:\n  - question: a\n", "line 3: Expected `id`, got none"),
    (CASE + "    questoin: x\n", "line 5, case `a`: Expected one of .*did you mean `question`"),
    (CASE + "    expects: {golds: []}\n", "did you mean `gold`"),
    (CASE + "    expects: {gold: [{document: a, word: b}]}\n", "did you mean `words`"),
    (CASE + "title: T\ntitel: T\n", "line 6: Expected one of .*did you mean `title`"),
    (CASE + "    question2:\n", "got `question2` .did you mean `question`"),
    (CASE + "    note:\n", "line 5, case `a`: Expected a value for `note`, got nothing"),
    (CASE + "    as_of: 1 March 2026\n", "Expected a day as YYYY-MM-DD for `as_of`"),
    (CASE + "    as_of: 20260301\n", "Expected text .in quotes.* for `as_of`, got a number"),
    (CASE + "    statuses: [old]\n", "Expected one of .* for `statuses.1`, got 'old'"),
    (CASE + "    kinds: [contracts]\n", "Expected one of .* for `kinds.1`, got 'contracts'"),
    (CASE + "    expects: {answerable: yes}\n", "Expected true or false for `expects.answerable`"),
    (CASE + "    expects: {language: german}\n", "Expected two small letters"),
    (CASE + "    expects: {facts: [28]}\n", "for `expects.facts.1`, got a number"),
    (CASE + "    expects: {facts: [[]]}\n", "Expected .*at least 1.* for `expects.facts.1`"),
    (CASE + "    expects: {facts: one}\n", "Expected a list for `expects.facts`"),
    (CASE + "    expects: {not: ['  ']}\n", "Expected text that can be seen for `expects.not.1`"),
    (
        CASE + "    expects: {gold: [{document: a, words: b, start: 1, end: 2}]}\n",
        "Expected `words`, or `start` and `end`, got both",
    ),
    (CASE + "    expects: {gold: [{document: a, start: 1}]}\n", "`start` and `end` together"),
    (CASE + "    expects: {gold: [{document: a, start: -2, end: 2}]}\n", "Expected at least 0"),
    (CASE + "    expects: {gold: [{document: a, start: 1.5, end: 2}]}\n", "a whole number"),
    (CASE + "    expects: {gold: [{words: b}]}\n", "Expected `document`, got none"),
    (CASE + "    expects: {calls: [{arguments: {a: b}}]}\n", "Expected `tool`, got none"),
    (CASE + "    expects: {calls: [{tool: a b}]}\n", "Expected the exact name of a tool"),
    (CASE + "    expects: {calls: [{tool: a, argument: {}}]}\n", "did you mean `arguments`"),
    (CASE + "    expects: {forbidden: [{tool: a, arguments: {b: {c: d}}}]}\n", "for `expects.fo"),
    (CASE + "    expects: {forbidden: [desk.comment]}\n", "Expected keys with values for `expec"),
    (CASE + "tools: [a]\n", "for `tools`, got a list"),
    (CASE + "thresholds: {citation_exactnes: {at_least: 1}}\n", "mean `citation_exactness`"),
    (CASE + "thresholds: {refused: {}}\n", "Expected `at_least` or `at_most`, got neither"),
    (CASE + "thresholds: {refused: {at_last: 1}}\n", "did you mean `at_least`"),
    (CASE + "thresholds: {refused: {at_least: .nan}}\n", "Expected a number"),
    (CASE + "thresholds: {refused: {at_least: 1e999}}\n", "Expected a number"),
    (CASE + "thresholds: {refused: 0.9}\n", "Expected keys with values for `thresholds.refused`"),
    (CASE + "corpus: 3\n", "for `corpus`, got a number"),
    (CASE + "people: [ann]\n", "Expected keys with values for `people`, got a list"),
]
"""What a JSON schema can tell too."""

OTHERWISE = [
    (CASE + "tools: policy.yaml\n", "line 5: Expected a `corpus` beside `tools`, got none"),
    (CASE + "corpus: demo\nanswers: a.yaml\n", "line 6: Expected `tools` beside `answers`"),
    (CASE + "thresholds: {refused: {at_least: 95}}\n", "Expected bounds from 0 to 1"),
    ("", "Expected the keys of a suite"),
    ("- a\n- b\n", "Expected the keys of a suite"),
    ("suite: [", "line 2: Expected YAML"),
    ("suite: s\n\x01: 2", "Expected YAML"),
    ("suite: s\n---\nsuite: t\n", "line 2: Expected YAML"),
    ("suite: s\n", "Expected `cases`, got none"),
    ("cases:\n  - {id: a, question: b}\n", "Expected `suite`, got none"),
    (CASE + "    id: b\n", "line 5: Expected `id` once, got it twice"),
    (CASE + "  - id: a\n    question: b\n", "line [35], case `a`: Expected an id that no other"),
    (
        CASE + "    as_of: 2026-02-30\n",
        "Expected a day that there is for `as_of`, got '2026-02-30'",
    ),
    (CASE + "    expects: {answerable: false, facts: [a]}\n", "Expected nothing to be found"),
    (CASE + "    expects: {gold: [{document: a, start: 2, end: 2}]}\n", "`end` after `start`"),
    (CASE + "thresholds: {refused: {at_least: 0.9, at_most: 0.8}}\n", "not above"),
    (CASE + "    as: anne\npeople: {ann: []}\n", "case `a`: Expected one of the suite's people"),
    (CASE + "    as: anne\ncorpus: demo\n", "did you mean `ann`"),
    (CASE + "    note: &n x\n", "line 5: Expected plain values, got an anchor"),
    (CASE + "    note: *n\n", "line 5: Expected plain values, got an anchor"),
    ("a: &a {<<: *a}\n", "got an anchor"),
    (CASE + "    note: !!python/object/apply:os.system [ls]\n", "got the tag"),
    (CASE + "    note: !secret x\n", "got the tag"),
    (CASE + "? [a, b]\n: c\n", "Expected a word as a key"),
    (CASE + "note: " + "[" * (DEEPEST + 1), f"Expected at most {DEEPEST} levels"),
    (CASE + "note: " + "[" * 100_000, f"Expected at most {DEEPEST} levels"),
]
"""What it cannot: what is no YAML, what is unsafe, and what contradicts itself."""
