"""The samples are a checkout by themselves."""

from pathlib import Path

from judges.case import FOLDER, samples
from models.catalog import read_catalog
from settings.file import stack_names
from tests.support.project import PROJECT, ROOT, STACKS


def test_the_samples_are_stacks_of_their_own_with_every_model_of_the_tests(tmp_path: Path):
    samples(ROOT, tmp_path)

    assert stack_names(tmp_path) == stack_names(ROOT / FOLDER)
    assert not set(stack_names(tmp_path)) & set(STACKS)
    assert read_catalog(tmp_path).definitions.keys() > read_catalog(PROJECT).definitions.keys()
