"""A Kubernetes cluster in namespaces of its own, with nothing left behind."""
