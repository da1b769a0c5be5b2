"""A rendered stack as plain records, and the folder that keeps it."""
