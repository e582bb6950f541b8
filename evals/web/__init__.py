"""The web page `Evaluations`: runs, cases and comparisons, as far as whoever looks may see them."""
