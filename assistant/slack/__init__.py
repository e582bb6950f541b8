"""Slack: questions come from there, and answers go back to whoever may read them."""
