"""The pack has an environment of its own, in which only what its lock names can be imported."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.support.project import ROOT

SCRIPT = "import sys, policy.violations; print(*{name.partition('.')[0] for name in sys.modules})"


def test_the_rules_import_nothing_that_the_lock_of_the_pack_does_not_name():
    lock = (ROOT / "policy" / "requirements.txt").read_text()
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, re.M)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = packages_distributions()
    imported = {
        one.lower().replace("_", "-") for name in done.stdout.split() for one in found.get(name, ())
    }

    assert "pydantic" in imported
    assert imported <= locked
