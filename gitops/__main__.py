"""`python -m gitops`."""

from gitops.cli.interrupts import leave_at_once

leave_at_once()

from gitops.cli.main import main  # noqa: E402 (Ctrl-C is handled before the slow imports)

main()
