from typing import Any

import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.pool.pool import PoolSettings
from settings.pool.scheduling import Arch, Spread
from tests.settings.pool.rules import agreeing

MANY = {"size": "20Gi", "access": "ReadWriteMany"}


def pool(**fields: Any) -> PoolSettings:
    return agreeing({"models": ["a"], "storage": MANY} | fields)


def test_nothing_is_said_to_the_scheduler_unless_the_file_does():
    found = pool().scheduling

    assert (found.priority_class, found.queue, found.spread, found.arch) == (None,) * 4


def test_every_word_for_the_scheduler_is_read():
    found = pool(
        scheduling={"priorityClass": "high", "queue": "team-a", "spread": "zone", "arch": "arm64"}
    ).scheduling

    assert (found.priority_class, found.queue) == ("high", "team-a")
    assert (found.spread, found.arch) == (Spread.ZONE, Arch.ARM64)


def test_pods_that_a_claim_holds_on_one_node_cannot_be_spread():
    with pytest.raises(SettingsError, match="spreads its pods by node, but its claim holds them"):
        pool(storage={"size": "20Gi"}, scheduling={"spread": "node"})


@pytest.mark.parametrize(
    "fields", [{"spread": "rack"}, {"arch": "x86_64"}, {"priorityClass": "High"}, {"queue": "a b"}]
)
def test_words_that_no_scheduler_knows_are_refused(fields: dict[str, str]):
    with pytest.raises(ValidationError):
        pool(scheduling=fields)
