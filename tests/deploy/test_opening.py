"""What the settings say of the index reaches it, embedded or a server."""

from __future__ import annotations

import pytest

from deploy.opening import ranking_of, server_settings
from deploy.settings import Settings


@pytest.mark.parametrize("bound", [0, 7, 1_000_000])
def test_who_runs_it_says_up_to_where_search_is_exact(bound: int) -> None:
    settings = Settings(index_url="http://127.0.0.1:6333", index_exact_up_to=bound)
    assert ranking_of(settings).exact_up_to == bound
    assert server_settings(settings).ranking == ranking_of(settings)
