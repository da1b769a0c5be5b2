"""The program the Pulumi engine runs: read the stack, declare it, say where it answers."""

from pathlib import Path

import pulumi

from components.checks.resolve import resolve
from components.engine.engine import engine_config, hush, register, stated
from models.catalog import read_catalog
from settings.config import settings_from_config
from settings.release import read_release
from stack import addresses, declarations, outside


def deploy(folder: Path) -> None:
    """Declare the stack that the engine asks for, with the models of a folder."""
    hush()
    with stated():
        stack, settings = pulumi.get_stack(), settings_from_config(engine_config())
        release = read_release(folder, stack)
        context, pools = resolve(stack, settings, read_catalog(folder), release)
        register(declarations(context, pools), settings)
        pulumi.export("addresses", addresses(context, pools))
        if url := outside(context):
            pulumi.export("outside", url)


if __name__ == "__main__":
    deploy(Path(__file__).parent)
