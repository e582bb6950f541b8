"""How the shipped weights are made: one program for each file, README.md has the figures."""
