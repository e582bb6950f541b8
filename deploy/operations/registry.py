"""The operations there are: one line each."""

from __future__ import annotations

from deploy.operations.access import break_glass, deny, end_glass, glass, grant, grants, ungrant
from deploy.operations.approving import (
    approved_change,
    approved_list,
    approved_show,
    approved_withdraw,
    review_assign,
    review_check,
    review_publish,
    review_waiting,
)
from deploy.operations.asking import ask, search
from deploy.operations.documents import (
    documents_acts,
    documents_decide,
    documents_list,
    documents_show,
    documents_undo,
)
from deploy.operations.indexing import add, remove, sync
from deploy.operations.operation import Operation
from deploy.operations.people import (
    group_join,
    group_leave,
    people_add,
    people_invite,
    people_list,
    people_reinstate,
    people_roles,
    people_suspend,
    token_list,
    token_make,
    token_revoke,
)
from deploy.operations.record import (
    audit_erase,
    audit_export,
    audit_hold,
    audit_release,
    audit_verify,
)
from deploy.operations.review import (
    review_dismiss,
    review_draft,
    review_list,
    review_resolve,
    review_show,
)
from deploy.operations.upkeep import reindex, status

OPERATIONS: dict[str, Operation] = {
    each.__name__: each
    for each in (
        add,
        approved_change,
        approved_list,
        approved_show,
        approved_withdraw,
        ask,
        audit_erase,
        audit_export,
        audit_hold,
        audit_release,
        audit_verify,
        break_glass,
        deny,
        documents_acts,
        documents_decide,
        documents_list,
        documents_show,
        documents_undo,
        end_glass,
        glass,
        grant,
        grants,
        group_join,
        group_leave,
        people_add,
        people_invite,
        people_list,
        people_reinstate,
        people_roles,
        people_suspend,
        reindex,
        remove,
        review_assign,
        review_check,
        review_dismiss,
        review_draft,
        review_list,
        review_publish,
        review_resolve,
        review_show,
        review_waiting,
        search,
        status,
        sync,
        token_list,
        token_make,
        token_revoke,
        ungrant,
    )
}
