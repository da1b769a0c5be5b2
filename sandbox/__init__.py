"""A whole cluster and its tools on one Linux machine, from package registries alone."""
