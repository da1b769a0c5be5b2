"""What runs in the pods of the registry."""
