"""Which AI models exist: one YAML file a model, and the code that reads them."""
