from pathlib import Path

import pytest

from tests.sandbox.existing.fake_kubectl import FakeKubectl, fake_kubectl


@pytest.fixture
def kubectl(tmp_path: Path) -> FakeKubectl:
    return fake_kubectl(tmp_path)
