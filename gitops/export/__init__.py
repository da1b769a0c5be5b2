"""One declaration at other homes: a single server with Compose, and a site without a network."""
