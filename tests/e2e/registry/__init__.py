"""A real registry of models on the loopback."""
