"""Runs and comparisons as people and programs read them."""
