"""The form of an answer: sentences that end in ids of what was given, or one fixed refusal.

SGLang decodes under the grammar, so that a model cannot cite what it was not given. The same form
is read again in `drafts.py`: a grammar that was not applied must not be noticed by a reader.
"""

from __future__ import annotations

from collections.abc import Iterable

NO_ANSWER = "NO ANSWER"
MOST_SENTENCES = 8
MOST_CITED = 3

_RULES = """root ::= refusal | answer
refusal ::= "{no_answer}"
answer ::= sentence ("\\n" sentence){{0,{more}}}
sentence ::= first rest* (" [" id "]"){{1,{cited}}}
first ::= [^\\[\\]\\n\\r\\t ]
rest ::= [^\\[\\]\\n\\r]
id ::= {ids}
"""


def grammar_of(ids: Iterable[str]) -> str:
    """Return the grammar (EBNF as xgrammar reads it) of answers that cite only these ids."""
    choices = " | ".join(f'"{each}"' for each in ids)
    return _RULES.format(
        no_answer=NO_ANSWER, more=MOST_SENTENCES - 1, cited=MOST_CITED, ids=choices
    )
