"""What can go wrong in an evaluation, named by the remedy.

EvalError
└── BadSet     the corpus or the questions are not in the common format: mend the file
"""


class EvalError(Exception):
    """Root of the tree; every message says what was expected, what came and what to do."""


class BadSet(EvalError):
    """The files of a set are not what was expected."""
