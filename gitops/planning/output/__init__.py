"""A plan as text, markdown and JSON."""
