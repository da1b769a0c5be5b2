"""`check`: settings, models and objects, all of it offline."""

import json
import sys
from collections.abc import Sequence

from documents.problem import RefusedError
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.planning.declared import declared
from gitops.validation.schemas import schema_findings


def check(stacks: Sequence[str], output: Output) -> bool:
    """Print what is wrong with some stacks, or with all; return whether anything is."""
    try:
        renderings = declared(checkout(), stacks)
        found = [finding for rendering in renderings for finding in schema_findings(rendering)]
    except RefusedError as error:
        renderings, found = [], [str(problem) for problem in error.problems]
    if output is Output.JSON:
        document = {"version": 1, "stacks": [one.stack for one in renderings], "problems": found}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif found:
        bullet = "- " if output is Output.MARKDOWN else ""
        sys.stdout.write("".join(f"{bullet}{finding}\n" for finding in found))
    else:
        objects = sum(1 for one in renderings for part in one.parts if part.object)
        stacks_read = f"{len(renderings)} stack{'s' if len(renderings) != 1 else ''}"
        sys.stdout.write(f"{stacks_read}, {objects} objects: nothing to mend\n")
    return bool(found)
