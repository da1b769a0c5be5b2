"""Does the running service do what was declared."""
