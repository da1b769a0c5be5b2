from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from settings.bucket import Schedule
from settings.config import SettingsError
from settings.mlflow import MlflowSettings
from tests.components.addons.mlflow.stacks import BACKUP, BUCKET, DATABASE, FIELDS, OWN
from tests.samples import pool_fields, settings

SCHEDULE = TypeAdapter[str](Schedule)


def mlflow(**fields: Any) -> MlflowSettings:
    return MlflowSettings.model_validate({**FIELDS, "database": DATABASE, **fields})


def test_the_least_that_a_registry_says():
    found = mlflow()

    assert (found.replicas, found.user, found.backup, found.clean_up) == (1, "admin", None, None)
    assert found.images == (FIELDS["image"],)
    assert (found.artifacts.port, mlflow(backup=BACKUP).backup.to.port) == (8333, 443)  # pyright: ignore[reportOptionalMemberAccess]


WRONG = {
    "no database": ({"database": None}, "has no database"),
    "two databases": ({"ownDatabase": OWN}, "has two databases"),
    "one database for both": (
        {"database": {**DATABASE, "logins": DATABASE["url"]}},
        "in one database",
    ),
    "a database nowhere": ({"database": {**DATABASE, "namespace": None}}, "is nowhere"),
    "a backup into itself": ({"backup": {"to": BUCKET}}, "into itself"),
    "models in plain text": (
        {"artifacts": {**BUCKET, "namespace": None, "networks": ["10.1.0.0/16"]}},
        "in plain text",
    ),
    "no bucket": ({"artifacts": {**BUCKET, "bucket": "Models"}}, "bucket"),
    "a user in an address": (
        {"artifacts": {**BUCKET, "endpoint": "http://user:word@store:8333"}},
        "is not the address of an object store",
    ),
    "a port that is none": (
        {"artifacts": {**BUCKET, "endpoint": "http://store:70000"}},
        "is not the address of an object store",
    ),
    "the metadata service": (
        {"artifacts": {**BUCKET, "endpoint": "http://169.254.169.254"}},
        "credentials are handed out",
    ),
    "a schedule of four": ({"cleanUp": {"schedule": "0 4 * *"}}, "is not a schedule"),
    "a minute too late": ({"cleanUp": {"schedule": "60 4 * * *"}}, "'60' for the minute"),
    "a span backwards": ({"cleanUp": {"schedule": "0 5-4 * * *"}}, "'5-4' for the hour"),
    "a host that is none": ({"hosts": ["*"]}, "is not a host name"),
}


@pytest.mark.parametrize(("fields", "cause"), WRONG.values(), ids=WRONG)
def test_what_contradicts_itself_is_refused(fields: dict[str, Any], cause: str):
    with pytest.raises(ValidationError, match=cause) as refused:
        mlflow(**fields)

    assert "user:word" not in str([one["msg"] for one in refused.value.errors()])


@pytest.mark.parametrize("name", ["mlflow", "mlflow-database"])
def test_no_pool_has_its_name(name: str):
    registry = {**FIELDS, "database": DATABASE}
    with pytest.raises(SettingsError, match="one name for two"):
        settings({name: pool_fields()}, mlflow=registry)
    with pytest.raises(SettingsError, match="one name for two"):
        settings({"chat": pool_fields(addresses={f"localai-{name}": {}})}, mlflow=registry)

    assert settings({name: pool_fields()}).mlflow is None


@pytest.mark.parametrize("text", ["*/15 * * * *", "0,30 1-5/2 1 1,6 0-7", "59 23 31 12 7"])
def test_a_schedule_of_five_fields_is_taken(text: str):
    assert SCHEDULE.validate_python(text) == text


NUMBERS = st.integers(0, 99)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_a_schedule_of_numbers_is_taken_if_a_clock_can_show_it(numbers: tuple[int, ...]):
    limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    shown = all(low <= one <= high for one, (low, high) in zip(numbers, limits, strict=True))
    assert is_taken(" ".join(map(str, numbers))) is shown


@given(st.text(alphabet="0123456789*/-, L@\n", max_size=30))
def test_whatever_is_taken_for_a_schedule_has_five_fields(text: str):
    assert not is_taken(text) or len(text.split(" ")) == 5


def is_taken(text: str) -> bool:
    try:
        return SCHEDULE.validate_python(text) == text
    except ValidationError:
        return False
