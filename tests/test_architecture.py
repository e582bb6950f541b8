"""Review comments that became tests: what keeps the house in order."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import example

ROOT = Path(__file__).parent.parent
FOLDERS = ("assistant", "connectors", "deploy", "evals", "ingest", "retrieval", "tools")
LONGEST_FILE = 300
LONGEST_FUNCTION = 40

FRAMEWORKS = {
    "alembic": {"retrieval/database.py", "retrieval/migrations", "retrieval/audit/migrations"},
    "aiohttp": {"assistant/slack/bolt", "assistant/slack/web"},
    "argon2": {"assistant/signin/passwords.py"},
    "authlib": {"assistant/signin/oidc.py"},
    "httpx": {
        "assistant/calling.py",
        "assistant/served.py",
        "assistant/sglang.py",
        "assistant/signin/oidc.py",
        "deploy/langfuse_sdk.py",
        "evals/bench",
        "retrieval/qdrant/client.py",
        "retrieval/remote_embedder.py",
        "tools/far.py",
    },
    "docx": {"assistant/export/word", "ingest/parsers/unseen_word.py"},
    "joserfc": {"assistant/signin/oidc.py"},
    "httpx2": {"assistant/mcp", "tools/box/mcp"},
    "langfuse": {"deploy/langfuse_sdk.py"},
    "llama_index": {"ingest/chunker.py"},
    "mcp": {"assistant/mcp/server.py", "assistant/mcp/stdio.py", "tools/box/mcp"},
    "mcp_types": {"assistant/mcp/server.py", "assistant/mcp/stdio.py", "tools/box/mcp"},
    "opentelemetry": {"deploy/langfuse_sdk.py"},
    "prometheus_client": {"assistant/metrics.py"},
    "py3langid": {"evals/measures/language.py"},
    "pypdfium2": {"retrieval/pdf.py", "retrieval/pdf_unseen.py"},
    "qdrant_client": {"retrieval/qdrant"},
    "qdrant_edge": {"retrieval/qdrant"},
    "reportlab": {"assistant/export/pdf.py", "assistant/export/pdf_letters.py"},
    "requests": {"deploy/langfuse_sdk.py"},
    "sentence_transformers": {"retrieval/sentence_transformer.py"},
    "slack_bolt": {"assistant/slack/bolt"},
    "slack_sdk": {"assistant/slack/bolt", "assistant/slack/web"},
    "tokenizers": {"deploy/models/proof.py"},
    "torch": {"retrieval/sentence_transformer.py"},
    "transformers": {"retrieval/sentence_transformer.py"},
    "unstructured": {"ingest/unstructured_adapter.py"},
    "uvicorn": {
        "deploy/web_server.py",
        "evals/bench/model_standin.py",
        "evals/bench/slack_standin.py",
    },
}
READS_ENVIRONMENT = {
    "evals/bench/starting.py",
    "deploy/quiet.py",
    "deploy/settings.py",
    "ingest/unstructured_adapter.py",
    "retrieval/sandbox.py",
    "retrieval/zygote.py",
}


def modules() -> Iterator[Path]:
    yield ROOT / "pincite.py"
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if (
                "migrations/versions" not in path.as_posix()
                and "deploy/demo" not in path.as_posix()
            ):
                yield path


MODULES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in modules()]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("path", MODULES)
def test_files_and_functions_stay_small(path: Path) -> None:
    tree = tree_of(path)
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        and path.name != "pincite.py"
    ]
    lines = path.read_text(encoding="utf-8").count("\n")

    assert not long
    assert lines <= LONGEST_FILE or "too long because" in (ast.get_docstring(tree) or "")


@pytest.mark.parametrize("path", MODULES)
def test_each_framework_is_known_where_it_belongs(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for framework in imported(path) & FRAMEWORKS.keys():
        assert any(name.startswith(place) for place in FRAMEWORKS[framework]), framework


@pytest.mark.parametrize("path", MODULES)
def test_the_environment_is_read_in_the_settings_only(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() not in READS_ENVIRONMENT:
        assert not re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES)
def test_nothing_can_run_what_it_reads(path: Path) -> None:
    assert not imported(path) & {"pickle", "cPickle", "dill", "marshal", "shelve"}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile"}
        if isinstance(node, ast.keyword) and node.arg in {"shell", "verify"}:
            assert not isinstance(node.value, ast.Constant) or node.value.value is not (
                node.arg == "shell"
            )


@pytest.mark.parametrize("path", MODULES)
def test_whoever_catches_everything_says_why(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises_again(node):
            assert "#" in lines[node.lineno - 1], lines[node.lineno - 1]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    return kind is None or (
        isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")
    )


def _raises_again(handler: ast.ExceptHandler) -> bool:
    raised = [node for node in ast.walk(handler) if isinstance(node, ast.Raise)]
    return any(node.exc is None for node in raised)


def test_the_story_of_each_flow_fits_on_a_screen() -> None:
    for path, name in (
        ("assistant/assistant.py", "ask"),
        ("assistant/slack/answering.py", "answer"),
        ("ingest/pipeline.py", "sync"),
        ("retrieval/retriever.py", "retrieve"),
    ):
        [function] = [
            node
            for node in ast.walk(tree_of(ROOT / path))
            if isinstance(node, ast.AsyncFunctionDef) and node.name == name
        ]
        assert (function.end_lineno or 0) - function.lineno <= LONGEST_FUNCTION


def test_no_installed_package_takes_our_names() -> None:
    for name, owners in importlib.metadata.packages_distributions().items():
        if name in (*FOLDERS, "pincite"):
            assert set(owners) <= {"pincite"}, f"{owners} also bring a package named {name}"


def test_every_setting_is_documented() -> None:
    assert example.PATH.read_text(encoding="utf-8") == example.example(), (
        "run `python -m deploy.example`"
    )


def test_tests_use_fakes_not_mocks() -> None:
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    mocks = sum(len(re.findall(r"\b(?:Mock|MagicMock|AsyncMock|patch)\(", text)) for text in tests)
    count = sum(len(re.findall(r"^\s*(?:async )?def test_", text, re.M)) for text in tests)

    assert mocks <= 0.05 * count
