"""API keys: generated, or from an external store."""
