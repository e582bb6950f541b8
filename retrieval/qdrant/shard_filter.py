"""Which points a query may see, in Edge's dialect."""

from __future__ import annotations

import qdrant_edge as edge

from retrieval.qdrant.points import Above, All, AnyOf, AtMost, Condition, Either, Holds, NoneOf


def filter_of(condition: Condition) -> edge.Filter:
    """Return the condition as Edge takes it."""
    match condition:
        case All(parts):
            return edge.Filter(must=[_part(each) for each in parts])
        case Either(parts):
            return edge.Filter(should=[_part(each) for each in parts])
        case NoneOf(name, values):
            return edge.Filter(must_not=[_part(AnyOf(name, values))])
        case _:
            return edge.Filter(must=[_part(condition)])


def _part(condition: Condition) -> edge.Filter | edge.FieldCondition | edge.NestedCondition:
    match condition:
        case Holds(field, part):
            return edge.NestedCondition(field, filter_of(part))
        case AnyOf(field, values):
            return edge.FieldCondition(field, match=edge.MatchAny(list(values)))  # type: ignore[arg-type]
        case AtMost(field, value):
            return edge.FieldCondition(field, range=edge.RangeFloat(lte=float(value)))
        case Above(field, value):
            return edge.FieldCondition(field, range=edge.RangeFloat(gt=float(value)))
        case _:
            return filter_of(condition)
