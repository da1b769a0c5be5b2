import pytest

from sandbox.plugins.manifests import canonical


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("1024Mi", "1Gi"),
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("2000", "2k"),
        ("1e3", "1k"),
        ("0", "0"),
        ("512Ki", "512Ki"),
        ("100M", "100M"),
        ("1E", "1E"),
        ("not a quantity", "not a quantity"),
    ],
)
def test_a_quantity_becomes_what_the_api_server_answers(given: str, answered: str) -> None:
    assert canonical(given) == answered
