"""Models of a registry, each served by pods of the generic model server."""
