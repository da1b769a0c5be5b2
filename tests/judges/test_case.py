"""Judges see every object of every stack, every workflow and every lock."""

import re

import pytest
import yaml

from gitops.planning.checkout import read_declared, resolved
from judges.case import SAMPLE, Case, case
from stack import stack_parts
from tests import everything
from tests.samples import manifests
from tests.support.project import ROOT


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case(ROOT, tmp_path_factory.mktemp("case"))


def test_every_object_of_every_stack_and_sample_is_there(seen: Case):
    checkout = read_declared(ROOT, ())
    stacks = {
        **{f"{SAMPLE}{name}": everything.sample(name) for name in everything.STACKS},
        **{file.stack: resolved(file, checkout.catalog) for file in checkout.files},
    }
    # The values of Secrets are in no file, so neither are Secrets.
    counts = {
        name: sum(one["kind"] != "Secret" for one in manifests(stack_parts(*found)))
        for name, found in stacks.items()
    }

    assert {one.name: len([*one.glob("*.yaml")]) for one in seen.stacks} == counts
    assert seen.seen == f"{len(stacks)} stacks, {sum(counts.values())} objects"


def test_every_workflow_is_there(seen: Case):
    assert len(seen.workflows) == len([*(ROOT / ".github/workflows").iterdir()])


def test_every_lock_of_the_makefile_is_there(seen: Case):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    written = re.findall(r"LOCK_ONE\).* -o (\S+)$", makefile, flags=re.MULTILINE)
    locked = {path.replace("$(ROUTER)", "components/addons/router") for path in written}

    assert locked == {str(path.relative_to(ROOT)) for path in seen.locks}


def test_judges_see_a_rollout_as_the_deployment_in_whose_place_it_is(seen: Case):
    kinds = {
        str(one["kind"])
        for stack in seen.stacks
        for file in stack.glob("*.yaml")
        for one in [yaml.safe_load(file.read_text())]
    }

    assert "Rollout" not in kinds
    digits = yaml.safe_load(
        (seen.objects / f"{SAMPLE}gateway" / "rollout-served-digits.yaml").read_text()
    )
    assert (digits["apiVersion"], digits["kind"]) == ("apps/v1", "Deployment")
    assert "strategy" not in digits["spec"]
