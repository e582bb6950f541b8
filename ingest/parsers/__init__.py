"""One file per family of formats: bytes in, `Parsed` out."""
