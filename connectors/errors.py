"""What can go wrong at a source, named by the remedy.

ConnectorError
├── Misconfigured    change the source's settings or its pincite.yaml
└── SourceDown       the source cannot be reached now; the next sync tries again
"""


class ConnectorError(Exception):
    """Root of the tree; every message says what was expected, what came and what to do."""


class Misconfigured(ConnectorError):
    """The source's settings are not what was expected."""


class SourceDown(ConnectorError):
    """The source cannot be reached now."""
