"""`python -m gitops`."""

import gc

from gitops.cli.interrupts import leave_at_once

leave_at_once()
# A run is short and leaves next to no cycles: looking for them takes a fifth of a large render.
gc.disable()

from gitops.cli.main import main  # noqa: E402 (Ctrl-C is handled before the slow imports)

if __name__ == "__main__":
    main()
