"""Benchmarks: ratios within one run; each prints a table and one JSON object."""
