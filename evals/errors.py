"""What can go wrong in an evaluation: a set that must be mended. It is bad input like any other.

BadRequest (retrieval)
├── BadSet     the corpus or the questions are not in the common format: mend the file
└── BadSuite   a suite is not what was expected: mend the place that the message names
"""

from retrieval.errors import BadRequest


class BadSet(BadRequest):
    """The files of a set are not what was expected."""


class BadSuite(BadRequest):
    """A suite is not what was expected; the message names the file, the line and the case."""
