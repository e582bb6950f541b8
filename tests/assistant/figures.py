"""Reads what is told to Prometheus, with its own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from assistant.metrics import Metrics


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def samples_of(exposition: str) -> list[Sample]:
    """Return every sample, as Prometheus would take it."""
    return [
        sample for family in text_string_to_metric_families(exposition) for sample in family.samples
    ]


def figure(metrics: Metrics, name: str, **labels: str) -> float:
    """Return one figure of ours."""
    return figure_in(metrics.exposition().decode(), name, **labels)


def figure_in(exposition: str, name: str, **labels: str) -> float:
    """Return one figure of ours in an exposition."""
    [value] = [
        each.value
        for each in samples_of(exposition)
        if each.name == f"pincite_{name}" and each.labels == labels
    ]
    return value
