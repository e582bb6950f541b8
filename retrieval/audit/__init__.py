"""The record of who did what: appended only, chained, signed, and readable years later."""
