"""mutmut with the changes that mypy would not see; run as a script in a copy of the tree.

What mutmut changes of itself is kept where a program would still pass `mypy --strict`: values
set to None, arguments that must be given, and prose in messages are left alone. Added is what
mutmut lacks and what matters most in an access rule and a record: a statement left out, a branch
never taken, a result reversed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import libcst
from mutmut.__main__ import cli
from mutmut.mutation import mutators

_TAKE_ANY = {"and_", "max", "min", "or_", "select", "union_all", "where"}
_Operator = Callable[[Any], Iterable[libcst.CSTNode]]


def drop_argument(node: libcst.Call) -> Iterable[libcst.Call]:
    """Leave out one of several conditions, or something given by name."""
    name = node.func.attr if isinstance(node.func, libcst.Attribute) else node.func
    takes_any = isinstance(name, libcst.Name) and name.value in _TAKE_ANY
    for at, each in enumerate(node.args):
        if len(node.args) > 1 and (takes_any or each.keyword):
            yield node.with_changes(args=[*node.args[:at], *node.args[at + 1 :]])


def change_string(node: libcst.BaseString) -> Iterable[libcst.BaseString]:
    """Change a string that is a name or a key; prose has a space."""
    if isinstance(node, libcst.SimpleString) and " " not in node.value:
        yield from islice(mutators.operator_string(node), 1)


def drop_statement(node: libcst.Expr | libcst.Raise) -> Iterable[libcst.Pass]:
    """Leave out a call, an await or a raise; a docstring and a yield stay."""
    value = node.value if isinstance(node, libcst.Expr) else None
    if not isinstance(value, libcst.BaseString | libcst.Yield):
        yield libcst.Pass()


def never_enter(node: libcst.If) -> Iterable[libcst.If]:
    """Never take a branch."""
    yield node.with_changes(test=libcst.Name("False"))


def reverse_return(node: libcst.Return) -> Iterable[libcst.Return]:
    """Return the opposite of a condition."""
    if isinstance(node.value, libcst.Comparison | libcst.BooleanOperation):
        whole = node.value.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])
        yield node.with_changes(value=libcst.UnaryOperation(libcst.Not(), whole))


OPERATORS: list[tuple[type, _Operator]] = [
    (libcst.BaseNumber, mutators.operator_number),
    (libcst.BaseString, change_string),
    (libcst.Name, mutators.operator_name),
    (libcst.AugAssign, mutators.operator_augmented_assignment),
    (libcst.UnaryOperation, mutators.operator_remove_unary_ops),
    (libcst.Call, drop_argument),
    (libcst.Call, mutators.operator_symmetric_string_methods_swap),
    (libcst.CSTNode, mutators.operator_keywords),
    (libcst.CSTNode, mutators.operator_swap_op),
    (libcst.IfExp, mutators.operator_if_exp),
    (libcst.Expr, drop_statement),
    (libcst.Raise, drop_statement),
    (libcst.If, never_enter),
    (libcst.Return, reverse_return),
]

if __name__ == "__main__":
    mutators.mutation_operators[:] = OPERATORS  # type: ignore[index]
    cli()
