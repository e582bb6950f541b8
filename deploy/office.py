"""What administrators work with, of the joined parts."""

from __future__ import annotations

import functools

from assistant.administration import Administration
from deploy.operations.record import erased
from deploy.parts import Parts


def office_of(parts: Parts) -> Administration:
    """Return the parts that the pages of the administration need."""
    return Administration(
        directory=parts.directory,
        credentials=parts.credentials,
        grants=parts.grants,
        glass=parts.glass,
        stops=parts.stops,
        record=parts.record,
        sources=parts.sources,
        census=parts.census,
        bring_along=parts.indexer.bring_along,
        keeping=parts.keeper,
        uploads=parts.uploads,
        clustering=parts.clustering,
        checkups=parts.checkup,
        models=parts.models,
        erase=functools.partial(erased, parts),
    )
