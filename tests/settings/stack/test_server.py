from typing import Any

import pytest
from pydantic import ValidationError

from tests.samples import settings


@pytest.mark.parametrize(
    "server",
    [
        {"version": "latest"},
        {"version": "4.9.0"},
        {"version": "v4.9.0", "engines": "download"},
        {"version": "v4.9.0", "bodySize": "2Gi"},
        {},
    ],
)
def test_a_server_names_one_version_a_known_way_for_engines_and_requests_that_fit(
    server: dict[str, Any],
):
    with pytest.raises(ValidationError, match="server"):
        settings(server=server)
