"""The serving hand: ask, search and show, over HTTP and in a web page."""
