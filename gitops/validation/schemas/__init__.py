"""The schemas of stack files, of models, and of Kubernetes."""
