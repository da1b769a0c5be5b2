"""A registry of models in the namespace of a stack: MLflow with logins."""
