"""Comparing runs: paired differences with intervals, verdicts, and a gate."""
