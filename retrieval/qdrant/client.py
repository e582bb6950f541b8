"""The connection to a Qdrant server: its settings, and foreign errors turned into ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc  # type: ignore[import-untyped]
import httpx
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import (
    ApiException,
    ResponseHandlingException,
    UnexpectedResponse,
)

from retrieval.errors import BadRequest, Damaged, RetrievalError, Unavailable
from retrieval.qdrant.points import REINDEX, Ranking

MEMORY = ":memory:"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server is and what the collection looks like when it is made.

    `replicas` copies of each of the `shards`; a write counts when `write_consistency` copies
    have it. `ca_file` trusts a private authority (REST only). A key is sent over plain HTTP
    only to this machine, or where `allows_plain_http` says that the network is trusted.
    """

    url: str
    collection: str = "pincite"
    api_key: str | None = field(default=None, repr=False)
    prefers_grpc: bool = False
    grpc_port: int = 6334
    ca_file: Path | None = None
    allows_plain_http: bool = False
    timeout_seconds: int = 10
    shards: int = 1
    replicas: int = 1
    write_consistency: int = 1
    keeps_vectors_on_disk: bool = False
    ranking: Ranking = field(default_factory=Ranking)


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the errors of qdrant-client, httpx and gRPC into ours."""
    try:
        yield
    except RetrievalError:
        raise
    except UnexpectedResponse as error:
        raise _refused(url, error.status_code or 0, str(error)) from error
    except ResponseHandlingException as error:
        raise _unavailable(url, f"{type(error.source).__name__} {error.source}") from error
    except grpc.RpcError as error:
        raise _rpc(url, error) from error
    except (ApiException, QdrantException, httpx.HTTPError, ValueError, OSError) as error:
        raise _unavailable(url, f"{type(error).__name__} {error}") from error


def _refused(url: str, status: int, said: str) -> RetrievalError:
    if status in (401, 403):
        return Unavailable(
            f"Expected the Qdrant server at {url} to accept our key, got status {status}. "
            "Set INDEX_API_KEY to a key that may read and write."
        )
    if status in (400, 404, 422):
        return Damaged(
            f"The Qdrant server at {url} does not hold our collection: {said}. {REINDEX}"
        )
    return _unavailable(url, said)


def _rpc(url: str, error: grpc.RpcError) -> RetrievalError:
    code = error.code() if isinstance(error, grpc.Call) else None
    said = f"{code} {error.details() if isinstance(error, grpc.Call) else error}"
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        return _refused(url, 401, said)
    if code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
        return _refused(url, 404, said)
    return _unavailable(url, said)


def _unavailable(url: str, said: str) -> Unavailable:
    return Unavailable(
        f"Expected an answer from the Qdrant server at {url}, got: {said[:300]}. "
        "Check that it runs and that INDEX_URL is its address, then try again."
    )


def connect(settings: ServerSettings) -> AsyncQdrantClient:
    """Return a client for the settings, or raise `BadRequest`; nothing is sent yet."""
    if settings.url == MEMORY:
        return AsyncQdrantClient(MEMORY)
    _check_transport(settings)
    more: dict[str, Any] = {"verify": str(settings.ca_file)} if settings.ca_file else {}
    with warnings.catch_warnings(), translated(settings.url):
        warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
        return AsyncQdrantClient(
            url=settings.url,
            api_key=settings.api_key,
            prefer_grpc=settings.prefers_grpc,
            grpc_port=settings.grpc_port,
            timeout=settings.timeout_seconds,
            check_compatibility=False,
            **more,
        )


def _check_transport(settings: ServerSettings) -> None:
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest(
            f"Expected INDEX_URL as 'https://HOST:6333', got {settings.url!r}. "
            "Leave it empty for the embedded index."
        )
    is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK or settings.allows_plain_http
    if settings.api_key and not is_safe:
        raise BadRequest(
            f"Expected https:// to send a key to {parts.hostname}, got {parts.scheme}://. "
            "Use TLS, or allow plain HTTP if the network between the two is trusted."
        )
    if settings.ca_file and settings.prefers_grpc:
        raise BadRequest(
            "Expected REST with a private authority's certificate, got gRPC. Switch gRPC off."
        )
