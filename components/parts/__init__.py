"""What one registration needs, and how it is delivered: before any engine."""
