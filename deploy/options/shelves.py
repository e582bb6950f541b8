"""Settings of documents: how often sources are looked at, database, index, embeddings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from deploy.options.group import Address, Group


class Shelves(Group):
    """Where documents are kept and found again."""

    pincite_sync_minutes: int = Field(
        5, ge=1, le=1440, description="How often `serve` looks for changes at every source."
    )
    database_url: str = Field(
        "", description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME. Default: in home."
    )
    index_url: Address = Field(
        "", description="Address of a Qdrant server. Default: Qdrant Edge in this process."
    )
    index_api_key: SecretStr = Field(SecretStr(""), description="API key of the Qdrant server.")
    index_collection: str = Field("pincite", description="Collection on the Qdrant server.")
    index_grpc: bool = Field(False, description="Speak gRPC to the Qdrant server.")
    index_ca_file: Path | None = Field(
        None, description="File with the certificate authority of the Qdrant server, if private."
    )
    index_exact_up_to: int = Field(
        50_000,
        ge=0,
        description="Passages that somebody may read, up to which each is compared with their "
        "question. Above, a graph is followed: faster, but what one may not read can then move "
        "which distant passages are found.",
    )
    index_shards: int = Field(1, ge=1, le=256, description="Shards of a new collection.")
    index_replicas: int = Field(1, ge=1, le=16, description="Replicas of a new collection.")
    embedding_model: str = Field(
        "",
        description="Folder of a sentence-transformers model; with EMBEDDING_URL, a model's name.",
    )
    embedding_url: Address = Field(
        "", description="Server with an OpenAI-style /v1/embeddings. Default: embed in-process."
    )
    embedding_key: SecretStr = Field(SecretStr(""), description="Key for the embeddings server.")
