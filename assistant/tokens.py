"""Untrusted text made fit for a model: no control token in it, and nothing invisible.

A tokenizer turns certain strings into tokens that steer a model, wherever they stand. Here such a
string is broken by a space between two of its letters: a person reads the same words, and no
tokenizer finds the token. Strings are compared as the most lenient tokenizer would: compatibility
forms, case, accents, invisible characters and kinds of space make no difference.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from retrieval.plain import plain

_FAMILIES = """
    <|im_start|> <|im_end|> <|im_sep|> <|endoftext|> <|endofprompt|> <|begin_of_text|>
    <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|eom_id|> <|python_tag|>
    <|start|> <|message|> <|channel|> <|constrain|> <|call|> <|return|> <|end|> <|user|>
    <|system|> <|assistant|> <|observation|> <|tool|> <|tool_call|> <|tool_response|>
    <｜begin▁of▁sentence｜> <｜end▁of▁sentence｜> <｜User｜> <｜Assistant｜>
    <s> </s> <bos> <eos> <pad> <unk> <mask> <sop> <eop> [gMASK] [CLS] [SEP] [PAD] [UNK] [MASK]
    [INST] [/INST] <<SYS>>
    <</SYS>> [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_CALLS]
    [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CONTENT] [ARGS] [CALL_ID] [THINK] [/THINK] [IMG]
    [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] <start_of_turn> <end_of_turn>
    <start_of_image> <end_of_image> <turn| <|turn> <tool_call> </tool_call> <tool_response>
    </tool_response> <tools> </tools> <think> </think> <function= </function> <parameter=
    </parameter> <fim_prefix> <fim_middle> <fim_suffix> <EOS_TOKEN> <BOS_TOKEN> ]<]start[>[ ]~b]
    ]~!b[ [e~[ <｜▁pad▁｜> ｜DSML｜ <arg_key> </arg_key> <arg_value> </arg_value> <end_of_image>
    <image_soft_token> <audio_soft_token> <start_of_audio> <end_of_audio> <start_function_call>
    <end_function_call> <start_function_response> <end_function_response> <escape> [multimodal]
    [@BOS@] [BOS] [EOS] [EOT] [AUDIO] [BEGIN_AUDIO] [TRANSCRIBE] [STREAMING_PAD] [STREAMING_WORD]
    [MODEL_SETTINGS] [/MODEL_SETTINGS] [NEXT_AUDIO_TEXT] [REPEAT_AUDIO_TEXT] [/TOOL_RESULTS]
    <seed:bos> <seed:eos> <seed:pad> <seed:think> </seed:think> <seed:tool_call> </seed:tool_call>
    <PAD> <CLS> <SEP> <EOP_TOKEN> <PAD_TOKEN> <MASK_TOKEN> >>QUESTION<< >>ANSWER<< /no_think
    /nothink
"""
KNOWN = frozenset(_FAMILIES.split())

_SHAPED = re.compile(
    r"<\|(?! )[^<>]{1,80}(?<! )\|>|<\|[a-z_/]{2,40}>|<[a-z_/]{2,40}\|>"
    r"|<(?:unused_?|special_|extra_id_|reserved_|reserved_token_|mask:)\d{1,6}>"
    r"|\[(?:unused_token_|control_)\d{1,6}\]"
)
_PAIR = re.compile(r"\S(?=\S)")
_SPACES = re.compile(" {2,}")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Mc", "Me", "Mn"}
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_BLANKS = frozenset("\t\n\r▁")
_LETTERS_KEPT = 8192


def cleaned(text: str) -> str:
    """Return the text without invisible and reordering characters; letters keep their joiners."""
    return plain(text)


def neutral(text: str, tokens: Collection[str] = frozenset()) -> str:
    """Return the text with every control token in it broken, so that none comes out of it.

    `tokens` are those of the served model's tokenizer; those of the known families, and whatever
    looks like `<|one|>`, `<|one>` or `<unused7>`, are always broken. What is neutral already is
    returned as it is.
    """
    sought = _sought(frozenset(tokens))
    while found := [*_found(_folded(text), sought)]:
        text = _broken(text, found)
    return text


def fit_for(tokens: Collection[str]) -> Callable[[str], str]:
    """Return what makes untrusted text fit for a model with these control tokens.

    Call it last: what is changed afterwards may be a token again.
    """
    return lambda text: neutral(cleaned(text), tokens)


def is_breakable(token: str) -> bool:
    """Return whether a space can break this token: it has two letters with none between."""
    return _PAIR.search(_folded(token)) is not None


@dataclass(frozen=True, slots=True)
class _Sought:
    """Folded tokens; by their first two letters, how long they are, the longest first."""

    tokens: frozenset[str]
    lengths: Mapping[str, tuple[int, ...]]
    starts: re.Pattern[str]


@functools.lru_cache(maxsize=8)
def _sought(tokens: frozenset[str]) -> _Sought:
    folded = frozenset(_folded(each).strip() for each in (*KNOWN, *tokens) if is_breakable(each))
    lengths: dict[str, set[int]] = {}
    for token in folded:
        lengths.setdefault(token[:2], set()).add(len(token))
    starts = "|".join(re.escape(each) for each in sorted(lengths))
    ordered = {start: tuple(sorted(some, reverse=True)) for start, some in lengths.items()}
    return _Sought(folded, ordered, re.compile(f"(?={starts})"))


def _found(folded: str, sought: _Sought) -> Iterator[tuple[int, int]]:
    """Yield where tokens stand in folded text; one that begins within another counts too."""
    shaped = {each.start(): each.end() for each in _SHAPED.finditer(folded)}
    whole = {each.start() for each in sought.starts.finditer(folded)}
    for at in sorted(whole | shaped.keys()):
        ends = (at + length for length in sought.lengths.get(folded[at : at + 2], ()))
        end = next((end for end in ends if folded[at:end] in sought.tokens), shaped.get(at))
        if end:
            yield at, end


def _broken(text: str, found: list[tuple[int, int]]) -> str:
    """Return the text with a space in each token found in its folded form.

    Where a single character stands for all the letters of a token, they are written out.
    """
    folded, origins = _traced(text)
    parts: list[str] = []
    done = 0
    for start, end in found:
        if origins[start] < done:
            continue  # what was done already goes through it
        pairs = (pair.end() for pair in _PAIR.finditer(folded, start, end))
        at = next((origins[each] for each in pairs if origins[each] > origins[start]), None)
        if at is None:
            at = origins[start] + 1
            letters = unicodedata.normalize("NFKD", text[at - 1])
            parts += [text[done : at - 1], " ".join(each for each in letters if _compared(each))]
        else:
            parts += [text[done:at], " "]
        done = at
    return "".join([*parts, text[done:]])


def _folded(text: str) -> str:
    """Return the text as it is compared."""
    return _SPACES.sub(" ", "".join(map(_compared, text)))


def _traced(text: str) -> tuple[str, list[int]]:
    """Return the same, and for each letter of it the place in the text that it comes from."""
    letters: list[str] = []
    origins: list[int] = []
    for at, character in enumerate(text):
        for letter in _compared(character):
            if letter != " " or letters[-1:] != [" "]:
                letters.append(letter)
                origins.append(at)
    return "".join(letters), origins


@functools.lru_cache(maxsize=_LETTERS_KEPT)
def _compared(character: str) -> str:
    """Return what one character is compared as; nothing for what no eye sees."""
    if character in _BLANKS:
        return " "
    return "".join(
        " " if each.isspace() else each
        for each in unicodedata.normalize("NFKD", character).casefold()
        if each not in _FILLERS and unicodedata.category(each) not in _UNSEEN
    )
