"""The chat templates that we ship, one a family of models: what is in a model's folder is not used.

A template is a program that the model's maker wrote and the server runs for each request. Ours
write roles and text and nothing else, and refuse what they do not know.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from retrieval.errors import BadRequest

FOLDER = Path(__file__).parents[1] / "sglang" / "templates"

# The first whose marks a tokenizer has is its family.
FAMILIES = {
    "phi4": ("<|im_start|>", "<|im_sep|>", "<|im_end|>"),
    "chatml": ("<|im_start|>", "<|im_end|>"),
    "llama3": ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    "gemma": ("<bos>", "<start_of_turn>", "<end_of_turn>"),
    "mistral": ("<s>", "</s>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]"),
}


def family_of(tokens: Collection[str], asked: str = "") -> str:
    """Return the family whose template these tokens are for; `asked` must be it if given.

    Raises:
        BadRequest: there is no template for this tokenizer.
    """
    check_family(asked)
    for family in (asked,) if asked else FAMILIES:
        if set(FAMILIES[family]) <= set(tokens):
            return family
    wanted = asked or f"one of {', '.join(FAMILIES)}"
    raise BadRequest(
        f"Expected a tokenizer with the marks of {wanted}, got one without. A model is served with "
        "our own chat template only: register a model of one of these families."
    )


def check_family(asked: str) -> None:
    """Raise `BadRequest` if this is neither empty nor a family with a template."""
    if asked and asked not in FAMILIES:
        raise BadRequest(
            f"Expected --template to be one of {', '.join(FAMILIES)}, got {asked[:40]!r}."
        )


def template_of(family: str) -> bytes:
    """Return the template of a family."""
    return (FOLDER / f"{family}.jinja").read_bytes()
