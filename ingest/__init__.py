"""The indexing hand: parse, chunk, embed, store and index what the connectors bring."""
