"""The HTTP entrance: a JSON API and server-rendered pages. It translates and decides nothing."""
