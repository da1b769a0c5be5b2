"""The rules of `check`: what no schema refuses and nobody may merge."""
