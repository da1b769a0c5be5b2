"""A model registry of MLflow: how it is asked, and what stands in it."""
