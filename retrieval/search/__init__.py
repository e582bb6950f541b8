"""Searching for a reader: what they typed, what they may choose by, and where it stands."""
