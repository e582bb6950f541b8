"""Pincite for other agents: search, ask and open, over the Model Context Protocol."""
