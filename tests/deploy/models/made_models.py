"""Tiny model folders in the layout of Hugging Face: a few numbers, and a real tokenizer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

MARKS = {
    "chatml": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"],
    "llama3": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "gemma": ["<bos>", "<start_of_turn>", "<end_of_turn>"],
    "mistral": ["<s>", "</s>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]"],
    "phi4": ["<|im_start|>", "<|im_sep|>", "<|im_end|>"],
}


def tokenizer(
    tokens: Iterable[str], *, is_normalized: bool = False, normalizer: Any = None
) -> Tokenizer:
    """Return a tokenizer of single bytes with these control tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={each: at for at, each in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    if normalizer is not None:
        made.normalizer = normalizer
    made.add_special_tokens(
        [AddedToken(each, special=True, normalized=is_normalized) for each in tokens]
    )
    return made


def safetensors(tensors: Mapping[str, list[int]], **more: Any) -> bytes:
    """Return a safetensors file of signed bytes; `more` replaces parts of its header."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    numbers = b""
    for name, values in tensors.items():
        start = len(numbers)
        numbers += bytes(values)
        header[name] = {
            "dtype": "I8",
            "shape": [len(values)],
            "data_offsets": [start, len(numbers)],
        }
    return packed({**header, **more}, numbers)


def packed(header: Mapping[str, Any] | bytes, numbers: bytes) -> bytes:
    """Return a header and numbers in the order of the format."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def write_model(folder: Path, family: str = "chatml", *, shards: int = 1) -> Path:
    """Write a model that is in order, and return its folder."""
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"architectures": ["TinyForCausalLM"], "vocab_size": 300})
    write_json(folder / "generation_config.json", {"eos_token_id": 1})
    write_json(folder / "tokenizer_config.json", {"chat_template": "{{ evil }}", "bos_token": None})
    (folder / "tokenizer.json").write_text(tokenizer(MARKS[family]).to_str())
    (folder / "LICENSE").write_text("Do as you like.\n")
    (folder / "README.md").write_text("# Tiny\n")
    if shards == 1:
        (folder / "model.safetensors").write_bytes(safetensors({"a": [1, 2], "b": [3]}))
        return folder
    listed = {}
    for number in range(1, shards + 1):
        name = f"model-{number:05}-of-{shards:05}.safetensors"
        (folder / name).write_bytes(safetensors({f"layer.{number}": [number]}))
        listed[f"layer.{number}"] = name
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": listed})
    return folder


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON."""
    path.write_text(json.dumps(value))
