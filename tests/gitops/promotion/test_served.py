from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from documents.reader import read
from gitops.promotion.served import compared, is_last, least, with_served
from settings.file import StackFile, stack_file
from settings.promotion import PromotionSettings
from settings.release import Release
from settings.served import ServedVersion
from tests.gitops.promoting import POOLS, PROMOTION
from tests.gitops.promotion.test_body import release
from tests.support.project import write_project

TWO = """\
  localai:servedModels:
    digits:
      version: 2  # the one of May
      semver: 1.1.0
      digest: sha256:2222222222222222222222222222222222222222222222222222222222222222
      size: 261132
      metrics: {accuracy: "0.985", f1: "0.984"}
      image: registry.example.com/localai/predict:1.0.0
      registry: {url: "http://mlflow.ml.svc:5000", namespace: ml}
"""
ONE = """\
  localai:servedModels:
    digits:
      # Four pods: the post office sends all at once.
      replicas: {min: 4, max: 8}
      model: digits
      version: 1
      semver: 1.0.0
      digest: sha256:1111111111111111111111111111111111111111111111111111111111111111
      size: 7
      metrics: {accuracy: "0.93"}
      image: registry.example.com/localai/predict:1.0.0
      registry: {url: "https://mlflow.example.org", networks: [10.8.1.0/24]}
    letters:
      version: 1
      semver: 1.0.0
      digest: sha256:3333333333333333333333333333333333333333333333333333333333333333
      size: 7
      image: registry.example.com/localai/predict:1.0.0
      registry: {url: "https://mlflow.example.org", networks: [10.8.1.0/24]}
"""


def stack(folder: Path, name: str, served: str) -> StackFile:
    if not (folder / "Pulumi.yaml").exists():
        write_project(folder)
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(path.read_text().replace(POOLS, served + POOLS, 1))
    return stack_file(name, read(path.read_bytes(), name=path.name))


def edited(folder: Path, source: str, target: str, *wanted: str) -> tuple[str, str]:
    """Return the text of production before and after staging was promoted into it."""
    sides = stack(folder, "staging", source), stack(folder, "production", target)
    before = (folder / "Pulumi.production.yaml").read_bytes()
    return before.decode(), with_served(before, sides, wanted).decode()


def test_a_promotion_changes_the_version_and_nothing_else_of_a_stack(tmp_path: Path):
    before, after = edited(tmp_path, TWO, ONE, "digits")

    changed = (
        before.replace("version: 1\n      semver: 1.0.0", "version: 2\n      semver: 1.1.0", 1)
        .replace("1" * 64, "2" * 64, 1)
        .replace("size: 7", "size: 261132", 1)
        .replace('{accuracy: "0.93"}', "{accuracy: '0.985', f1: '0.984'}", 1)
    )
    assert after == changed


def test_a_whole_promotion_takes_away_what_is_no_longer_served(tmp_path: Path):
    _, after = edited(tmp_path, TWO, ONE)

    assert "letters:" not in after
    assert "# Four pods" in after


def test_a_new_model_comes_with_all_that_the_other_stack_says_of_it(tmp_path: Path):
    _, after = edited(tmp_path, TWO, "")

    found: Any = read(after.encode(), name="x").value["config"]
    wanted: Any = read(f"config:\n{TWO}".encode(), name="x").value["config"]
    assert found["localai:servedModels"] == wanted["localai:servedModels"]


def test_nothing_served_anywhere_changes_nothing(tmp_path: Path):
    before, after = edited(tmp_path, "", "")

    assert after == before


@pytest.mark.parametrize(
    ("last", "said", "wanted"),
    [
        (False, {}, ("0.85", "0.80")),
        (True, {}, ("0.90", "0.85")),
        (True, {"accuracy": "0.5"}, ("0.5", "0.85")),
        (False, {"accuracy": "1", "f1": "0"}, ("1", "0")),
    ],
)
def test_what_is_asked_depends_on_the_place_of_a_stack_and_on_what_it_says(
    last: bool, said: dict[str, str], wanted: tuple[str, str]
):
    settings = PromotionSettings.model_validate({"from": "staging", "metrics": said})

    found = least(settings, last=last)

    assert found == {"accuracy": Decimal(wanted[0]), "f1": Decimal(wanted[1])}


def test_the_last_stack_is_the_one_that_no_other_takes_releases_from(tmp_path: Path):
    stack(tmp_path, "production", PROMOTION)

    assert [is_last(tmp_path, one) for one in ("staging", "production")] == [False, True]
    (tmp_path / "Pulumi.production.yaml").write_text("config: 1\n")
    assert is_last(tmp_path, "staging")


def held(**versions: ServedVersion) -> Release:
    return release().model_copy(update={"served": versions})


def version(number: int, **metrics: str) -> ServedVersion:
    fields = {"model": "digits", "version": number, "semver": f"1.{number}.0", "size": 7,
              "digest": f"sha256:{'2' * 64}", "metrics": metrics,
              "image": "a.example/predict:1"}  # fmt: skip
    return ServedVersion.model_validate(fields)


def test_metrics_stand_beside_those_of_the_version_that_serves():
    old, new = version(1, accuracy="0.93"), version(2, accuracy="0.985", f1="0.984")

    lines = list(compared(held(digits=old, same=old), held(digits=new, same=old, more=new)))

    assert lines[1:] == [
        "| digits | 1.1.0, version 1 of digits → 1.2.0, version 2 of digits "
        "| 0.93 → 0.985 | none → 0.984 |",
        "| more | none → 1.2.0, version 2 of digits | none → 0.985 | none → 0.984 |",
        "",
    ]
    assert list(compared(held(digits=old), held(digits=old))) == []
