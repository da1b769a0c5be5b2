"""`registry`: versions of models in MLflow, and the entries of stack files that serve them."""
