"""What can go wrong in an evaluation: a set that must be mended. It is bad input like any other.

BadRequest (retrieval)
└── BadSet     the corpus or the questions are not in the common format: mend the file
"""

from retrieval.errors import BadRequest


class BadSet(BadRequest):
    """The files of a set are not what was expected."""
