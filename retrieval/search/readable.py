"""Who may read a version, said in SQL: the twin of `AclFilter.allows`, for counting.

What is shown is checked on its row again; what is only counted never leaves the database.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, not_, or_, select

from retrieval.access import AclFilter
from retrieval.tables import denied, documents, readers, versions


def readable(acl: AclFilter) -> ColumnElement[bool]:
    """Return the condition on a row of `versions` joined with its `documents`."""
    named, refused = (
        select(table.c.version_id)
        .where(table.c.version_id == versions.c.id, table.c.reader.in_(sorted(keys)))
        .exists()
        for table, keys in ((readers, acl.keys), (denied, acl.refusable))
    )
    by_glass = documents.c.id.in_(sorted(acl.glass)) if acl.glass else false()
    shut = documents.c.source.in_(sorted(acl.shut)) if acl.shut else false()
    return or_(named, by_glass) & not_(refused) & not_(shut)
