"""Settings of the language model that writes answers."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from deploy.options.group import Address, Group


class Model(Group):
    """The model's server, and what an answer may cost."""

    model_url: Address = Field(
        "",
        description="Address of the language model's server, such as http://127.0.0.1:30000. "
        "Default: no model; answers are the sources' own words.",
    )
    model_name: str = Field("", description="What that server calls the model.")
    model_key: SecretStr = Field(SecretStr(""), description="API key of that server.")
    model_ca_file: Path | None = Field(
        None, description="File with the certificate authority of that server, if private."
    )
    model_first_word_seconds: float = Field(
        2, gt=0, le=60, description="Longest time to the first word of an answer."
    )
    model_first_sentence_seconds: float = Field(
        8,
        gt=0,
        le=600,
        description="Longest time from the first word of an answer to the end of its first "
        "sentence; then the sources' own words are shown. As long for each later sentence; then "
        "the answer ends.",
    )
    model_follow_up_seconds: float = Field(
        1,
        gt=0,
        le=60,
        description="Longest time to make a follow-up question stand alone; then it is done by "
        "rules.",
    )
    model_seconds: float = Field(
        30,
        gt=0,
        le=600,
        description="Longest time for a whole answer, with the tools that are called before it. "
        "Waiting for a turn at the model comes on top, 5 seconds at most.",
    )
    model_most_tokens: int = Field(
        500, ge=50, le=4000, description="How long an answer may become, in tokens."
    )
    model_prompt_tokens: int = Field(
        7000,
        ge=1000,
        le=1_000_000,
        description="How long a prompt may be, in tokens. Prompts are cut to the model's context "
        "length where its server tells one; where it tells none, prompt and answer must fit into "
        "it, and a token is reckoned as one byte.",
    )
    model_gpus: int = Field(
        0,
        ge=0,
        le=4096,
        description="How many GPUs that server has. Only for what an evaluation costs; 0: not "
        "known, so nothing is said of it.",
    )
    model_at_once: int = Field(16, ge=1, le=1024, description="Answers written at once.")
    model_waiting: int = Field(16, ge=0, le=4096, description="How many more may wait for that.")

    @field_validator("model_url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if "@" in url:
            raise ValueError(
                "an address without a name and a password; the key goes into MODEL_KEY"
            )
        return url

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.model_url and not self.model_name:
            raise ValueError(
                "MODEL_NAME: expected what the server at MODEL_URL calls the model, got nothing. "
                "`curl MODEL_URL/v1/models` lists the names."
            )
        return self
