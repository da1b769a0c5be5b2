"""The Pulumi engine: the only modules that import it."""
