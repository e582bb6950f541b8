"""Figures for Prometheus at `/metrics`.

Who reads them is an operator or an administrator, signed in or, as Prometheus does, with a token
of the scope `read_metrics`, which is good for nothing else:

    scrape_configs:
      - job_name: pincite
        authorization: {credentials_file: /etc/prometheus/pincite.token}

Where a request comes from counts for nothing, since behind a proxy all come from the same place.
Where nobody signs in, on a machine of one's own, its owner reads them; a demonstration has none.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from assistant.http.parts import caller_of, parts_of
from assistant.metrics import MEDIA_TYPE
from assistant.signin.caller import Action, Caller, Means, require
from retrieval.errors import NotFound

router = APIRouter(include_in_schema=False)


async def _watching(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """Return the caller if they may read the figures."""
    if caller.means is not Means.MACHINE:
        require(caller, Action.READ_METRICS)
    return caller


@router.get("/metrics")
async def metrics(request: Request, _: Annotated[Caller, Depends(_watching)]) -> Response:
    """Return every figure in Prometheus' text format."""
    exposition = parts_of(request).metrics
    if exposition is None:
        raise NotFound
    return Response(await exposition(), media_type=MEDIA_TYPE)
