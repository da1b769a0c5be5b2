"""`python -m gitops`."""

from gitops.cli.main import main

main()
