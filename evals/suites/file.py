"""A suite as its file has it: these models are the format, and its JSON schema is made of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

Text = Annotated[str, StringConstraints(pattern=r"\S", max_length=20_000)]
"""Text of which something can be seen."""

Name = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=1_000)]
"""Text on one line, without white space around it."""

CaseId = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=300)]
SuiteName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=80)]
ToolName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Kinds = Literal["contract", "policy", "ticket", "other"]
Statuses = Literal["draft", "approved", "superseded", "expired"]
Plain = str | int | float | bool | None
Value = Plain | list[Plain]
Given = str | int | float | bool | list[str | int | float | bool]


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_a_day),
    Field(json_schema_extra={"format": "date"}),
]


class Part(BaseModel):
    """A mapping of a suite's file. No other keys are known, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class GoldPart(Part):
    """Words that answer the question, or characters of the stored text, or a whole document."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"start": ["end"], "end": ["start"]},
            "not": {"required": ["words", "start"]},
        }
    )

    document: Name = Field(description="Its name, source/path, with #record inside one")
    words: Text = Field("", description="Words that stand in it verbatim")
    start: Annotated[int, Field(ge=0)] | SkipJsonSchema[None] = Field(
        None, description="The first character"
    )
    end: Annotated[int, Field(ge=1)] | SkipJsonSchema[None] = Field(
        None, description="The character after the last one"
    )


class CallPart(Part):
    """A call of a tool."""

    tool: ToolName = Field(description="Its exact name")
    arguments: dict[Name, Given] = Field(
        {}, description="Arguments that it has at least; a text is enough where it stands in one"
    )


class ExpectsPart(Part):
    """What the answer should be; what is not stated is not measured."""

    answerable: bool | SkipJsonSchema[None] = Field(
        None, description="Whether it should be answered (true) or refused (false)"
    )
    gold: list[GoldPart] = Field([], description="The passages that answer it")
    facts: list[Text | Annotated[list[Text], Field(min_length=1)]] = Field(
        [], description="What must be said: text, or a list of wordings of which one is enough"
    )
    lies: list[Text] = Field([], alias="not", description="What must not be said")
    unseen: list[Name] = Field(
        [], description="Documents of which nothing may show; a folder ends in /"
    )
    language: Language = Field("", description="The language of the answer, ISO 639-1")
    answer: Text = Field("", description="A reference answer")
    calls: list[CallPart] = Field(
        [], description="Calls that must be made, or wait for a person's word"
    )
    forbidden: list[CallPart] = Field([], description="Calls that must not be made")


class CasePart(Part):
    """One question with what is expected of its answer."""

    id: CaseId = Field(description="The name of the case, once in a suite")
    question: Text = Field(description="What is asked")
    person: Name = Field("", alias="as", description="Who asks; otherwise whoever runs the suite")
    earlier: list[Text] = Field([], description="The questions before it in the conversation")
    as_of: Day = Field("", description="The day that is asked about, YYYY-MM-DD; otherwise today")
    category: Name = Field("", description="What it is counted under")
    kinds: list[Kinds] = Field([], description="Search these kinds of documents only")
    statuses: list[Statuses] = Field([], description="Search documents of these statuses only")
    sources: list[Name] = Field([], description="Search these sources only")
    parties: list[Name] = Field([], description="Search documents of these parties only")
    excluded: list[Name] = Field([], description="Documents that do not count as found")
    expects: ExpectsPart = Field(ExpectsPart(), description="What the answer should be")
    note: Text = Field("", description="For whoever reads the suite")


class ThresholdPart(Part):
    """What the mean of a measure must reach."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    at_least: float | SkipJsonSchema[None] = Field(None, description="The mean may not be below")
    at_most: float | SkipJsonSchema[None] = Field(None, description="The mean may not be above")


class SuitePart(Part):
    """Questions that are asked together. Of a folder, one file says what is not a case."""

    suite: SuiteName = Field(description="The name of the suite: small letters, digits, - _ .")
    title: Name = Field("", description="What a report calls it; otherwise its name")
    about: Text = Field("", description="What it is for")
    corpus: Name | list[Name] = Field(
        [],
        description="Files and folders that it brings, from here; demo is the demonstration's. "
        "Without, the library at hand is asked",
    )
    people: dict[Name, list[Name]] = Field({}, description="Who there is, with their groups")
    thresholds: dict[str, ThresholdPart] = Field({}, description="Bounds of means, by measure")
    tools: Name = Field("", description="A policy of tools for the library of its own, from here")
    answers: Name = Field(
        "", description="What the far systems of that policy say, from here; they are stood in for"
    )
    configuration: dict[Name, Value] = Field({}, description="Settings that it is run with")
    cases: list[CasePart] = Field(description="The questions", min_length=1)


PARTS: Final[dict[tuple[str, ...], type[Part]]] = {
    (): SuitePart,
    ("cases",): CasePart,
    ("cases", "expects"): ExpectsPart,
    ("cases", "expects", "gold"): GoldPart,
    ("cases", "expects", "calls"): CallPart,
    ("cases", "expects", "forbidden"): CallPart,
    ("thresholds", "*"): ThresholdPart,
}
"""Which part stands where; places in lists are left out, and * is any key."""


def keys_of(part: type[Part]) -> list[str]:
    """Return the keys of a part, as the file has them."""
    return [field.alias or name for name, field in part.model_fields.items()]


def schema() -> dict[str, Any]:
    """Return the format as a JSON schema. A file of a folder may have cases alone, or none."""
    made = SuitePart.model_json_schema()
    made.pop("required")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "A suite of Pincite",
        "anyOf": [{"required": ["suite"]}, {"required": ["cases"]}],
    }
