"""How fast and how small: `make bench` measures whole processes and prints what it saw."""
