"""A language model as judge: optional, pinned, and measured itself."""
