"""`python -m gitops`."""

import gc
import os

from gitops.cli.interrupts import leave_at_once

leave_at_once()
# A run is short and leaves next to no cycles: looking for them takes a fifth of a large render.
gc.disable()
# Looking for plugins of pydantic reads what every installed package says of itself.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

from gitops.cli.main import main  # noqa: E402 (Ctrl-C is handled before the slow imports)

if __name__ == "__main__":
    main()
