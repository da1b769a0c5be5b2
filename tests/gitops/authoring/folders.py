"""A small repository of stacks in a folder: a project, a catalog and one stack."""

from pathlib import Path

from gitops.adoption.yaml_text import yaml_text
from tests.gitops.stacks import MODELS, Config, stack_file

PROJECT = {"name": "localai", "runtime": {"name": "python", "options": {"virtualenv": ".venv"}}}


def stack_text(config: Config) -> str:
    """Return a stack file."""
    return yaml_text({"config": {f"localai:{key}": value for key, value in config.items()}})


def small_repository(folder: Path) -> Path:
    """Write it, and return the folder."""
    (folder / "models").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(yaml_text(PROJECT))
    (folder / "Pulumi.dev.yaml").write_text(stack_text(stack_file()))
    for name, model in MODELS.items():
        (folder / "models" / f"{name}.yaml").write_text(yaml_text(model))
    return folder
