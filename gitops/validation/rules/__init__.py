"""The rules of `check`: what no schema refuses and must not be merged."""
