"""Measures from outside: retrieval figures, answer checks and benchmarks."""
