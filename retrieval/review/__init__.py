"""The review queue: answers that a person should look at, kept in SQL until somebody has."""
