"""The measures: one file each, with definition, range and source."""
