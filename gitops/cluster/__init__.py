"""What one cluster pulls: its file, and the objects that are made of it."""
