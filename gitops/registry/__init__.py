"""Versions of models in a registry: what differs between two, which number the next one has."""
