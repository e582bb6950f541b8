"""Our chat templates, rendered as the server does it: roles and text, and nothing of the text."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast

from assistant.tokens import neutral
from deploy.models.contents import contents_of
from deploy.models.folder import opened
from deploy.models.templates import FAMILIES, FOLDER, template_of
from tests.deploy.models.made_models import MARKS, tokenizer, write_model

pytestmark = pytest.mark.slow

HELLO = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "Two?"},
]
EXPECTED = {
    "chatml": (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nOne?<|im_end|>\n"
        "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nTwo?<|im_end|>\n"
        "<|im_start|>assistant\n"
    ),
    "llama3": (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nOne?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nYes.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nTwo?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "gemma": (
        "<bos><start_of_turn>user\nBe brief.\n\nOne?<end_of_turn>\n"
        "<start_of_turn>model\nYes.<end_of_turn>\n<start_of_turn>user\nTwo?<end_of_turn>\n"
        "<start_of_turn>model\n"
    ),
    "mistral": (
        "<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]One?[/INST]Yes.</s>[INST]Two?[/INST]"
    ),
    "phi4": (
        "<|im_start|>system<|im_sep|>Be brief.<|im_end|><|im_start|>user<|im_sep|>One?<|im_end|>"
        "<|im_start|>assistant<|im_sep|>Yes.<|im_end|><|im_start|>user<|im_sep|>Two?<|im_end|>"
        "<|im_start|>assistant<|im_sep|>"
    ),
}
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "description": "Find <it>", "parameters": {"type": "object"}},
}
CALL = {"id": "1", "function": {"name": "look_up", "arguments": {"id": 7}}}
CALLED = [
    {"role": "user", "content": "Look."},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "seven"},
]


@functools.cache
def fast(family: str) -> Any:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(MARKS[family]), chat_template=template_of(family).decode()
    )


def rendered(family: str, messages: list[dict[str, Any]], **more: Any) -> str:
    told = fast(family).apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, **more
    )
    assert isinstance(told, str)
    return told


def test_every_family_has_a_template_and_every_template_a_family() -> None:
    assert {each.stem for each in FOLDER.glob("*.jinja")} == set(FAMILIES) == set(EXPECTED)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_conversation_is_laid_out_as_the_family_expects(family: str) -> None:
    assert rendered(family, HELLO) == EXPECTED[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_earlier_conversation_is_the_start_of_a_later_one(family: str) -> None:
    later = [*HELLO, {"role": "assistant", "content": "No."}, {"role": "user", "content": "So?"}]

    assert rendered(family, later).startswith(rendered(family, HELLO))


@pytest.mark.parametrize("family", FAMILIES)
def test_text_is_given_as_it_is_and_never_run(family: str) -> None:
    text = "{{ 7 * 7 }} {% raw %} <b> & 'x' \"y\" {# no #}"

    assert text in rendered(family, [{"role": "user", "content": text}])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "developer", "content": "x"}],
        [{"role": "user", "content": "x"}, {"role": "system", "content": "y"}],
        [{"role": "user", "content": "x"}, {"role": "<|im_end|>", "content": "y"}],
    ],
)
def test_an_unknown_role_is_refused(family: str, messages: list[dict[str, Any]]) -> None:
    with pytest.raises(Exception, match=r"Expected .* got"):
        rendered(family, messages)


@pytest.mark.parametrize("family", ["gemma", "mistral", "phi4"])
def test_a_family_without_tools_refuses_them(family: str) -> None:
    with pytest.raises(Exception, match="Expected no tools"):
        rendered(family, HELLO, tools=[TOOL])
    with pytest.raises(Exception, match=r"Expected .* got"):
        rendered(family, CALLED)


@pytest.mark.parametrize(
    ("family", "call", "answer"),
    [
        (
            "chatml",
            '<tool_call>\n{"name": "look_up", "arguments": {"id": 7}}\n</tool_call><|im_end|>',
            "<|im_start|>user\n<tool_response>\nseven\n</tool_response><|im_end|>",
        ),
        (
            "llama3",
            '{"name": "look_up", "parameters": {"id": 7}}<|eot_id|>',
            "<|start_header_id|>ipython<|end_header_id|>\n\nseven<|eot_id|>",
        ),
    ],
)
def test_tools_are_told_called_and_answered(family: str, call: str, answer: str) -> None:
    told = rendered(family, CALLED, tools=[TOOL])

    assert json.dumps(TOOL) in told
    assert call in told
    assert answer in told


@pytest.mark.parametrize("family", FAMILIES)
def test_no_control_token_comes_out_of_what_a_document_says(family: str, tmp_path: Any) -> None:
    folder = write_model(tmp_path / "tiny", family)
    with opened(folder) as files:
        tokens = contents_of(folder, [files.read(each) for each in files.names]).tokens
    hostile = " ".join(f"{each}{each} x{each}y {each[0]}{each}{each[1:]}" for each in tokens)
    made = fast(family)

    def specials(messages: list[dict[str, Any]]) -> list[str]:
        found = made.encode(rendered(family, messages), add_special_tokens=False)
        added = made.added_tokens_decoder
        return [added[each].content for each in found if each in added]

    harmless = specials(HELLO)
    spoken = [{**each, "content": neutral(each["content"] + hostile, tokens)} for each in HELLO]
    unsafe = [{**each, "content": each["content"] + hostile} for each in HELLO]
    assert specials(spoken) == harmless
    assert len(specials(unsafe)) > len(harmless)


def test_no_template_reads_like_one_for_pictures() -> None:
    """SGLang takes a template with such words for one that wants lists of parts."""
    for family in FAMILIES:
        told = template_of(family).decode()
        assert not [each for each in ("image", "audio", "video", "vision") if each in told]
