"""One file per change of the record's tables, applied in order."""
