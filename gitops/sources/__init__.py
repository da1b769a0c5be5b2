"""Whether the addresses of weights answer (`check --sources`)."""
